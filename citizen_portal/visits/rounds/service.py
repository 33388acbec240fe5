"""Use cases of a round: sign off a visit, take it back, change the order of the stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.db import new_id
from citizen_portal.errors import DomainError, NotFound
from citizen_portal.visits import service as visits
from citizen_portal.visits.models import Visit, VisitReport
from citizen_portal.visits.reports import ReportKind
from citizen_portal.visits.rounds import queries
from citizen_portal.visits.rounds.errors import AlreadyUsed, NotUndoable, NotYet, TooLate
from citizen_portal.visits.rounds.models import (
    CLOCK_SKEW,
    OLDEST_SIGN_OFF,
    UNDO_FOR,
    NotHomeReason,
    Outcome,
    RoundStop,
    VisitSignOff,
    sign_off_that_counts,
)
from citizen_portal.visits.rounds.queries import Round

_STEP: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A sign-off as a nurse sends it. The phone chooses the id, so that sending it again is harmless."""

    id: UUID
    visit_id: UUID
    outcome: Outcome
    reason: NotHomeReason | None
    performed_at: datetime
    device_at: datetime


class Refusal(StrEnum):
    """Why a sign-off that waited on a phone was not taken in. The values are known to static/src/round.js."""

    NOT_FOUND = "not_found"
    NOT_YET = "not_yet"
    TOO_LATE = "too_late"
    ALREADY_USED = "already_used"


_REFUSALS: Final[dict[type[DomainError], Refusal]] = {
    NotFound: Refusal.NOT_FOUND,
    NotYet: Refusal.NOT_YET,
    TooLate: Refusal.TOO_LATE,
    AlreadyUsed: Refusal.ALREADY_USED,
}


def sign_off(session: Session, actor: Staff, told: Told) -> VisitSignOff:
    """Sign off a visit. The same again changes nothing.

    Raises:
        NotFound: it is no visit of the unit, or not of the day.
        NotYet: it is said to have happened in the future.
        TooLate: it happened too long ago.
        AlreadyUsed: the id stands on another sign-off.
    """
    visits.wait_for_turn(session)
    known = queries.sign_off_by_id(session, told.id)
    if known is not None:
        if (known.staff_id, known.visit_id, known.outcome) != (actor.staff_id, told.visit_id, told.outcome):
            raise AlreadyUsed
        return known
    now = clock.now()
    _demand_recent(told.performed_at, now)
    visit = queries.visit_at(session, actor, told.visit_id, told.performed_at)
    made = VisitSignOff(
        id=told.id,
        visit_id=visit.id,
        staff_id=actor.staff_id,
        outcome=told.outcome,
        reason=told.reason,
        performed_at=min(told.performed_at, now),  # a clock that is a little ahead tells nothing of the future
        device_at=told.device_at,
        received_at=now,
    )
    session.add(made)
    _settle(session, visit)
    _record(session, actor, EventTag.VISIT_SIGNED_OFF, visit, outcome=told.outcome.value)
    return made


def take_in(session: Session, actor: Staff, waited: Sequence[Told]) -> list[Refusal | None]:
    """Take in what waited on a phone, each by itself: why it was refused, or None."""
    return [_refusal_of(session, actor, told) for told in waited]


def undo(session: Session, actor: Staff, visit_id: UUID, sign_off_id: UUID) -> None:
    """Take one's own sign-off back; it stays on file as undone.

    Raises:
        NotFound: it is not the nurse's own, or of no visit of the unit.
        NotUndoable: we received it too long ago.
    """
    visits.wait_for_turn(session)
    visit = queries.visit_of_unit(session, actor, visit_id)
    made = queries.sign_off_by_id(session, sign_off_id)
    if made is None or (made.visit_id, made.staff_id) != (visit.id, actor.staff_id):
        raise NotFound
    if made.undone_at is not None:
        return
    if clock.now() - made.received_at > UNDO_FOR:
        raise NotUndoable
    made.undone_at = clock.now()
    _settle(session, visit)
    _record(session, actor, EventTag.VISIT_SIGN_OFF_UNDONE, visit, outcome=made.outcome.value)


