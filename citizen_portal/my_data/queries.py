"""Scoped reads: what a person sees of her own data and requests, and what those who answer see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person, Representation
from citizen_portal.journal.models import CaseFile
from citizen_portal.messages.models import Thread
from citizen_portal.my_data.models import UNDER_WAY, DataExport, DataRequest, Form

MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What we have about a person, in numbers."""

    person: Person
    applications: int
    drafts: int
    cases: int
    threads: int


@dataclass(frozen=True, slots=True)
class ActingLine:
    """That somebody may act for the person today, or she for somebody."""

    representation: Representation
    name: str
    """The other's name."""
    for_me: bool


@dataclass(frozen=True, slots=True)
class MyDataPage:
    """Everything on the person's page."""

    facts: Facts
    acting: Sequence[ActingLine]
    exports: Sequence[DataExport]
    requests: Sequence[DataRequest]

    @property
    def has_export_under_way(self) -> bool:
        """Whether a copy is being made."""
        return any(export.shown_status in UNDER_WAY for export in self.exports)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request with the name of whom it is from. `is_open_to_me` is False where a reason must be given first."""

    request: DataRequest
    name: str
    is_open_to_me: bool = True


def my_data_page(session: Session, actor: Citizen) -> MyDataPage:
    """The page of the citizen herself, whoever she has chosen to act for, in four statements."""
    return MyDataPage(
        facts=_facts(session, actor),
        acting=_acting(session, actor),
        exports=session.scalars(_own(DataExport, actor)).all(),
        requests=session.scalars(_own(DataRequest, actor)).all(),
    )


def export_file(session: Session, actor: Citizen, export_id: UUID, form: Form) -> tuple[DataExport, str, int]:
    """A copy of the citizen's own with the file's SHA-256 and size. Raises NotFound, also when its time is over."""
    export = session.scalar(_own(DataExport, actor).where(DataExport.id == export_id))
    file = export and export.file(form)
    if export is None or file is None:
        raise NotFound
    return export, *file


def requests_to_answer(session: Session, actor: Staff, *, answered: bool = False) -> list[RequestLine]:
    """The municipality's requests, the oldest unanswered first or the newest answered first."""
    told = DataRequest.answered_at.is_not(None) if answered else DataRequest.answered_at.is_(None)
    order = DataRequest.id.desc() if answered else DataRequest.id
    rows = session.execute(
        select(DataRequest, Person.name, reach.reason_was_given(actor, DataRequest.person_id))
        .join(Person, _of_person())
        .where(DataRequest.municipality_id == current_municipality_id(), told, _is_listed_for(actor))
        .order_by(order)
        .limit(100)
    )
    return [RequestLine(*row) for row in rows]


def request_for(session: Session, actor: Staff, request_id: UUID, *, lock: bool = False) -> RequestLine:
    """One request of the municipality, for an employee who may answer it. Raises NotFound."""
    query = (
        select(DataRequest, Person.name)
        .join(Person, _of_person())
        .where(
            DataRequest.municipality_id == current_municipality_id(),
            DataRequest.id == request_id,
            reach.reason_was_given(actor, DataRequest.person_id),
        )
    )
    found = session.execute(query.with_for_update(of=DataRequest) if lock else query).one_or_none()
    if found is None:
        raise NotFound
    return RequestLine(*found)


def _facts(session: Session, actor: Citizen) -> Facts:
    drafts = _count(Application, Application.person_id == actor.person_id, Application.status == Status.DRAFT)
    sent = _count(Application, Application.person_id == actor.person_id, Application.status != Status.DRAFT)
    row = session.execute(
        select(
            Person,
            sent,
            drafts,
            _count(CaseFile, CaseFile.citizen_id == actor.person_id),
            _count(Thread, Thread.person_id == actor.person_id),
        ).where(Person.municipality_id == current_municipality_id(), Person.id == actor.person_id)
    ).one()
    return Facts(*row)


def _count(table: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(table)
        .where(table.municipality_id == current_municipality_id(), *conditions)
        .scalar_subquery()
    )


def _acting(session: Session, actor: Citizen) -> list[ActingLine]:
    principal, representative = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Representation, principal.name, representative.name)
        .join(principal, _is(principal, Representation.principal_id))
        .join(representative, _is(representative, Representation.representative_id))
        .where(
            reach.is_in_force(),
            or_(
                Representation.principal_id == actor.person_id,
                Representation.representative_id == actor.person_id,
            ),
        )
        .order_by(Representation.id)
    )
    return [
        ActingLine(found, by_whom, True) if found.principal_id == actor.person_id else ActingLine(found, of_whom, False)
        for found, of_whom, by_whom in rows
    ]


def _is(person: Any, column: Any) -> ColumnElement[bool]:
    return and_(person.municipality_id == Representation.municipality_id, person.id == column)


def _own(table: Any, actor: Citizen) -> Any:
    mine = and_(table.municipality_id == current_municipality_id(), table.person_id == actor.person_id)
    return select(table).where(mine).order_by(table.id.desc()).limit(MOST_SHOWN)


def _of_person() -> ColumnElement[bool]:
    return and_(Person.municipality_id == DataRequest.municipality_id, Person.id == DataRequest.person_id)


def _is_listed_for(actor: Staff) -> ColumnElement[bool]:
    """Those whom few may handle are listed to these few only."""
    if reach.may_know_of_protected(actor):
        return true()
    return ~reach.is_protected(DataRequest.person_id)
