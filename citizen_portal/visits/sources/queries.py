"""How the sources of a municipality are doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, any_, exists, func, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import current_municipality_id
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.models import VisitSource
from citizen_portal.visits.names.queries import municipality_names_visitors
from citizen_portal.visits.queries import count_held_visits
from citizen_portal.visits.rules.models import CareRules
from citizen_portal.visits.sources.models import Rejection, SourceDay

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source and what it has pushed today. One whose every push was refused has never been heard from."""

    client_id: str
    consumer: str
    last_contact_at: datetime | None
    silent_after_minutes: int
    """How long it may say nothing: the shortest limit among the units for which it tells of visits."""
    today: SourceDay | None

    @property
    def is_silent(self) -> bool:
        """Whether somebody must find out what is wrong."""
        silent_after = timedelta(minutes=self.silent_after_minutes)
        return self.last_contact_at is None or clock.now() - self.last_contact_at > silent_after

    @property
    def average_lag_minutes(self) -> int | None:
        """From the end of a visit until we learnt of it, today; None when nothing was signed off."""
        if self.today is None or not self.today.sign_offs:
            return None
        return round(self.today.lag_seconds / self.today.sign_offs / 60)

    @property
    def longest_lag_minutes(self) -> int | None:
        """The same of the sign-off that took longest."""
        if self.today is None or not self.today.sign_offs:
            return None
        return round(self.today.longest_lag_seconds / 60)


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """All that those who look after the sources need to see."""

    sources: Sequence[SourceLine]
    rejections: Sequence[Rejection]
    """Those that were met last."""
    held: int
    """Visits that are kept and shown to nobody."""
    names_visitors: bool

    @property
    def silent(self) -> list[SourceLine]:
        """The sources for which the alarm is raised."""
        return [source for source in self.sources if source.is_silent]


def sources_page(session: Session) -> SourcesPage:
    """How the current municipality's sources are doing now."""
    return SourcesPage(
        _lines(session), _rejections(session), count_held_visits(session), municipality_names_visitors(session)
    )


def silent_now(session: Session) -> Sequence[VisitSource]:
    """The sources on whose word visits wait too long: what the watch has told the units. Quiet hours are no silence."""
    return session.scalars(
        select(VisitSource)
        .where(
            VisitSource.municipality_id == current_municipality_id(),
            exists().where(
                Deviation.municipality_id == VisitSource.municipality_id,
                Deviation.source_id == VisitSource.id,
                Deviation.kind == DeviationKind.SOURCE_SILENT,
                Deviation.closed_at.is_(None),
            ),
        )
        .order_by(VisitSource.client_id, VisitSource.id)
    ).all()


def _lines(session: Session) -> list[SourceLine]:
    rows = session.execute(
        select(
            func.coalesce(VisitSource.client_id, SourceDay.client_id),
            func.coalesce(VisitSource.consumer, SourceDay.consumer),
            VisitSource.last_contact_at,
            _silent_after_minutes(),
            SourceDay,
        )
        .join(
            SourceDay,
            and_(
                SourceDay.municipality_id == VisitSource.municipality_id,
                SourceDay.consumer == VisitSource.consumer,
                SourceDay.client_id == VisitSource.client_id,
                SourceDay.day == clock.today(),
            ),
            full=True,
        )
        .where(
            (VisitSource.municipality_id == current_municipality_id())
            | ((SourceDay.municipality_id == current_municipality_id()) & (SourceDay.day == clock.today()))
        )
    )
    return sorted((SourceLine(*row) for row in rows), key=lambda line: (line.client_id, line.consumer))


def _silent_after_minutes() -> ColumnElement[int]:
    """The shortest of the limits of those units of whose visits the source tells; else the usual."""
    usual = CareRules.usual(None).silent_after_minutes
    shortest = (
        select(func.min(func.coalesce(CareRules.silent_after_minutes, usual)))
        .select_from(Unit)
        .outerjoin(CareRules, and_(CareRules.municipality_id == Unit.municipality_id, CareRules.unit_id == Unit.id))
        .where(Unit.municipality_id == current_municipality_id(), Unit.id == any_(VisitSource.unit_ids))
        .correlate(VisitSource)
        .scalar_subquery()
    )
    return func.coalesce(shortest, usual)


def _rejections(session: Session) -> Sequence[Rejection]:
    return session.scalars(
        select(Rejection)
        .where(Rejection.municipality_id == current_municipality_id())
        .order_by(Rejection.last_at.desc(), Rejection.id)
        .limit(PAGE_SIZE)
    ).all()
