"""A municipality's month of home care in compressed time: does the watch find what it should, and nothing else?

`python -m tests.visits.simulation` plays 300 care recipients for 30 days, 36 000 visits: 2 % are signed off late, 0.5 %
never, and once the care record system is silent for hours. The same pushes and the same job as in production, on a
PostgreSQL of its own; only the clock is ours. `test_simulation` plays a small town.
"""

import base64
import os
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as wall_clock
from enum import StrEnum
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

import click
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.auth.actor import Machine
from citizen_portal.config import Settings
from citizen_portal.demo.people import synthetic_national_id
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES, add_to_installation
from citizen_portal.identity import encryption
from citizen_portal.identity import service as identity
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits import service
from citizen_portal.visits.deviations.findings import UNSIGNED
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import Identifier, Report, ReportKind, Version, VisitStatus
from citizen_portal.visits.rules.models import CareRules
from tests import cluster

FIRST_DAY: Final = date(2026, 10, 12)
"""A Monday; the night of 25 hours comes two weeks later."""
UNIT: Final = "Hjemmetjenesten"
SYSTEM: Final = "https://epj.example/besok"
LENGTH: Final = timedelta(minutes=45)
STEP: Final = timedelta(minutes=5)
"""How often the source pushes and the watch runs. In production the watch runs each minute."""
MOST_AT_ONCE: Final = 200
ROUNDS: Final = {
    "Morgenstell": (wall_clock(7, 30), 150),
    "Middag": (wall_clock(11, 30), 120),
    "Ettermiddag": (wall_clock(16), 90),
    "Kveldsstell": (wall_clock(19, 30), 105),
}
"""Service -> when the first window opens, and how many minutes later the last one does."""


class Fate(StrEnum):
    """What becomes of a visit."""

    ON_TIME = "on time"
    LATE = "late"
    MISSED = "missed"


@dataclass(frozen=True)
class Town:
    """How large, how long, and when the source is silent."""

    recipients: int
    days: int
    outage: tuple[datetime, datetime]
    late: float = 0.02
    missed: float = 0.005
    seed: int = 3439


@dataclass(frozen=True)
class SimulatedVisit:
    """A visit with what will become of it."""

    number: str
    patient: str
    service: str
    starts_at: datetime
    fate: Fate
    done_at: datetime | None

    @property
    def ends_at(self) -> datetime:
        """The end of its window."""
        return self.starts_at + LENGTH

    @property
    def plan(self) -> Report:
        """What the source tells of it beforehand."""
        return self._report(ReportKind.PLAN, VisitStatus.PLANNED, self.starts_at, self.ends_at, 1)

    @property
    def sign_off(self) -> Report:
        """What it tells when somebody has been there."""
        done_at = self.done_at or self.ends_at
        return self._report(ReportKind.EVENT, VisitStatus.DONE, done_at - timedelta(minutes=10), done_at, 2)

    def _report(
        self, kind: ReportKind, status: VisitStatus, starts_at: datetime, ends_at: datetime, version: int
    ) -> Report:
        identifier = Identifier(SYSTEM, self.number)
        return Report(
            kind=kind,
            identifier=identifier,
            visit=identifier,
            status=status,
            patient=self.patient,
            starts_at=starts_at,
            ends_at=ends_at,
            service=self.service,
            provider=None,
            unit_name=UNIT,
            version=Version(number=version),
        )


@dataclass
class Findings:
    """What the month showed."""

    town: Town
    visits: int = 0
    true: int = 0
    """Alarms about visits that were signed off late or never."""
    false: int = 0
    """Alarms about visits that were signed off in time."""
    unnoticed: list[str] = field(default_factory=list)
    """Visits that were signed off late or never, and of which nobody was told."""
    before_word: int = 0
    """Visits signed off late, before the source's next word or while it caught up: no alarm could tell more."""
    delays: list[timedelta] = field(default_factory=list)
    """From the unit's limit to the alarm, of the true ones outside the silence."""
    after_silence: list[timedelta] = field(default_factory=list)
    """The same for what the silence kept back, from the moment when the source spoke again."""
    silences: int = 0
    per_hour: Counter[datetime] = field(default_factory=Counter)
    """Messages to the unit in each hour."""
    told_rightly: int = 0
    """Deviations that still stood after the unit's grace, so that followers are told."""
    told_wrongly: int = 0
    took: float = 0.0

    def lines(self) -> Iterator[str]:
        """What is printed."""
        town, messages = self.town, sum(self.per_hour.values())
        yield f"{town.recipients} care recipients, {town.days} days, {self.visits} visits, played in {self.took:.0f} s"
        yield f"alarms: {self.true} true, {self.false} false; visits gone wrong unnoticed: {len(self.unnoticed)}"
        yield f"signed off late, before the source's next word after the limit or as it caught up: {self.before_word}"
        yield f"found after the unit's limit: {_spread(self.delays)}"
        yield f"kept back by the silence, found after the source spoke again: {_spread(self.after_silence)}"
        yield (
            f"messages to the unit: {messages}, {messages / town.days:.1f} a day, "
            f"at most {max(self.per_hour.values())} in an hour; for the silence {self.silences}"
        )
        yield f"deviations that followers are told of: {self.told_rightly} rightly, {self.told_wrongly} wrongly"