def move(session: Session, actor: Staff, visit_id: UUID, *, earlier: bool) -> None:
    """Let a visit change places with the one before or after it, among those that are still to be signed off.

    Raises NotFound when it is none of those.
    """
    visits.wait_for_turn(session)
    to_do = queries.round_of(session, actor).to_do
    order = [stop.visit for stop in to_do]
    place = next((place for place, visit in enumerate(order) if visit.id == visit_id), None)
    if place is None:
        raise NotFound
    other = place - 1 if earlier else place + 1
    if other not in range(len(order)):
        return
    moved = order[place]
    order[place], order[other] = order[other], order[place]
    _put_in_order(session, order, [stop.stands_at for stop in to_do])
    _record(session, actor, EventTag.ROUND_REORDERED, moved, earlier=earlier)


def note_reading(session: Session, actor: Staff, shown: Round) -> None:
    """Note once a day in each care recipient's access log that the nurse sees her visits."""
    grounds = {stop.visit.care_recipient_id: stop.ground for stop in shown.stops if stop.visit.care_recipient_id}
    today = clock.today().isoformat()
    for person_id in sorted(set(grounds) - queries.already_noted(session, actor, grounds)):
        audit.record(
            session, actor, EventTag.VISITS_READ, about_person_id=person_id, day=today, **grounds[person_id].facts
        )


def _refusal_of(session: Session, actor: Staff, told: Told) -> Refusal | None:
    try:
        sign_off(session, actor, told)
    except tuple(_REFUSALS) as error:  # before anything was written
        return _REFUSALS[type(error)]
    return None


def _demand_recent(performed_at: datetime, now: datetime) -> None:
    if performed_at > now + CLOCK_SKEW:
        raise NotYet
    if performed_at < now - OLDEST_SIGN_OFF:
        raise TooLate


def _settle(session: Session, visit: Visit) -> None:
    """File what the visit's sign-offs say together beside the sources' reports, and settle the visit by all of them."""
    session.flush()
    counts = sign_off_that_counts(queries.sign_offs_of(session, visit.id))
    report = queries.report_of_sign_off(session, visit.id)
    if counts is None:
        if report is not None:
            session.delete(report)
    else:
        if report is None:
            report = _unfiled(visit)
            session.add(report)
        report.status, report.starts_at, report.received_at = (
            counts.outcome.status,
            counts.performed_at,
            counts.received_at,
        )
    session.flush()
    visits.settle(session, [visit.id])


def _unfiled(visit: Visit) -> VisitReport:
    return VisitReport(
        id=new_id(),
        consumer=visits.OURS,
        kind=ReportKind.SIGN_OFF,
        identifier_system=visits.UUID_SYSTEM,
        identifier_value=visit.id.urn,
        visit_id=visit.id,
        digest=b"",  # nobody sends it, so nothing has to be told from a repetition
    )


def _put_in_order(session: Session, order: Sequence[Visit], places: Sequence[datetime]) -> None:
    """Give the visits the places in order, made distinct where several stand at the same time."""
    rows, before = [], None
    for visit, place in zip(order, places, strict=True):
        before = place if before is None or place > before else before + _STEP
        rows.append({"id": new_id(), "visit_id": visit.id, "planned_at": visit.occurs_at, "stands_at": before})
    statement = insert(RoundStop).values(rows)
    taken = {"planned_at": statement.excluded.planned_at, "stands_at": statement.excluded.stands_at}
    session.execute(statement.on_conflict_do_update(index_elements=["municipality_id", "visit_id"], set_=taken))


def _record(session: Session, actor: Staff, tag: EventTag, visit: Visit, **details: Any) -> None:
    audit.record(session, actor, tag, subject=visit, about_person_id=visit.care_recipient_id, **details)
