"""The caseworker's work list: what a unit has under way, the earliest deadline first."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition, definition
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import PAGE_SIZE, WITHOUT_ANSWERS, same_municipality_and_id
from citizen_portal.applications.status import UNDER_WAY, Status
from citizen_portal.applications.tasks.queries import first_due_date
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person
from citizen_portal.identity.staff_roles import substituted_by
from citizen_portal.journal.models import CaseFile

DUE_WITHIN: Final = timedelta(days=7)
MOST_COUNTED: Final = 999
"""Above this a count only says that there are more."""
_ESCALATED_TO: Final = {Role.DEPUTY: 1, Role.MANAGER: 2}
"""From which step of escalation a case is whose."""


def _is_one_of(*statuses: Status) -> ColumnElement[bool]:
    """With the values in the SQL itself, so that PostgreSQL always sees that the partial indexes hold."""
    return Application.status.in_([literal_column(f"'{status.value}'") for status in statuses])


_BY_DEADLINE = (Application.answer_by_date, Application.id)
_IS_UNDER_WAY = _is_one_of(*UNDER_WAY)
_WAITS = _is_one_of(Status.WAITING_FOR_CITIZEN, Status.WAITING_FOR_OTHERS)


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

    preliminary_due_date: date | None
    """The last day of a preliminary reply that is not sent; None when there is none to send."""

    @classmethod
    def of(
        cls, application: Application, citizen_name: str, case_file: CaseFile, task_due_date: date | None
    ) -> "WorkListRow":
        """The line of an application that was sent."""
        assert application.submitted_at is not None  # noqa: S101  the database demands it of what is sent
        assert application.answer_by_date is not None  # noqa: S101  likewise
        is_due = application.is_under_way and application.preliminary_sent_at is None
        return cls(
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
            preliminary_due_date=application.preliminary_due_date if is_due else None,
            news_at=application.news_at,
            task_due_date=task_due_date,
        )

    @property
    def is_late(self) -> bool:
        """Whether the answer should have been there."""
        return self.status in UNDER_WAY and self.answer_by_date < clock.today()

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
    """A part of the unit's work: what nobody has taken, what is mine, all of it, what is due soon, what is too late,
    what waits for somebody else, what needs a preliminary reply, what was escalated to the deputy or the manager.

    Those with a protected address lie in a queue of their own, which nobody but the few who handle them knows of.
    """

    UNASSIGNED = "unassigned"
    MINE = "mine"
    UNIT = "unit"
    DUE = "due"
    OVERDUE = "overdue"
    WAITING = "waiting"
    PRELIMINARY = "preliminary"
    ESCALATED = "escalated"
    OWN_QUEUE = "own_queue"


def queues_of(staff: Staff) -> tuple[Queue, ...]:
    """The parts of the work that the member of staff has."""
    has = {
        Queue.ESCALATED: not staff.roles.isdisjoint(_ESCALATED_TO),
        Queue.OWN_QUEUE: reach.may_know_of_protected(staff),
    }
    return tuple(queue for queue in Queue if has.get(queue, True))


def work_list(
    session: Session, staff: Staff, queue: Queue, *, after: WorkListPosition | None = None, size: int = PAGE_SIZE
) -> list[WorkListRow]:
    """Up to `size` applications of the member of staff's unit that are under way, the earliest deadline first.

    Raises NotFound for a queue that the member of staff does not have.
    """
    if queue not in queues_of(staff):
        raise NotFound
    below = () if after is None else (tuple_(*_BY_DEADLINE) > tuple_(after.answer_by_date, after.id),)
    here = Application.municipality_id == current_municipality_id()
    lines = lines_where(here, Application.id.in_(_first(staff, queue, size, *below))).order_by(*_BY_DEADLINE)
    rows = [WorkListRow.of(*row) for row in session.execute(lines.limit(size))]
    return [replace(row, citizen_name=None) for row in rows] if queue is Queue.OWN_QUEUE else rows


def queue_counts(session: Session, staff: Staff) -> dict[Queue, int]:
    """How many applications lie in each part of the unit's work, counted to one more than `MOST_COUNTED`.

    No further: a number that grows with the unit's work would make the page slower with it.
    """
    queues = queues_of(staff)
    counts = (_count(staff, queue) for queue in queues)
    return dict(zip(queues, session.execute(select(*counts)).one(), strict=True))


def _count(staff: Staff, queue: Queue) -> ScalarSelect[int]:
    some = _first(staff, queue, MOST_COUNTED + 1).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _first(staff: Staff, queue: Queue, size: int, *conditions: ColumnElement[bool]) -> Select[UUID]:
    """The ids of the first `size` of a queue, or of each colleague whose cases are mine: with a limit in the index's
    order PostgreSQL never reads the rest, however much the unit has."""
    lies_there = (_of_unit(staff), _belongs(staff, queue), *conditions)
    found = select(Application.id).where(*lies_there).order_by(*_BY_DEADLINE).limit(size).correlate(None)
    if queue is not Queue.MINE:
        return found
    colleague = union(select(literal(staff.staff_id).label("id")), substituted_by(staff)).subquery("colleague")
    theirs = found.where(Application.assigned_staff_id == colleague.c.id).correlate(colleague).lateral("theirs")
    return select(theirs.c.id).select_from(colleague.join(theirs, true()))


@cache
def _is_protected() -> ColumnElement[bool]:
    """Made once: a page says it of each queue."""
    return reach.is_protected(Application.person_id)


def _belongs(staff: Staff, queue: Queue) -> ColumnElement[bool]:
    if queue is Queue.OWN_QUEUE:
        return _is_protected()
    return and_(~_is_protected(), _is_in(staff, queue))


def _is_in(staff: Staff, queue: Queue) -> ColumnElement[bool]:
    match queue:
        case Queue.UNASSIGNED:
            return Application.assigned_staff_id.is_(None)
        case Queue.DUE:
            return Application.answer_by_date <= clock.today() + DUE_WITHIN
        case Queue.OVERDUE:
            return Application.answer_by_date < clock.today()
        case Queue.WAITING:
            return _WAITS
        case Queue.PRELIMINARY:
            return and_(
                Application.preliminary_sent_at.is_(None),
                Application.preliminary_due_date <= clock.today() + DUE_WITHIN,
            )
        case Queue.ESCALATED:
            first = min(_ESCALATED_TO[role] for role in staff.roles if role in _ESCALATED_TO)
            return and_(Application.escalation > literal_column("0"), Application.escalation >= first)
        case _:
            return true()


def _of_unit(staff: Staff) -> ColumnElement[bool]:
    return and_(
        Application.municipality_id == current_municipality_id(), Application.unit_id == staff.unit_id, _IS_UNDER_WAY
    )


def lines_where(*conditions: ColumnElement[bool]) -> Select[Application, str, CaseFile, date | None]:
    """The query of lines, each with what `WorkListRow.of` takes."""
    return (
        select(Application, Person.name, CaseFile, first_due_date())
        .options(WITHOUT_ANSWERS)
        .join(Person, same_municipality_and_id(Person, Application.person_id))
        .join(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .where(*conditions)
    )