def play(town: Town, municipality: Municipality) -> Findings:
    """Let the month pass. The municipality must be worked for, and have the unit."""
    began, start = time.perf_counter(), clock.from_oslo(datetime.combine(FIRST_DAY, wall_clock(0)))
    patients = _patients(town)
    with clock.frozen(start), db.transaction() as session:
        for number, patient in enumerate(patients):
            identity.register_person(session, national_id=patient, name=f"Innbygger {number}", birth_date=None)
    visits = list(_visits_of(town, patients))
    source = Machine(municipality.id, municipality.organisation_number, None, "care-record", frozenset())
    unsent = sorted((visit for visit in visits if visit.done_at), key=lambda visit: visit.done_at or start)
    opened: list[tuple[datetime, Deviation]] = []
    words: list[datetime] = []
    for now in _steps(start, town.days):
        with clock.frozen(now):
            if clock.to_oslo(now).time() == wall_clock(0):
                day = clock.to_oslo(now).date()
                _push(source, [v.plan for v in visits if clock.to_oslo(v.starts_at).date() == day])
            elif not town.outage[0] <= now < town.outage[1]:
                due = [visit for visit in unsent[:MOST_AT_ONCE] if visit.done_at and visit.done_at <= now]
                del unsent[: len(due)]
                _push(source, [visit.sign_off for visit in due])
                words += [now] if due else []
            with db.transaction() as session:
                opened += [(now, deviation) for deviation in watch(session).opened]
    findings = _judge(town, {visit.number: visit for visit in visits}, opened, words)
    findings.took = time.perf_counter() - began
    return findings


def _patients(town: Town) -> list[str]:
    randomness, found = Random(town.seed), dict[str, None]()  # noqa: S311  made-up people need no secrets
    while len(found) < town.recipients:
        born = date(1935, 1, 1) + timedelta(days=randomness.randrange(5000))
        found[synthetic_national_id(born, is_woman=True, randomness=randomness)] = None
    return list(found)


def _visits_of(town: Town, patients: Sequence[str]) -> Iterator[SimulatedVisit]:
    randomness = Random(town.seed)  # noqa: S311  a play needs no secrets
    fates = (Fate.LATE, Fate.MISSED, Fate.ON_TIME), (town.late, town.missed, 1 - town.late - town.missed)
    for number in range(town.days):
        day = FIRST_DAY + timedelta(days=number)
        for patient in patients:
            for service_name, (first, spread) in ROUNDS.items():
                minutes = randomness.randrange(0, spread, 5)
                starts_at = clock.from_oslo(datetime.combine(day, first)) + timedelta(minutes=minutes)
                fate = randomness.choices(*fates)[0]
                after = randomness.randint(35, 150) if fate is Fate.LATE else randomness.randint(-30, 20)
                done_at = None if fate is Fate.MISSED else starts_at + LENGTH + timedelta(minutes=after)
                yield SimulatedVisit(f"{day}/{patient}/{service_name}", patient, service_name, starts_at, fate, done_at)


def _steps(start: datetime, days: int) -> Iterator[datetime]:
    """Each step of the days and of the morning after; at night, when nobody is visited, each half hour."""
    now, end = start, start + timedelta(days=days, hours=3)
    while now < end:
        yield now
        now += STEP if clock.to_oslo(now).hour >= 7 or clock.to_oslo(now).hour < 1 else 6 * STEP


def _push(source: Machine, reports: Sequence[Report]) -> None:
    for first in range(0, len(reports), MOST_AT_ONCE):
        with db.transaction() as session:
            service.receive(session, source, reports[first : first + MOST_AT_ONCE])


