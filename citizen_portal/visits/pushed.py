"""What a source finds again of what it has pushed: its own reports, in the order in which they changed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from citizen_portal.db import current_municipality_id
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.models import Visit, VisitReport
from citizen_portal.visits.reports import Identifier, ReportKind, VisitStatus

Comparison = Literal["ge", "gt", "le", "lt"]


class Bound(NamedTuple):
    """One side of a period."""

    comparison: Comparison
    instant: datetime


class Place(NamedTuple):
    """Where a page ended: the next begins after it. What changes meanwhile moves to the end, so nothing is lost."""

    changed_at: datetime
    report_id: UUID


@dataclass(frozen=True, slots=True)
class ReportSearch:
    """What a source asks for; what it says nothing of is not narrowed."""

    kind: ReportKind
    identifier: Identifier | None
    statuses: frozenset[VisitStatus]
    starts: Sequence[Bound]
    changed: Sequence[Bound]
    page_size: int
    after: Place | None


class PushedReport(NamedTuple):
    """A report with the visit that it belongs to, and the unit's name where it is one of the municipality's."""

    report: VisitReport
    visit: Visit
    unit_name: str | None

    @property
    def place(self) -> Place:
        """Where it stands in the order."""
        return Place(self.report.changed_at, self.report.id)


class Page(NamedTuple):
    """Some of what was found, and where the next page begins after; None on the last."""

    found: list[PushedReport]
    next_after: Place | None


def pushed_reports(session: Session, consumer: str, search: ReportSearch) -> Page:
    """A page of the consumer's own reports, those that changed longest ago first."""
    conditions = [*_bounds(VisitReport.starts_at, search.starts), *_bounds(VisitReport.changed_at, search.changed)]
    if search.identifier:
        conditions.append(VisitReport.identifier_system == search.identifier.system)
        conditions.append(VisitReport.identifier_value == search.identifier.value)
    if search.statuses:
        conditions.append(VisitReport.status.in_(search.statuses))
    if search.after:
        conditions.append(tuple_(VisitReport.changed_at, VisitReport.id) > tuple_(*search.after))
    rows = session.execute(
        select(VisitReport, Visit, Unit.name)
        .join(Visit, and_(Visit.municipality_id == VisitReport.municipality_id, Visit.id == VisitReport.visit_id))
        .outerjoin(Unit, and_(Unit.municipality_id == VisitReport.municipality_id, Unit.id == VisitReport.unit_id))
        .where(
            VisitReport.municipality_id == current_municipality_id(),
            VisitReport.consumer == consumer,
            VisitReport.kind == search.kind,
            *conditions,
        )
        .order_by(VisitReport.changed_at, VisitReport.id)
        .limit(search.page_size + 1)
    )
    found = [PushedReport(*row) for row in rows]
    page = found[: search.page_size]
    return Page(page, page[-1].place if len(found) > len(page) else None)


def _bounds(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], bounds: Sequence[Bound]
) -> list[ColumnElement[bool]]:
    compared: list[ColumnElement[bool]] = []
    for comparison, instant in bounds:
        match comparison:
            case "ge":
                compared.append(column >= instant)
            case "gt":
                compared.append(column > instant)
            case "le":
                compared.append(column <= instant)
            case "lt":
                compared.append(column < instant)
    return compared
