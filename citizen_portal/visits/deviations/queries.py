"""What the watch reads: visits that may have gone wrong, what is on file of them, and when sources were last heard."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, or_, select, union
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from citizen_portal.db import current_municipality_id
from citizen_portal.identity.models import Person, Protection
from citizen_portal.visits.deviations.findings import CAME, WatchedVisit
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.models import Visit, VisitSource
from citizen_portal.visits.reports import VisitStatus

LOOK_BACK: Final = timedelta(days=7)
"""How far back a visit without sign-off is looked for: longer than the portal may have been down."""
_LONGEST: Final = timedelta(days=1)
"""No visit lasts longer."""


@dataclass(frozen=True, slots=True)
class SourceContact:
    """When the systems that push for a consumer were last heard from, and which of them was the last."""

    source_id: UUID
    consumer: str
    last_contact_at: datetime


def source_contacts(session: Session) -> dict[str, SourceContact]:
    """The last contact with each consumer's systems."""
    rows = session.execute(
        select(VisitSource.id, VisitSource.consumer, VisitSource.last_contact_at)
        .where(VisitSource.municipality_id == current_municipality_id())
        .ext(distinct_on(VisitSource.consumer))
        .order_by(VisitSource.consumer, VisitSource.last_contact_at.desc(), VisitSource.id)
    )
    return {row.consumer: SourceContact(*row) for row in rows}


def watched_visits(session: Session, now: datetime, ahead: timedelta) -> list[WatchedVisit]:
    """The visits that may have gone wrong, were cancelled less than `ahead` before them, or have an open deviation."""
    rows: Iterable[Sequence[Any]] = session.execute(
        select(
            Visit.id,
            Visit.care_recipient_id,
            Visit.unit_id,
            Visit.consumer,
            Visit.status,
            Visit.occurs_at,
            _ends_at(Visit),
            Visit.updated_at,
            func.coalesce(Person.protection != Protection.NONE, False),
            _twin(now),
            Visit.cancelled_by,
        )
        .outerjoin(Person, and_(Person.municipality_id == Visit.municipality_id, Person.id == Visit.care_recipient_id))
        .where(
            Visit.municipality_id == current_municipality_id(),
            Visit.id.in_(union(_suspicious(now, ahead), _with_open_deviation())),
        )
    )
    return [WatchedVisit(*row) for row in rows]


def deviations_of(session: Session, visit_ids: Collection[UUID]) -> list[tuple[UUID, Deviation]]:
    """Every deviation of the visits, closed ones too, locked: nobody handles what is being judged."""
    rows = session.execute(
        select(Deviation.visit_id, Deviation)
        .where(Deviation.municipality_id == current_municipality_id(), Deviation.visit_id.in_(visit_ids))
        .with_for_update()
    )
    return [(visit_id, deviation) for visit_id, deviation in rows if visit_id is not None]


def silences(session: Session, since: datetime) -> list[tuple[Deviation, str]]:
    """The silent sources, and those that have spoken again since, each with its consumer."""
    rows = session.execute(
        select(Deviation, VisitSource.consumer)
        .join(
            VisitSource,
            and_(VisitSource.municipality_id == Deviation.municipality_id, VisitSource.id == Deviation.source_id),
        )
        .where(
            Deviation.municipality_id == current_municipality_id(),
            Deviation.kind == DeviationKind.SOURCE_SILENT,
            or_(Deviation.closed_at.is_(None), Deviation.closed_at > since),
        )
    )
    return [(deviation, consumer) for deviation, consumer in rows]


def _suspicious(now: datetime, ahead: timedelta) -> Select[UUID]:
    is_cancelled_late = and_(Visit.status == VisitStatus.CANCELLED, Visit.updated_at > Visit.occurs_at - ahead)
    return select(Visit.id).where(
        Visit.municipality_id == current_municipality_id(),
        Visit.care_recipient_id.is_not(None),
        Visit.status.not_in((VisitStatus.DONE, VisitStatus.ENTERED_IN_ERROR)),
        Visit.occurs_at > now - LOOK_BACK,
        Visit.occurs_at <= now + ahead,
        or_(Visit.occurs_at <= now, is_cancelled_late),
    )


def _with_open_deviation() -> Select[Any]:
    return select(Deviation.visit_id).where(
        Deviation.municipality_id == current_municipality_id(),
        Deviation.closed_at.is_(None),
        Deviation.visit_id.is_not(None),
    )


def _twin(now: datetime) -> ScalarSelect[int | None]:
    """How much another system tells that reports the same visit, where what it says counts: because somebody came, it
    says more, or, where both say the same, because we learnt of it first. A source that may be silent decides nothing.
    """
    twin = aliased(Visit, name="twin")
    tells_more = or_(_tells(twin) > _tells(Visit), and_(_tells(twin) == _tells(Visit), twin.id < Visit.id))
    return (
        select(func.max(_tells(twin)))
        .where(
            twin.municipality_id == Visit.municipality_id,
            twin.care_recipient_id == Visit.care_recipient_id,
            twin.occurs_at.between(Visit.occurs_at - _LONGEST, Visit.occurs_at + _LONGEST),
            twin.consumer != Visit.consumer,
            func.lower(twin.service) == func.lower(Visit.service),
            or_(
                and_(twin.occurs_at < _ends_at(Visit), Visit.occurs_at < _ends_at(twin)),
                twin.occurs_at == Visit.occurs_at,
            ),
            tells_more,
            or_(_tells(twin) == CAME, _ends_at(twin) > now, _last_contact(twin) >= _ends_at(twin)),
        )
        .scalar_subquery()
    )


def _tells(visit: Any) -> ColumnElement[int]:
    """How much a visit's status tells of whether somebody came."""
    return case(
        (visit.status.in_((VisitStatus.DONE, VisitStatus.ARRIVED)), CAME),
        (visit.status == VisitStatus.NOT_HOME, 2),
        (visit.status.in_((VisitStatus.PLANNED, VisitStatus.ON_THE_WAY)), 1),
        else_=0,
    )


def _ends_at(visit: Any) -> ColumnElement[datetime]:
    return func.coalesce(visit.planned_end_at, visit.occurs_at)


def _last_contact(visit: Any) -> ScalarSelect[datetime]:
    return (
        select(func.max(VisitSource.last_contact_at))
        .where(VisitSource.municipality_id == visit.municipality_id, VisitSource.consumer == visit.consumer)
        .scalar_subquery()
    )