def _judge(
    town: Town,
    visits: dict[str, SimulatedVisit],
    opened: Sequence[tuple[datetime, Deviation]],
    words: Sequence[datetime],
) -> Findings:
    findings = Findings(town, len(visits))
    with db.read_only() as session:
        numbers = {row.id: row.identifier_value for row in session.execute(select(Visit.id, Visit.identifier_value))}
        on_file = session.scalars(select(Deviation).where(Deviation.kind.in_(UNSIGNED))).all()
    alarmed: dict[str, datetime] = {}
    for now, deviation in opened:
        findings.per_hour[now.replace(minute=0)] += 1
        findings.silences += deviation.kind is DeviationKind.SOURCE_SILENT
        if deviation.kind in UNSIGNED and deviation.visit_id:
            alarmed.setdefault(numbers[deviation.visit_id], now)
    for number, visit in visits.items():
        _judge_visit(findings, visit, alarmed.get(number), words)
    for deviation in on_file:
        stood = deviation.tell_at and (deviation.closed_at is None or deviation.closed_at > deviation.tell_at)
        if stood and deviation.visit_id:
            was_wrong = visits[numbers[deviation.visit_id]].fate is not Fate.ON_TIME
            findings.told_rightly += was_wrong
            findings.told_wrongly += not was_wrong
    return findings


def _judge_visit(
    findings: Findings, visit: SimulatedVisit, found_at: datetime | None, words: Sequence[datetime]
) -> None:
    limit, (fell_silent, spoke_again) = CareRules.usual(None).late_at(visit.ends_at), findings.town.outage
    kept_back = fell_silent <= limit and visit.ends_at < spoke_again and (found_at is None or found_at >= spoke_again)
    if found_at is None:
        next_word = next(iter(words[bisect_left(words, limit) :]), None)
        if visit.done_at and visit.fate is Fate.LATE and (kept_back or next_word is None or next_word >= visit.done_at):
            findings.before_word += 1
        elif visit.fate is not Fate.ON_TIME:
            findings.unnoticed.append(visit.number)
    elif visit.fate is Fate.ON_TIME:
        findings.false += 1
    else:
        findings.true += 1
        since = max(limit, spoke_again) if kept_back else limit
        (findings.after_silence if kept_back else findings.delays).append(found_at - since)


def _spread(times: Sequence[timedelta]) -> str:
    if not times:
        return "none"
    minutes = sorted(each.total_seconds() / 60 for each in times)
    at_95 = minutes[min(len(minutes) - 1, len(minutes) * 95 // 100)]
    return f"{len(times)}, median {median(minutes):.0f}, 95 % within {at_95:.0f}, at most {minutes[-1]:.0f} minutes"


def outage_on(day: date, first: wall_clock, last: wall_clock) -> tuple[datetime, datetime]:
    """A silence from one time of a day to another."""
    return clock.from_oslo(datetime.combine(day, first)), clock.from_oslo(datetime.combine(day, last))


def main() -> None:
    """Play the month on a PostgreSQL of its own, and print what it showed."""
    town = Town(recipients=300, days=30, outage=outage_on(date(2026, 10, 21), wall_clock(9), wall_clock(14)))
    with _installation() as municipality, db.as_municipality(municipality.id):
        for line in play(town, municipality).lines():
            click.echo(line)


@contextmanager
def _installation() -> Iterator[Municipality]:
    """A database of its own with one municipality and its home care."""
    server = cluster.start()
    try:
        server = cluster.database("simulation")
        encryption.configure(_settings(server.url("portal_app", "simulation")))
        db.configure(server.url("portal_app", "simulation"))
        engine = create_engine(server.url("portal_owner", "simulation"))
        with Session(engine, expire_on_commit=False) as session, session.begin():
            municipality = add_to_installation(session, MUNICIPALITIES[0])
        engine.dispose()
        with db.as_municipality(municipality.id), db.transaction() as session:
            tenancy.add_unit(session, name=UNIT, phone="61 28 31 00")
        yield municipality
        db.dispose()
    finally:
        cluster.stop(server)


def _settings(database_url: str) -> Settings:
    key, nowhere = base64.b64encode(os.urandom(32)).decode(), "http://127.0.0.1:9"
    return Settings(
        environment="test",
        secret_key=key,
        DATABASE_URL=database_url,
        storage_url="file:///nowhere",
        encryption_keys={"simulation": key},
        lookup_key=key,
        idporten_issuer=nowhere,
        idporten_client_id="portal",
        idporten_private_jwk=Path(os.devnull),
        staff_oidc_issuer=nowhere,
        staff_oidc_client_id="portal-staff",
        staff_oidc_private_jwk=Path(os.devnull),
    )


if __name__ == "__main__":
    main()
