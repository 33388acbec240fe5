"""What filing a push asks of the database: whom its reports name, and all that is on file of the same visits.

The statements are built once: that takes longer than to execute them for one visit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    LargeBinary,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

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
        Person.municipality_id == this_municipality(),
        Person.national_id_hash == any_(bindparam("hashes", type_=ARRAY(LargeBinary()))),
    )


def unit_ids_by_name(session: Session) -> Mapping[str, UUID]:
    """The municipality's units by name in lower case."""
    rows = session.execute(select(Unit.name, Unit.id).where(Unit.municipality_id == current_municipality_id()))
    return {name.casefold(): unit_id for name, unit_id in rows}


def dossiers(session: Session, visit_ids: Collection[UUID]) -> list[Dossier]:
    """Visits with everything they are settled from."""
    found: dict[UUID, Dossier] = {}
    rows: Iterable[Sequence[Any]] = session.execute(_dossiers(), {"visits": list(visit_ids)}) if visit_ids else ()
    for visit, report, receipt in rows:
        dossier = found.setdefault(visit.id, Dossier(visit, [], receipt))
        dossier.reports.extend([report] if report else [])
    return list(found.values())


def visits_of_push(session: Session, consumer: str, reports: Collection[Report]) -> set[UUID]:
    """The visits that the reports name, and those that have reports of the same resources."""
    visits = {report.visit for report in reports}
    told = {
        "consumer": consumer,
        "visit_systems": [visit.system for visit in visits],
        "visit_values": [visit.value for visit in visits],
        "kinds": [report.kind.value for report in reports],
        "report_systems": [report.identifier.system for report in reports],
        "report_values": [report.identifier.value for report in reports],
    }
    return set(session.scalars(_visits_of_push(), told))


@cache
def _dossiers() -> Select[Visit, VisitReport, VisitReceipt]:
    """The reports are chosen by the visits twice, so that no plan reads all reports of the municipality."""
    visits = bindparam("visits", type_=ARRAY(Uuid()))
    return (
        select(Visit, VisitReport, VisitReceipt)
        .outerjoin(
            VisitReport,
            and_(
                VisitReport.municipality_id == Visit.municipality_id,
                VisitReport.visit_id == Visit.id,
                VisitReport.visit_id == any_(visits),
            ),
        )
        .outerjoin(
            VisitReceipt,
            and_(
                VisitReceipt.municipality_id == Visit.municipality_id,
                VisitReceipt.visit_id == Visit.id,
                VisitReceipt.visit_id == any_(visits),
            ),
        )
        .where(Visit.municipality_id == this_municipality(), Visit.id == any_(visits))
    )


@cache
def _visits_of_push() -> CompoundSelect[UUID]:
    visits, resources = _rows("visit_systems", "visit_values"), _rows("kinds", "report_systems", "report_values")
    named = select(Visit.id).where(
        Visit.municipality_id == this_municipality(),
        Visit.consumer == bindparam("consumer"),
        Visit.identifier_system == visits.c.visit_systems,
        Visit.identifier_value == visits.c.visit_values,
    )
    known = select(VisitReport.visit_id).where(
        VisitReport.municipality_id == this_municipality(),
        VisitReport.consumer == bindparam("consumer"),
        VisitReport.kind == resources.c.kinds,
        VisitReport.identifier_system == resources.c.report_systems,
        VisitReport.identifier_value == resources.c.report_values,
    )
    return union_all(_one_by_one(visits, named), _one_by_one(resources, known))


def _one_by_one(rows: Subquery, found: Select[UUID]) -> Select[UUID]:
    """What is found for each of the rows, looked up by its index.

    OFFSET 0 keeps PostgreSQL from turning the look-ups into a join: while a source pushes its first visits, statistics
    say that there are none, and it would compare each visit with each row.
    """
    each = found.offset(0).lateral()
    return select(each.c[0]).select_from(rows.join(each, true()))


def _rows(*names: str) -> Subquery:
    """Rows of text, each column of them as one parameter: hundreds of parameters would be slow to write and read."""
    return select(*(func.unnest(bindparam(name, type_=ARRAY(Text))).label(name) for name in names)).subquery()
