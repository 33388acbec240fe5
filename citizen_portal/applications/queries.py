"""Scoped reads: citizens see their own applications, staff those of their own unit, drafts only their owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import Session, defer

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition, definition
from citizen_portal.applications.models import UNDER_WAY, Application, ApplicationEvent, EventKind, Status
from citizen_portal.auth.actor import Actor, Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile, DocumentDescription, DocumentObject
from citizen_portal.journal.terms import Variant
from citizen_portal.tenancy.models import Unit

PAGE_SIZE = 20
DUE_WITHIN = timedelta(days=7)
_WITHOUT_ANSWERS = defer(Application.answers, raiseload=True)
"""Lists never fetch what people wrote."""
_IS_UNDER_WAY = Application.status.in_(bindparam("under_way", UNDER_WAY, expanding=True, literal_execute=True))
"""With the values in the SQL itself, so that PostgreSQL always sees that the partial indexes hold."""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as a line of a list. `case_number` is None for a draft."""

    id: UUID
    definition_id: str
    definition_version: int
    status: Status
    started_at: datetime
    saved_at: datetime
    submitted_at: datetime | None
    status_changed_at: datetime
    answer_by_date: date | None
    case_file_id: UUID | None
    case_number: str | None
    unit_name: str | None
    note: str | None = None
    """The caseworker's own words on what the citizen must do; only in `open_applications_of`."""

    @property
    def definition(self) -> Definition:
        """The version of the service that it was started with."""
        return definition(self.definition_id, self.definition_version)

    @property
    def is_draft(self) -> bool:
        """Whether it is not sent yet."""
        return self.status is Status.DRAFT

    @property
    def is_under_way(self) -> bool:
        """Whether somebody must still do something."""
        return self.status in UNDER_WAY


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
    citizen_name: str
    case_file_id: UUID
    case_number: str
    assigned_staff_id: UUID | None
    assigned_name: str | None

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
    """A part of the unit's work: what nobody has taken, what is mine, all of it, what is due soon or overdue."""

    UNASSIGNED = "unassigned"
    MINE = "mine"
    UNIT = "unit"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class ApplicationCase:
    """An application with its case and the unit that has it; both None for a draft."""

    application: Application
    case_file: CaseFile | None
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class ApplicationDocument:
    """A file of the application that its applicant and its caseworkers may read."""

    file_id: UUID
    title: str
    format: str
    sha256: str
    size_bytes: int
    filename: str
    """By the case number, for example «soknad-2026-17.pdf»: it says nothing about a person."""


def application_for(session: Session, actor: Actor, application_id: UUID, *, lock: bool = False) -> Application:
    """The application, if it is the citizen's own or one that the member of staff's unit has. Raises NotFound.

    With `lock` nobody else changes it until the transaction ends.
    """
    query = select(Application).where(Application.id == application_id, _readable_by(actor))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def case_for(session: Session, actor: Actor, application_id: UUID) -> ApplicationCase:
    """The application with its case and unit, in one statement. Raises NotFound."""
    return _one_case(session, _cases().where(Application.id == application_id, _readable_by(actor)))


def case_by_case_file(session: Session, actor: Actor, case_file_id: UUID) -> ApplicationCase:
    """The application that the case file was opened for. Raises NotFound."""
    return _one_case(session, select_case(actor, case_file_id))


def select_case(actor: Actor, case_file_id: UUID) -> Select[Application, CaseFile, Unit]:
    """The query of `case_by_case_file`, for pages that want more with it in one statement."""
    return _cases().where(Application.case_file_id == case_file_id, _readable_by(actor))


def timeline(session: Session, application: Application) -> Sequence[ApplicationEvent]:
    """What happened to an application that the caller may read, newest first."""
    return session.scalars(
        select(ApplicationEvent)
        .where(
            ApplicationEvent.municipality_id == application.municipality_id,
            ApplicationEvent.application_id == application.id,
        )
        .order_by(ApplicationEvent.id.desc())
    ).all()


def documents(session: Session, case: ApplicationCase) -> list[ApplicationDocument]:
    """The files that came with an application that the caller may read; none for a draft."""
    if case.case_file is None:
        return []
    name = f"soknad-{case.case_file.case_year}-{case.case_file.case_sequence_number}"
    return [
        ApplicationDocument(*row, filename=f"{name}-{count}.{row.format}" if count > 1 else f"{name}.{row.format}")
        for count, row in enumerate(session.execute(_documents(case.application)), start=1)
    ]


def document_for(session: Session, actor: Actor, application_id: UUID, file_id: UUID) -> ApplicationDocument:
    """One file of an application that the actor may read. Raises NotFound."""
    found = documents(session, case_for(session, actor, application_id))
    for document in found:
        if document.file_id == file_id:
            return document
    raise NotFound


def open_draft(session: Session, citizen: Citizen, definition_id: str) -> Application | None:
    """The citizen's draft of the service, if there is one: there is never more than one."""
    return session.scalar(
        select(Application).where(
            _own(citizen), Application.status == Status.DRAFT, Application.definition_id == definition_id
        )
    )


def applications_of(
    session: Session, citizen: Citizen, *, before: UUID | None = None, size: int = PAGE_SIZE
) -> list[ApplicationRow]:
    """Up to `size` of the citizen's applications, last started first, from below `before` on."""
    query = _rows().where(_own(citizen)).order_by(Application.id.desc()).limit(size)
    if before is not None:
        query = query.where(Application.id < before)
    return [_row(*row) for row in session.execute(query)]


