"""A day of home care in Ringebu, minute by minute: what the sources tell, and what the watch makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.auth.actor import Machine
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits import service
from citizen_portal.visits.deviations.models import Deviation
from citizen_portal.visits.deviations.watch import Changes, watch
from citizen_portal.visits.reports import Identifier, Report, ReportKind, Version, VisitStatus
from tests.visits.record import SYSTEM, at

OTHER_SYSTEM = "999888777"
"""Organisation number of another provider, with a care record system of its own."""


@dataclass(frozen=True)
class Day:
    """The day, with the unit whose visits it is about."""

    municipality: Municipality
    unit: Unit

    def plan(
        self,
        number: str,
        whose: Person,
        start: str,
        end: str,
        *,
        told: str = "06:00",
        status: VisitStatus = VisitStatus.PLANNED,
        service: str = "Morgenstell",
        unit: str | None = "Hjemmetjenesten",
        by: str = "",
        system: str = SYSTEM,
        client: str = "",
        day: date | None = None,
    ) -> None:
        """The source tells at `told` that the visit is planned so, or how it stands."""
        times = at(start, day), at(end, day)
        report = _report(ReportKind.PLAN, (system, number), status, whose, times, told, service, unit)
        self.tell(report, told=told, by=by, client=client)

    def sign_off(
        self,
        number: str,
        whose: Person,
        came: str,
        *,
        told: str,
        status: VisitStatus = VisitStatus.DONE,
        by: str = "",
        system: str = SYSTEM,
    ) -> None:
        """The source tells at `told` that somebody came."""
        times, named = (at(came), None), (system, number)
        self.tell(_report(ReportKind.EVENT, named, status, whose, times, told, "Morgenstell", None), told=told, by=by)

    def tell(self, *reports: Report, told: str, by: str = "", client: str = "") -> None:
        """The source's push, at a time of the day."""
        consumer = by or self.municipality.organisation_number
        source = Machine(self.municipality.id, consumer, None, client or f"record of {consumer}", frozenset())
        with clock.frozen(at(told)), db.transaction() as session:
            service.receive(session, source, reports)

    def hear(self, told: str, by: str = "", client: str = "") -> None:
        """The source says something, but nothing new."""
        self.tell(told=told, by=by, client=client)

    def watch(self, when: str, day: date | None = None) -> Changes:
        """A run of the watch at a time of the day."""
        with clock.frozen(at(when, day)), db.transaction() as session:
            return watch(session)


def _report(
    kind: ReportKind,
    named: tuple[str, str],
    status: VisitStatus,
    whose: Person,
    times: tuple[object, object],
    told: str,
    service: str,
    unit: str | None,
) -> Report:
    return Report(
        kind=kind,
        identifier=Identifier(*named),
        visit=Identifier(*named),
        status=status,
        patient=whose.national_id,
        starts_at=times[0],  # type: ignore[arg-type]
        ends_at=times[1],  # type: ignore[arg-type]
        service=service,
        provider=None,
        unit_name=unit,
        version=Version(at(told)),
    )


@pytest.fixture
def today(in_ringebu: Municipality, home_care: Unit) -> Day:
    """A Tuesday."""
    return Day(in_ringebu, home_care)


def on_file() -> Sequence[Deviation]:
    """Every deviation, in the order in which they were opened."""
    with db.read_only() as session:
        return session.scalars(select(Deviation).order_by(Deviation.opened_at, Deviation.id)).all()


def told(deviations: Sequence[Deviation]) -> list[tuple[str, str | None]]:
    """Kind of each, and how it was closed."""
    return [(found.kind.value, found.closed_as.value if found.closed_as else None) for found in deviations]
