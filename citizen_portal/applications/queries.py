"""Scoped reads: citizens see their own applications, staff those that they reach, drafts only their owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from citizen_portal.applications.decisions.models import Delivery
from citizen_portal.applications.definitions import Definition, definition
from citizen_portal.applications.drafts.life import ends_date
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.status import UNDER_WAY, Status
from citizen_portal.applications.tasks.queries import TaskLine, open_tasks, task_lines
from citizen_portal.auth.actor import Actor, Citizen, Staff
from citizen_portal.db import current_municipality_id, same_row
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Representation
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.tenancy.models import Unit

PAGE_SIZE = 20
WITHOUT_ANSWERS = defer(Application.answers, raiseload=True)
"""Lists never fetch what people wrote."""


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
    representative_name: str | None = None
    """Who applied for the citizen; None when she did it herself."""
    tasks: tuple[TaskLine, ...] = ()
    """What the citizen is asked for, the earliest deadline first."""
    draft_warned_at: datetime | None = None

    has_unread_answer: bool = False
    """Whether a decision lies there that nobody has opened; only in `open_applications_of`."""
    awaits_signature_of: str | None = None
    """Who has not signed the draft yet; only in `open_applications_of`."""

    @property
    def ends_date(self) -> date:
        """The day on which the draft is deleted, unless somebody saves it before."""
        return ends_date(self.saved_at, self.draft_warned_at)

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
class ApplicationCase:
    """An application with its case and the unit that has it; both None for a draft."""

    application: Application
    case_file: CaseFile | None
    unit: Unit | None


def application_for(session: Session, actor: Actor, application_id: UUID, *, lock: bool = False) -> Application:
    """The application, if it is the citizen's own or one that the member of staff reaches. Raises NotFound.

    With `lock` it is there to be changed: by nobody else until the transaction ends, and by its own unit only.
    """
    query = select(Application).where(Application.id == application_id, _reached_by(actor, to_change=lock))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    _demand_level(actor, found)
    return found


def case_for(session: Session, actor: Actor, application_id: UUID) -> ApplicationCase:
    """The application with its case and unit, in one statement. Raises NotFound."""
    return _one_case(session, actor, _cases().where(Application.id == application_id, _reached_by(actor)))


def case_with_history(session: Session, actor: Actor, application_id: UUID) -> ApplicationCase:
    """The same with its timeline and what was asked for, in one statement. Raises NotFound."""
    query = _cases().where(Application.id == application_id, _reached_by(actor))
    return _one_case(session, actor, query.options(joinedload(Application.events), joinedload(Application.tasks)))


def case_by_case_file(session: Session, actor: Actor, case_file_id: UUID) -> ApplicationCase:
    """The application that the case file was opened for. Raises NotFound."""
    return _one_case(session, actor, select_case(actor, case_file_id))


def select_case(actor: Actor, case_file_id: UUID) -> Select[Application, CaseFile, Unit]:
    """The query of `case_by_case_file`, for pages that want more with it in one statement."""
    return _cases().where(Application.case_file_id == case_file_id, _reached_by(actor))


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


def incoming_entry(session: Session, application: Application) -> RegistryEntry | None:
    """The registry entry of an application that the caller may read; None for a draft."""
    return session.scalar(
        select(RegistryEntry).where(
            RegistryEntry.municipality_id == application.municipality_id,
            RegistryEntry.id == application.registry_entry_id,
        )
    )


def number_and_unit(session: Session, application: Application) -> tuple[str, str]:
    """The case number of a sent application that the caller has made, and the name of the unit that has it."""
    case_file = session.get_one(CaseFile, (application.municipality_id, application.case_file_id))
    return case_file.number, case_file.unit_name


def may_apply(session: Session, citizen: Citizen, area: Area) -> bool:
    """Whether the citizen may apply in the area for the person whom she sees for."""
    if citizen.acting_for is None:
        return True
    represented = reach.represented(citizen.person_id, area)
    found = session.scalar(represented.where(Representation.principal_id == citizen.subject_id).limit(1))
    return found is not None


def open_draft(session: Session, citizen: Citizen, definition_id: str) -> Application | None:
    """The draft of the service of whom the citizen acts for, if there is one: there is never more than one."""
    return session.scalar(
        select(Application).where(
            _shown_to(citizen), Application.status == Status.DRAFT, Application.definition_id == definition_id
        )
    )


def applications_of(
    session: Session, citizen: Citizen, *, before: UUID | None = None, size: int = PAGE_SIZE
) -> list[ApplicationRow]:
    """Up to `size` of the citizen's applications, last started first, from below `before` on."""
    query = _rows().where(_shown_to(citizen)).order_by(Application.id.desc()).limit(size)
    if before is not None:
        query = query.where(Application.id < before)
    return [_row(*row) for row in session.execute(query)]


