"""What filing a push asks of the database: whom its reports name, and all that is on file of the same visits.

The statements are built once: that takes longer than to execute them for one visit.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from citizen_portal.db import current_municipality_id, this_municipality
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.reports import Identifier, Report, ReportKind

ReportKey = tuple[ReportKind, Identifier]


@dataclass(slots=True)
class Dossier:
    """A visit with all that it is settled from, and the receipt that stands."""

    visit: Visit
    reports: list[VisitReport]
    receipt: VisitReceipt | None
    is_new: bool = False
    """Whether it is not in the database yet."""

    @property
    def identifier(self) -> Identifier:
        """By which its source knows the visit."""
        return Identifier(self.visit.identifier_system, self.visit.identifier_value)


def neighbours_among(session: Session, organisation_numbers: Collection[str]) -> set[str]:
    """Those of the numbers that belong to other municipalities of the installation."""
    if not organisation_numbers:
        return set()
    return set(
        session.scalars(
            select(Municipality.organisation_number).where(
                Municipality.organisation_number.in_(organisation_numbers),
                Municipality.id != current_municipality_id(),
            )
        )
    )


def person_ids_by_hash(session: Session, hashes: Collection[bytes]) -> Mapping[bytes, UUID]:
    """Ids of the known ones among those people, by the look-up hash of their national id."""
    rows = session.execute(_people(), {"hashes": list(hashes)})
    return {row.national_id_hash: row.id for row in rows}


@cache
def _people() -> Select[bytes, UUID]:
    return select(Person.national_id_hash, Person.id).where(
        Person.municipality_id == this_municipality(), Person.national_id_hash == _any_of("hashes", LargeBinary())
    )


def unit_ids_by_name(session: Session) -> Mapping[str, UUID]:
    """The municipality's units by name in lower case."""
    rows = session.execute(select(Unit.name, Unit.id).where(Unit.municipality_id == current_municipality_id()))
    return {name.casefold(): unit_id for name, unit_id in rows}


def dossiers(session: Session, visit_ids: Iterable[UUID]) -> list[Dossier]:
    """Visits with everything they are settled from."""
    return _read(session, _dossiers_by_id(), {"visits": list(visit_ids)})


def dossiers_of_push(
    session: Session, consumer: str, reports: Collection[Report], visit_ids: Iterable[UUID]
) -> list[Dossier]:
    """The visits that the reports name, those that have reports of the same resources, and the others told."""
    visits = {report.visit for report in reports}
    told = {
        "consumer": consumer,
        "visit_systems": [visit.system for visit in visits],
        "visit_values": [visit.value for visit in visits],
        "kinds": [report.kind.value for report in reports],
        "systems": [report.identifier.system for report in reports],
        "values": [report.identifier.value for report in reports],
        "visits": list(visit_ids),
    }
    return _read(session, _dossiers_of_push(), told)


def _read(session: Session, query: Select[Any], told: Mapping[str, Any]) -> list[Dossier]:
    found: dict[UUID, Dossier] = {}
    for visit, report, receipt in session.execute(query, told):
        dossier = found.setdefault(visit.id, Dossier(visit, [], receipt))
        dossier.reports.extend([report] if report else [])
    return list(found.values())


@cache
def _dossiers_by_id() -> Select[Any]:
    return _dossiers(Visit.id == _any_of("visits", Uuid()))


@cache
def _dossiers_of_push() -> Select[Any]:
    named = select(Visit.id).where(
        Visit.municipality_id == this_municipality(),
        Visit.consumer == bindparam("consumer"),
        tuple_(Visit.identifier_system, Visit.identifier_value).in_(_rows("visit_systems", "visit_values")),
    )
    known = select(VisitReport.visit_id).where(
        VisitReport.municipality_id == this_municipality(),
        VisitReport.consumer == bindparam("consumer"),
        tuple_(VisitReport.kind, VisitReport.identifier_system, VisitReport.identifier_value).in_(
            _rows("kinds", "systems", "values")
        ),
    )
    others = select(func.unnest(bindparam("visits", type_=ARRAY(Uuid()))))
    return _dossiers(Visit.id.in_(union(named, known, others)))


def _dossiers(chosen: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Visit, VisitReport, VisitReceipt)
        .outerjoin(
            VisitReport, and_(VisitReport.municipality_id == Visit.municipality_id, VisitReport.visit_id == Visit.id)
        )
        .outerjoin(
            VisitReceipt, and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id)
        )
        .where(Visit.municipality_id == this_municipality(), chosen)
    )


def _any_of(name: str, of: TypeEngine[Any]) -> ColumnElement[Any]:
    """One of many values, as one parameter: hundreds of parameters would be slow to write and read."""
    return any_(bindparam(name, type_=ARRAY(of)))


def _rows(*names: str) -> Select[Any]:
    """Rows of text, each column of them as one parameter."""
    return select(*(func.unnest(bindparam(name, type_=ARRAY(Text))) for name in names))
