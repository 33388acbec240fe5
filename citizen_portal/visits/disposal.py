"""The nightly job: delete the visits that have been kept long enough, with all that they were settled from.

The care record system is the archive of visits; what lies here is a copy for citizens to read.
"""

from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, case, delete, func, literal, select
from sqlalchemy.orm import Session

from citizen_portal import clock, deadlines, jobs
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import System
from citizen_portal.db import current_municipality_id, transaction
from citizen_portal.deadlines import Deadline
from citizen_portal.tenancy.everywhere import defer_everywhere
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.rules.models import CareRules
from citizen_portal.visits.rules.queries import own_rules
from citizen_portal.visits.service import wait_for_turn
from citizen_portal.visits.sources.models import Rejection, SourceDay

AT_ONCE: Final = 1000
"""Visits in one transaction: a source that pushes meanwhile does not wait for long."""
ACTOR_NAME: Final = "citizen-portal"
_FIRST: Final = UUID(int=0)


@jobs.app.periodic(cron="23 3 * * *")
@jobs.app.task(name="visits.dispose", queue=jobs.QUEUE, queueing_lock="visits.dispose")
def begin_night(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Let each municipality's run begin."""
    defer_everywhere(dispose)


@jobs.task(name="visits.dispose_here")
def dispose() -> None:
    """Delete in this municipality. Done again it finds nothing more to do."""
    last: UUID | None = _FIRST
    while last is not None:
        with transaction() as session:
            last = _batch(session, last)
    with transaction() as session:
        _dispose_of_source_records(session)


def _batch(session: Session, after: UUID) -> UUID | None:
    """Delete the next visits by id, and write down how many; the last of them, or None when there are no more."""
    wait_for_turn(session)
    found = session.scalars(
        select(Visit.id)
        .where(
            Visit.municipality_id == current_municipality_id(),
            Visit.id > after,
            func.coalesce(Visit.occurs_at, Visit.updated_at) < _kept_from(session),
        )
        .order_by(Visit.id)
        .limit(AT_ONCE)
    ).all()
    if not found:
        return None
    audit.record(
        session,
        System(current_municipality_id(), ACTOR_NAME),
        EventTag.VISITS_DISPOSED,
        receipts=_delete(session, VisitReceipt, VisitReceipt.visit_id.in_(found)),
        reports=_delete(session, VisitReport, VisitReport.visit_id.in_(found)),
        visits=_delete(session, Visit, Visit.id.in_(found)),
    )
    return found[-1] if len(found) == AT_ONCE else None


def _kept_from(session: Session) -> ColumnElement[datetime]:
    """The beginning of the time for which the unit of a visit keeps it."""
    usual = literal(_midnight(CareRules.usual(None).kept_from(clock.today())))
    own = [(Visit.unit_id == rules.unit_id, _midnight(rules.kept_from(clock.today()))) for rules in own_rules(session)]
    return case(*own, else_=usual) if own else usual


def _dispose_of_source_records(session: Session) -> None:
    first = deadlines.first_day(Deadline.SOURCE_RECORD_KEPT, clock.today())
    _delete(session, Rejection, Rejection.last_at < _midnight(first))
    _delete(session, SourceDay, SourceDay.day < first)


def _delete(session: Session, table: type[Any], chosen: Any) -> int:
    result = session.execute(
        delete(table)
        .where(table.municipality_id == current_municipality_id(), chosen)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101  for the type checker: it was no SELECT
    return result.rowcount


def _midnight(day: date) -> datetime:
    return clock.from_oslo(datetime.combine(day, time.min))
