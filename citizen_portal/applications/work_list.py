"""The caseworker's work list: what a unit has under way, the earliest deadline first."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition, definition
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import PAGE_SIZE, WITHOUT_ANSWERS, same_municipality_and_id
from citizen_portal.applications.status import UNDER_WAY, Status
from citizen_portal.applications.tasks.queries import first_due_date
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile

DUE_WITHIN = timedelta(days=7)
_IS_UNDER_WAY = Application.status.in_(bindparam("under_way", UNDER_WAY, expanding=True, literal_execute=True))
"""With the values in the SQL itself, so that PostgreSQL always sees that the partial indexes hold."""


@dataclass(frozen=True, slots=True)
class WorkListRow:
    """An application as a caseworker's line, by deadline."""

    id: UUID
    definition_id: str
    definition_version: int
    status: Status
    status_changed_at: datetime
    submitted_at: datetime
    answer_by_date: date
    citizen_name: str | None
    """None where it is shown only after a reason is given."""
    case_file_id: UUID
    case_number: str
    assigned_staff_id: UUID | None
    assigned_name: str | None
    news_at: datetime | None
    """When the citizen sent something that no employee has acted on since."""
    task_due_date: date | None
    """The earliest deadline of what the citizen is asked for."""

    @property
    def definition(self) -> Definition:
        """The version of the service that it was started with."""
        return definition(self.definition_id, self.definition_version)

    @property
    def position(self) -> "WorkListPosition":
        """Where the next page goes on after this line."""
        return WorkListPosition(self.answer_by_date, self.id)


@dataclass(frozen=True, slots=True)
class WorkListPosition:
    """A place in a work list, the earliest deadline first."""

    answer_by_date: date
    id: UUID

    @property
    def as_text(self) -> str:
        """As it stands in a page's address."""
        return f"{self.answer_by_date.isoformat()}~{self.id}"

    @classmethod
    def from_text(cls, text: str) -> "WorkListPosition":
        """The position that `as_text` wrote. Raises NotFound for anything else: such a page does not exist."""
        day, _, application_id = text.partition("~")
        try:
            return cls(date.fromisoformat(day), UUID(application_id))
        except ValueError:
            raise NotFound from None


class Queue(StrEnum):
    """A part of the unit's work: what nobody has taken, what is mine, all of it, what is due soon or overdue.

    Those with a protected address lie in a queue of their own, which nobody but the few who handle them knows of.
    """

    UNASSIGNED = "unassigned"
    MINE = "mine"
    UNIT = "unit"
    DUE = "due"
    OWN_QUEUE = "own_queue"


def queues_of(staff: Staff) -> tuple[Queue, ...]:
    """The parts of the work that the member of staff has."""
    return tuple(queue for queue in Queue if queue is not Queue.OWN_QUEUE or reach.may_know_of_protected(staff))


def work_list(
    session: Session, staff: Staff, queue: Queue, *, after: WorkListPosition | None = None, size: int = PAGE_SIZE
) -> list[WorkListRow]:
    """Up to `size` applications of the member of staff's unit that are under way, the earliest deadline first.

    Raises NotFound for a queue that the member of staff does not have.
    """
    if queue not in queues_of(staff):
        raise NotFound
    query = (
        select(Application, Person.name, CaseFile, first_due_date())
        .options(WITHOUT_ANSWERS)
        .join(Person, same_municipality_and_id(Person, Application.person_id))
        .join(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .where(_in_queue(staff, queue))
        .order_by(Application.answer_by_date, Application.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(Application.answer_by_date, Application.id) > tuple_(after.answer_by_date, after.id))
    rows = [_work_list_row(*row) for row in session.execute(query)]
    return [replace(row, citizen_name=None) for row in rows] if queue is Queue.OWN_QUEUE else rows


def queue_counts(session: Session, staff: Staff) -> dict[Queue, int]:
    """How many applications lie in each part of the unit's work."""
    queues = queues_of(staff)
    counts = (func.count().filter(_in_queue(staff, queue)) for queue in queues)
    found = session.execute(select(*counts).select_from(Application).where(_of_unit(staff))).one()
    return dict(zip(queues, found, strict=True))


def _in_queue(staff: Staff, queue: Queue) -> ColumnElement[bool]:
    is_protected = reach.is_protected(Application.person_id)
    in_unit = and_(_of_unit(staff), ~is_protected)
    match queue:
        case Queue.UNASSIGNED:
            return and_(in_unit, Application.assigned_staff_id.is_(None))
        case Queue.MINE:
            return and_(in_unit, Application.assigned_staff_id == staff.staff_id)
        case Queue.UNIT:
            return in_unit
        case Queue.DUE:
            return and_(in_unit, Application.answer_by_date <= clock.today() + DUE_WITHIN)
        case Queue.OWN_QUEUE:
            return and_(_of_unit(staff), is_protected)


def _of_unit(staff: Staff) -> ColumnElement[bool]:
    return and_(
        Application.municipality_id == current_municipality_id(), Application.unit_id == staff.unit_id, _IS_UNDER_WAY
    )


def _work_list_row(
    application: Application, citizen_name: str, case_file: CaseFile, task_due_date: date | None
) -> WorkListRow:
    assert application.submitted_at is not None  # noqa: S101  the database demands it of what is sent
    assert application.answer_by_date is not None  # noqa: S101  likewise
    return WorkListRow(
        id=application.id,
        definition_id=application.definition_id,
        definition_version=application.definition_version,
        status=application.status,
        status_changed_at=application.status_changed_at,
        submitted_at=application.submitted_at,
        answer_by_date=application.answer_by_date,
        citizen_name=citizen_name,
        case_file_id=case_file.id,
        case_number=case_file.number,
        assigned_staff_id=application.assigned_staff_id,
        assigned_name=application.assigned_name,
        news_at=application.news_at,
        task_due_date=task_due_date,
    )
