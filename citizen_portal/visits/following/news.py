"""What there is to tell followers now, and has not been told. The right to follow is judged here, at this moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from citizen_portal import clock
from citizen_portal.db import current_municipality_id
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Representation
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.following.models import (
    SUMMARY_TIMES,
    TOLD_OF_DEVIATIONS,
    Choice,
    DefaultWish,
    VisitFollowing,
    VisitTold,
    What,
    may_be_told,
)
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus

NEWS_FOR: Final = timedelta(days=1)
"""What is older than this is no news: it stands on the page."""
_TOLD_OF: Final = tuple(kind for kind in DeviationKind if kind is not DeviationKind.SOURCE_SILENT)
"""Deviations that followers are told of; that a source is silent concerns the unit alone."""


Rows = Iterable[Any]
"""Follower, visit, what, and what she chose, if she chose: an outer join, which the type checker does not see."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell one follower of one visit."""

    follower_id: UUID
    visit_id: UUID
    what: What
    after_concern: bool = False
    """Whether she was told before that something was not as planned."""


def news(session: Session, now: datetime) -> Sequence[News]:
    """Everything that followers may be told now, quiet hours respected, in a fixed order."""
    found = [*_of_open_deviations(session, now), *_of_done_after_all(session, now), *_of_each_visit(session, now)]
    unique = {(line.follower_id, line.visit_id, line.what): line for line in reversed(found)}
    return sorted(unique.values(), key=lambda line: (line.follower_id, line.visit_id, line.what))


def due_summary(now: datetime) -> tuple[datetime, datetime]:
    """The newest hour of summaries that has passed, after the one before it: the period that a summary is about."""
    today = clock.to_oslo(now).date()
    days = [today - timedelta(days=number) for number in (2, 1, 0)]
    hours = [clock.from_oslo(datetime.combine(day, hour)) for day in days for hour in SUMMARY_TIMES]
    before, last = [hour for hour in hours if hour <= now][-2:]
    return before, last


