"""Scoped reads: a person's access log with what she asked about it, and the questions that wait for an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.access_log.models import AccessComplaint, ComplaintStatus
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.audit.readings import LogFilter, readings_about
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class LogLine:
    """A reading, standing for earlier ones of the same thing by the same reader on the same day."""

    event: AuditEvent
    complaint: AccessComplaint | None
    times: int = 1

    @property
    def purpose(self) -> str | None:
        """Why, as the person may read it. That her address is protected is told to nobody who may look over her
        shoulder, and such a look is case handling too."""
        protected = self.event.purpose == Purpose.PROTECTED_PERSON.value
        return Purpose.CASE_HANDLING.value if protected else self.event.purpose


@dataclass(frozen=True, slots=True)
class LogPage:
    """A part of the log, newest first: the lines of each day, and where the next part begins."""

    days: Sequence[tuple[date, Sequence[LogLine]]]
    following: int | None


def log_page(
    session: Session, actor: Citizen, wanted: LogFilter, *, before: int | None = None, size: int = PAGE_SIZE
) -> LogPage:
    """What others have read of the citizen's own, in one statement. Whoever she acts for has a log of their own."""
    query = _with_complaints(actor.person_id, wanted).limit(size + 1)
    if before is not None:
        query = query.where(AuditEvent.sequence_number < before)
    found = [LogLine(event, complaint) for event, complaint in session.execute(query)]
    shown = found[:size]
    days = [(day, _told_once(lines)) for day, lines in groupby(shown, key=_day)]
    return LogPage(days, shown[-1].event.sequence_number if found[size:] else None)


def log_line(session: Session, actor: Citizen, sequence_number: int) -> LogLine:
    """One reading of the citizen's log. Raises NotFound."""
    query = _with_complaints(actor.person_id, LogFilter()).where(AuditEvent.sequence_number == sequence_number)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return LogLine(*found)


def open_complaints(session: Session, size: int = 50) -> Sequence[tuple[AccessComplaint, Person]]:
    """What waits for the auditor's answer, the oldest first, with who asked."""
    rows = session.execute(
        select(AccessComplaint, Person)
        .join(Person, _asked_by())
        .where(
            AccessComplaint.municipality_id == current_municipality_id(),
            AccessComplaint.status == ComplaintStatus.RECEIVED,
        )
        .order_by(AccessComplaint.created_at, AccessComplaint.id)
        .limit(size)
    )
    return [(complaint, person) for complaint, person in rows]


def complaint_with_event(session: Session, complaint_id: UUID) -> tuple[AccessComplaint, AuditEvent, Person]:
    """A question, the reading that it is about, and who asked. Raises NotFound."""
    found = session.execute(
        select(AccessComplaint, AuditEvent, Person)
        .join(AuditEvent, _about_event())
        .join(Person, _asked_by())
        .where(AccessComplaint.municipality_id == current_municipality_id(), AccessComplaint.id == complaint_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    complaint, event, person = found
    return complaint, event, person


def staff_reading(session: Session, sequence_number: int) -> AuditEvent:
    """A reading by an employee, as the report judges it. Raises NotFound."""
    found = session.scalar(
        select(AuditEvent).where(
            AuditEvent.municipality_id == current_municipality_id(),
            AuditEvent.sequence_number == sequence_number,
            AuditEvent.actor_kind == "staff",
            AuditEvent.purpose.is_not(None),
            AuditEvent.about_person_id.is_not(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def _with_complaints(person_id: UUID, wanted: LogFilter) -> Select[AuditEvent, AccessComplaint]:
    return (
        readings_about(person_id, wanted)
        .add_columns(AccessComplaint)
        .outerjoin(AccessComplaint, _about_event())
        .where(_tells_no_visit())
    )


def _tells_no_visit() -> ColumnElement[bool]:
    """News of visits from the care record system would tell when somebody comes to a protected address."""
    return or_(AuditEvent.tag != EventTag.VISITS_RECEIVED.value, ~reach.is_protected(AuditEvent.about_person_id))


def _about_event() -> ColumnElement[bool]:
    return and_(
        AccessComplaint.municipality_id == AuditEvent.municipality_id,
        AccessComplaint.sequence_number == AuditEvent.sequence_number,
    )


def _asked_by() -> ColumnElement[bool]:
    return and_(Person.municipality_id == AccessComplaint.municipality_id, Person.id == AccessComplaint.person_id)


def _day(line: LogLine) -> date:
    return clock.to_oslo(line.event.occurred_at).date()


def _told_once(lines: Iterable[LogLine]) -> list[LogLine]:
    """The day's lines without repetitions; a reading that something was asked about keeps a line of its own."""
    told: dict[object, LogLine] = {}
    for line in lines:
        event = line.event
        key: object = (event.actor_kind, event.actor_id, event.tag, event.subject_id, line.purpose)
        if line.complaint is not None:
            key = event.sequence_number
        told[key] = replace(told[key], times=told[key].times + 1) if key in told else line
    return list(told.values())