def open_applications_of(session: Session, citizen: Citizen, size: int = PAGE_SIZE) -> list[ApplicationRow]:
    """The citizen's drafts, applications under way and unread answers, last started first: for the front page."""
    is_open = or_(Application.status.in_([Status.DRAFT, *UNDER_WAY]), _has_unread_answer())
    query = (
        _rows()
        .add_columns(_has_unread_answer(), _awaits_signature_of())
        .where(_shown_to(citizen), is_open)
        .order_by(Application.id.desc())
        .limit(size)
    )
    return [_row(*row) for row in session.execute(query)]


def _reached_by(actor: Actor, *, to_change: bool = False) -> ColumnElement[bool]:
    match actor:
        case Citizen():
            return and_(
                Application.municipality_id == current_municipality_id(),
                reach.reaches(actor, Application.person_id, Application.area),
            )
        case Staff():
            reached = reach.staff_handles if to_change else reach.staff_reaches
            return and_(
                Application.municipality_id == current_municipality_id(),
                reached(actor, Application.unit_id, Application.person_id),
                Application.status != Status.DRAFT,
            )
        case _:
            raise NotFound


def _shown_to(citizen: Citizen) -> ColumnElement[bool]:
    return and_(
        Application.municipality_id == current_municipality_id(),
        reach.is_shown_to(citizen, Application.person_id, Application.area),
    )


def _demand_level(actor: Actor, application: Application) -> None:
    if isinstance(actor, Citizen):
        reach.demand_level(actor, application.person_id, application.area)


def same_municipality_and_id(target: Any, column: Any) -> ColumnElement[bool]:
    """Whether the row of another table is the one that a column of the application names."""
    return same_row(target, Application, column)


def _cases() -> Select[Application, CaseFile, Unit]:
    return (
        select(Application, CaseFile, Unit)
        .outerjoin(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .outerjoin(Unit, same_municipality_and_id(Unit, Application.unit_id))
    )


def _one_case(session: Session, actor: Actor, query: Select[Application, CaseFile, Unit]) -> ApplicationCase:
    found = session.execute(query).unique().one_or_none()
    if found is None:
        raise NotFound
    _demand_level(actor, found[0])
    return ApplicationCase(*found)


def _rows() -> Select[Application, CaseFile | None, list[list[str]] | None]:
    return (
        select(Application, CaseFile, open_tasks())
        .options(WITHOUT_ANSWERS)
        .outerjoin(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
    )


def _has_unread_answer() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Delivery.municipality_id == Application.municipality_id,
            Delivery.application_id == Application.id,
            Delivery.opened_at.is_(None),
        )
        .correlate(Application)
    )


def _awaits_signature_of() -> ScalarSelect[str | None]:
    """What the applicant calls the one who has not signed a draft yet; null where nobody is asked."""
    return (
        select(SignatureRequest.called)
        .where(
            Application.status == Status.DRAFT,
            SignatureRequest.municipality_id == Application.municipality_id,
            SignatureRequest.application_id == Application.id,
            SignatureRequest.refused_at.is_(None),
            SignatureRequest.withdrawn_at.is_(None),
        )
        .correlate(Application)
        .scalar_subquery()
    )


def _row(
    application: Application,
    case_file: CaseFile | None,
    tasks: list[list[str]] | None,
    has_unread_answer: bool = False,
    awaits_signature_of: str | None = None,
) -> ApplicationRow:
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
        representative_name=application.representative_name,
        draft_warned_at=application.draft_warned_at,
        tasks=task_lines(tasks),
        has_unread_answer=has_unread_answer,
        awaits_signature_of=awaits_signature_of,
    )