def summaries(session: Session, now: datetime) -> Sequence[VisitFollowing]:
    """Those who wait for a summary of a period in which there were visits, locked: two jobs tell it once."""
    since, until = due_summary(now)
    has_visits = exists().where(
        Visit.municipality_id == VisitFollowing.municipality_id,
        Visit.care_recipient_id == VisitFollowing.care_recipient_id,
        Visit.status != VisitStatus.ENTERED_IN_ERROR,
        Visit.occurs_at > since,
        Visit.occurs_at <= until,
    )
    found = session.scalars(
        select(VisitFollowing)
        .where(
            VisitFollowing.municipality_id == current_municipality_id(),
            VisitFollowing.choice == Choice.SUMMARY,
            VisitFollowing.summarised_at < until,
            has_visits,
            exists().where(_follows(VisitFollowing.follower_id, VisitFollowing.care_recipient_id)),
        )
        .order_by(VisitFollowing.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [following for following in found if may_be_told(following, now, of_missing=False)]


def _of_open_deviations(session: Session, now: datetime) -> list[News]:
    """Deviations that have stood so long that followers are told."""
    rows: Rows = session.execute(
        select(Representation.representative_id, Deviation.visit_id, Deviation.kind, VisitFollowing)
        .select_from(Deviation)
        .join(
            Representation,
            and_(
                Representation.principal_id == Deviation.care_recipient_id,
                Representation.municipality_id == Deviation.municipality_id,
                reach.is_in_force(Area.VISITS),
            ),
        )
        .outerjoin(VisitFollowing, _chosen(Representation.representative_id, Deviation.care_recipient_id))
        .where(
            Deviation.municipality_id == current_municipality_id(),
            Deviation.closed_at.is_(None),
            Deviation.kind.in_(_TOLD_OF),
            Deviation.tell_at <= now,
            Deviation.tell_at > now - NEWS_FOR,
            func.coalesce(VisitFollowing.choice, Choice.DEVIATIONS).in_(TOLD_OF_DEVIATIONS),
            ~_was_told(Representation.representative_id, Deviation.visit_id, Deviation.kind),
        )
    )
    return [
        News(follower_id, visit_id, What(kind))
        for follower_id, visit_id, kind, wish in rows
        if may_be_told(wish or DefaultWish(), now, of_missing=kind is DeviationKind.MISSING)
    ]


def _of_done_after_all(session: Session, now: datetime) -> list[News]:
    """Visits of which a follower was told that something was wrong, and that were only signed off late."""
    concern = aliased(VisitTold)
    rows: Rows = session.execute(
        select(concern.follower_id, concern.visit_id, concern.what, VisitFollowing)
        .select_from(Deviation)
        .join(
            concern,
            and_(
                concern.municipality_id == Deviation.municipality_id,
                concern.visit_id == Deviation.visit_id,
                concern.what != What.DONE,
            ),
        )
        .outerjoin(VisitFollowing, _chosen(concern.follower_id, Deviation.care_recipient_id))
        .where(
            Deviation.municipality_id == current_municipality_id(),
            Deviation.closed_as == Closing.SIGNED_OFF,
            Deviation.closed_at > now - NEWS_FOR,
            func.coalesce(VisitFollowing.choice, Choice.DEVIATIONS) != Choice.NOTHING,
            exists().where(_follows(concern.follower_id, Deviation.care_recipient_id)),
            ~_was_told(concern.follower_id, concern.visit_id, What.DONE),
        )
    )
    return [
        News(follower_id, visit_id, What.DONE, after_concern=True)
        for follower_id, visit_id, what, wish in rows
        if may_be_told(wish or DefaultWish(), now, of_missing=what is What.MISSING)
    ]


def _of_each_visit(session: Session, now: datetime) -> list[News]:
    """Visits that were signed off since the follower asked to be told of each."""
    rows = session.execute(
        _each_visit().where(
            VisitFollowing.municipality_id == current_municipality_id(),
            VisitFollowing.choice == Choice.EACH_VISIT,
            Visit.status == VisitStatus.DONE,
            Visit.occurs_at > now - NEWS_FOR,
            func.coalesce(VisitReceipt.received_at, Visit.updated_at) >= VisitFollowing.chosen_at,
            exists().where(_follows(VisitFollowing.follower_id, VisitFollowing.care_recipient_id)),
            ~_was_told(VisitFollowing.follower_id, Visit.id, What.DONE),
        )
    )
    return [
        News(following.follower_id, visit_id, What.DONE)
        for visit_id, following in rows
        if may_be_told(following, now, of_missing=False)
    ]


def _each_visit() -> Select[UUID, VisitFollowing]:
    return (
        select(Visit.id, VisitFollowing)
        .select_from(VisitFollowing)
        .join(
            Visit,
            and_(
                Visit.municipality_id == VisitFollowing.municipality_id,
                Visit.care_recipient_id == VisitFollowing.care_recipient_id,
            ),
        )
        .outerjoin(  # a source may say that a plan is fulfilled, and never when somebody came
            VisitReceipt,
            and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id),
        )
    )


def _follows(follower: Any, care_recipient: Any) -> ColumnElement[bool]:
    """Whether the person of one column may follow the visits of the other's today."""
    return and_(Representation.principal_id == care_recipient, reach.holds(follower, Area.VISITS))


def _chosen(follower: Any, care_recipient: Any) -> ColumnElement[bool]:
    return and_(
        VisitFollowing.municipality_id == current_municipality_id(),
        VisitFollowing.follower_id == follower,
        VisitFollowing.care_recipient_id == care_recipient,
    )


def _was_told(follower: Any, visit: Any, what: Any) -> ColumnElement[bool]:
    told = aliased(VisitTold)
    return exists().where(
        told.municipality_id == current_municipality_id(),
        told.follower_id == follower,
        told.visit_id == visit,
        told.what == what,
    )
