"""The daily job: tell people whose draft will soon be deleted, and delete what nobody has saved for so long."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from citizen_portal import clock, deadlines, jobs
from citizen_portal.applications.drafts.deleting import delete_for_good
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import System
from citizen_portal.db import current_municipality_id, transaction
from citizen_portal.deadlines import Deadline
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.everywhere import defer_everywhere

AT_ONCE: Final = 100
"""Drafts in one transaction: somebody who saves hers meanwhile does not wait for long."""
_FIRST: Final = UUID(int=0)
ACTOR_NAME: Final = "citizen-portal"

Deed = Callable[[Session, System, Application], None]


@jobs.app.periodic(cron="41 4 * * *")
@jobs.app.task(name="applications.end_drafts", queue=jobs.QUEUE, queueing_lock="applications.end_drafts")
def begin_day(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Let each municipality's run begin."""
    defer_everywhere(end_drafts)


@jobs.task(name="applications.end_drafts_here")
def end_drafts() -> None:
    """Delete and warn, in this municipality. Done again it finds nothing more to do; nothing is deleted unwarned."""
    _each(_is_old(Deadline.DRAFT_END), _delete)
    _each(and_(_is_old(Deadline.DRAFT_WARNING), Application.draft_warned_at.is_(None)), _warn)


def _each(condition: ColumnElement[bool], deed: Deed) -> None:
    """Do it to each draft, a batch at a time. One that somebody writes in just now is left for tomorrow."""
    actor = System(current_municipality_id(), ACTOR_NAME)
    last: UUID | None = _FIRST
    while last is not None:
        with transaction() as session:
            last = _batch(session, actor, condition, last, deed)


def _batch(session: Session, actor: System, condition: ColumnElement[bool], after: UUID, deed: Deed) -> UUID | None:
    """The last draft of the batch; None when there are no more."""
    found = session.scalars(
        select(Application)
        .where(
            Application.municipality_id == current_municipality_id(),
            Application.status == Status.DRAFT,
            Application.id > after,
            condition,
        )
        .order_by(Application.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for draft in found:
        deed(session, actor, draft)
    return found[-1].id if len(found) == AT_ONCE else None


def _is_old(deadline: Deadline) -> ColumnElement[bool]:
    """Whether it was saved last on the day, or before, from which the deadline reaches to today."""
    day = deadlines.first_day(deadline, clock.today())
    return Application.saved_at < clock.from_oslo(datetime.combine(day + timedelta(days=1), time.min))


def _warn(session: Session, actor: System, draft: Application) -> None:
    draft.draft_warned_at = clock.now()
    audit.record(session, actor, EventTag.DRAFT_WARNED, subject=draft, about_person_id=draft.person_id)
    for person_id in {draft.person_id, draft.representative_id or draft.person_id}:
        notifications.enqueue(session, Occasion.DRAFT_ENDING, person_id)


def _delete(session: Session, actor: System, draft: Application) -> None:
    if draft.draft_warned_at is not None and draft.ends_date <= clock.today():
        delete_for_good(session, actor, draft)