def open_applications_of(session: Session, citizen: Citizen, size: int = PAGE_SIZE) -> list[ApplicationRow]:
    """The citizen's drafts and applications under way, last started first: for the front page."""
    query = (
        _rows()
        .add_columns(_what_we_wait_for())
        .where(_own(citizen), Application.status.in_([Status.DRAFT, *UNDER_WAY]))
        .order_by(Application.id.desc())
        .limit(size)
    )
    return [_row(*row) for row in session.execute(query)]


def work_list(
    session: Session, staff: Staff, queue: Queue, *, after: WorkListPosition | None = None, size: int = PAGE_SIZE
) -> list[WorkListRow]:
    """Up to `size` applications of the member of staff's unit that are under way, the earliest deadline first."""
    query = (
        select(Application, Person.name, CaseFile)
        .options(_WITHOUT_ANSWERS)
        .join(Person, _same(Person, Application.person_id))
        .join(CaseFile, _same(CaseFile, Application.case_file_id))
        .where(_in_queue(staff, queue))
        .order_by(Application.answer_by_date, Application.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(Application.answer_by_date, Application.id) > tuple_(after.answer_by_date, after.id))
    return [_work_list_row(*row) for row in session.execute(query)]


def queue_counts(session: Session, staff: Staff) -> dict[Queue, int]:
    """How many applications lie in each part of the unit's work."""
    counts = (func.count().filter(_in_queue(staff, queue)) for queue in Queue)
    found = session.execute(select(*counts).select_from(Application).where(_in_queue(staff, Queue.UNIT))).one()
    return dict(zip(Queue, found, strict=True))


def _readable_by(actor: Actor) -> ColumnElement[bool]:
    match actor:
        case Citizen():
            return _own(actor)
        case Staff():
            return and_(
                Application.municipality_id == current_municipality_id(),
                Application.unit_id == actor.unit_id,
                Application.status != Status.DRAFT,
            )
        case _:
            raise NotFound


def _own(citizen: Citizen) -> ColumnElement[bool]:
    return and_(Application.municipality_id == current_municipality_id(), Application.person_id == citizen.person_id)


def _in_queue(staff: Staff, queue: Queue) -> ColumnElement[bool]:
    in_unit = and_(
        Application.municipality_id == current_municipality_id(),
        Application.unit_id == staff.unit_id,
        _IS_UNDER_WAY,
    )
    match queue:
        case Queue.UNASSIGNED:
            return and_(in_unit, Application.assigned_staff_id.is_(None))
        case Queue.MINE:
            return and_(in_unit, Application.assigned_staff_id == staff.staff_id)
        case Queue.UNIT:
            return in_unit
        case Queue.DUE:
            return and_(in_unit, Application.answer_by_date <= clock.today() + DUE_WITHIN)


def _same(target: Any, column: Any) -> ColumnElement[bool]:
    return and_(target.municipality_id == Application.municipality_id, target.id == column)


def _cases() -> Select[Application, CaseFile, Unit]:
    return (
        select(Application, CaseFile, Unit)
        .outerjoin(CaseFile, _same(CaseFile, Application.case_file_id))
        .outerjoin(Unit, _same(Unit, Application.unit_id))
    )


def _one_case(session: Session, query: Select[Application, CaseFile, Unit]) -> ApplicationCase:
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return ApplicationCase(*found)


def _documents(application: Application) -> Select[UUID, str, str, str, int]:
    return (
        select(
            DocumentObject.id,
            DocumentDescription.title,
            DocumentObject.format,
            DocumentObject.sha256,
            DocumentObject.size_bytes,
        )
        .join(DocumentDescription.files)
        .where(
            DocumentDescription.municipality_id == application.municipality_id,
            DocumentDescription.registry_entry_id == application.registry_entry_id,
            DocumentObject.variant == Variant.ARCHIVE,
        )
        .order_by(DocumentDescription.document_number)
    )


def _rows() -> Select[Application, CaseFile | None]:
    return (
        select(Application, CaseFile)
        .options(_WITHOUT_ANSWERS)
        .outerjoin(CaseFile, _same(CaseFile, Application.case_file_id))
    )


def _what_we_wait_for() -> ScalarSelect[str | None]:
    """The note of the newest event of an application that waits for its citizen; null for others."""
    return (
        select(ApplicationEvent.facts["note"].astext)
        .where(
            Application.status == Status.WAITING_FOR_CITIZEN,
            ApplicationEvent.municipality_id == Application.municipality_id,
            ApplicationEvent.application_id == Application.id,
            ApplicationEvent.kind == EventKind.WAITING_FOR_CITIZEN,
        )
        .order_by(ApplicationEvent.id.desc())
        .limit(1)
        .correlate(Application)
        .scalar_subquery()
    )


def _row(application: Application, case_file: CaseFile | None, note: str | None = None) -> ApplicationRow:
    return ApplicationRow(
        id=application.id,
        definition_id=application.definition_id,
        definition_version=application.definition_version,
        status=application.status,
        started_at=application.started_at,
        saved_at=application.saved_at,
        submitted_at=application.submitted_at,
        status_changed_at=application.status_changed_at,
        answer_by_date=application.answer_by_date,
        case_file_id=application.case_file_id,
        case_number=None if case_file is None else case_file.number,
        unit_name=None if case_file is None else case_file.unit_name,
        note=note,
    )


def _work_list_row(application: Application, citizen_name: str, case_file: CaseFile) -> WorkListRow:
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
    )
