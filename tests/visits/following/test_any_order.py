"""However a day's news of visits arrives, mixed, late and repeated: relatives and the unit are told what an ideal
replay tells them.

The watch looks at its runs only, so a run knows whatever has arrived before it. The ideal replay has the same knowledge
at each run, and has it in order: what arrives between two runs comes as it happened, each thing once, and nothing
comes that an earlier run had learnt newer of. How things arrive between two runs, what is repeated, and runs that are
done twice must make no difference, at any run, to the duty list, to the visits, or to anybody's notices.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, exists, select, update

from citizen_portal import clock, db
from citizen_portal.auth.actor import Citizen, Machine, Staff
from citizen_portal.db import new_id
from citizen_portal.demo import people as demo_people
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.notifications.models import Notice
from citizen_portal.visits import service
from citizen_portal.visits.deviations.models import Deviation
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.following import telling
from citizen_portal.visits.following.models import Choice, VisitFollowing
from citizen_portal.visits.following.news import AGAIN_AFTER
from citizen_portal.visits.following.service import choose
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport, VisitSource
from citizen_portal.visits.reports import CancelledBy, Identifier, Report, ReportKind, Version, VisitStatus
from citizen_portal.visits.rounds import service as rounds
from citizen_portal.visits.rounds.models import NotHomeReason, Outcome, VisitSignOff
from citizen_portal.visits.rounds.service import Told
from tests.visits.conftest import Follow
from tests.visits.following.conftest import chosen
from tests.visits.record import SYSTEM, at

HISTORIES: Final = int(os.environ.get("PORTAL_VISIT_HISTORIES", "6"))
RUNS: Final = ("07:20", "08:20", "09:20", "10:00", "11:10", "15:10", "15:40", "20:10")
"""When the watch looks and followers are told. Margins, grace times, a shift's end and a summary pass between them."""
FREE, ROUND, TWIN = "free", "round", "twin"
"""A visit that only its source tells of; one that a nurse signs off too; one that another system reports, too."""
STATUSES: Final = (*VisitStatus, VisitStatus.DONE, VisitStatus.DONE, VisitStatus.PLANNED, VisitStatus.ENTERED_IN_ERROR)
OF_ROUND: Final = tuple(status for status in STATUSES if status is not VisitStatus.ENTERED_IN_ERROR)
"""A nurse is refused at a visit that was entered in error, whenever that is learnt: that is an answer and no news."""


@dataclass(frozen=True)
class Push:
    """A version of a plan or an event, by one of the sources."""

    number: int
    visit: str
    kind: ReportKind
    status: VisitStatus
    hour: int = 2
    by: str = "A"
    stands_alone: bool = False
    """Whether an event says nothing of the plan that it belongs to."""

    @property
    def key(self) -> Any:
        """What it is a version of."""
        return self.by, self.visit, self.kind

    def report(self, whose: Person) -> Report:
        """As the source sends it."""
        start = at(f"0{6 + self.hour}:00")
        own = f"{self.visit}-event" if self.kind is ReportKind.EVENT else self.visit
        is_called_off = self.status is VisitStatus.CANCELLED
        return Report(
            kind=self.kind,
            identifier=Identifier(SYSTEM, own),
            visit=Identifier(SYSTEM, own if self.stands_alone else self.visit),
            status=self.status,
            patient=whose.national_id,
            starts_at=start,
            ends_at=start + timedelta(minutes=45),
            service="Morgenstell",
            provider=None,
            unit_name="Hjemmetjenesten",
            version=Version(number=self.number),
            cancelled_by=(CancelledBy.PATIENT, CancelledBy.PROVIDER, None)[self.number % 3] if is_called_off else None,
        )


@dataclass(frozen=True)
class SignOff:
    """What a nurse tells of the visit of her round, and whether she takes it back at once."""

    number: int
    outcome: Outcome
    is_undone: bool

    @property
    def key(self) -> Any:
        """Each is its own."""
        return self.number


Happening = Push | SignOff
Arrivals = Sequence[Sequence[Happening]]
"""What arrives before each run."""


@st.composite
def days(draw: st.DrawFn) -> tuple[Arrivals, list[bool]]:
    """A day as it arrives, and which runs are done twice."""
    happenings = [draw(_happening(number)) for number in range(draw(st.integers(2, 9)))]
    arrivals: list[list[Happening]] = [[] for _ in RUNS]
    for happening in draw(st.permutations(happenings)):
        arrivals[draw(st.integers(0, len(RUNS) - 2))].append(happening)
    for happening in draw(st.lists(st.sampled_from(happenings), max_size=4)):
        first = next(run for run, news in enumerate(arrivals) if happening in news)
        again = arrivals[draw(st.integers(first, len(RUNS) - 1))]
        again.insert(draw(st.integers(0, len(again))), happening)
    return arrivals, [draw(st.booleans()) for _ in RUNS]


@st.composite
def _happening(draw: st.DrawFn, number: int) -> Happening:
    visit = draw(st.sampled_from([FREE, FREE, ROUND, TWIN]))
    if visit == ROUND and draw(st.booleans()):
        return SignOff(number, draw(st.sampled_from(Outcome)), draw(st.integers(0, 3)) == 0)
    kind = draw(st.sampled_from([ReportKind.PLAN, ReportKind.EVENT]))
    known = OF_ROUND if visit == ROUND and kind is ReportKind.PLAN else STATUSES
    status, hour = draw(st.sampled_from(known)), draw(st.integers(0, 3))
    by = draw(st.sampled_from("AB")) if visit == TWIN else "A"
    stands_alone = visit == FREE and kind is ReportKind.EVENT and draw(st.integers(0, 3)) == 0
    return Push(number, visit, kind, status, hour, by, stands_alone)


def in_order(arrivals: Arrivals) -> Arrivals:
    """The ideal: before each run what is new then, as it happened."""
    known: dict[Any, int] = {}
    ideal = []
    for news in arrivals:
        new = [each for each in set(news) if each.number > known.get(each.key, -1)]
        new.sort(key=lambda each: each.number)
        known |= {each.key: each.number for each in new}
        ideal.append(new)
    return ideal


class Wrong(NamedTuple):
    """A deviation, open or closed, with the source and the name of its visit."""

    visit: tuple[str, str]
    kind: str
    opened_at: datetime
    tell_at: datetime | None
    closed_at: datetime | None
    closed_as: str | None


@dataclass(frozen=True)
class Home:
    """Borghild, the nurse of her unit, and those who follow her."""

    borghild: Person
    nurse: Staff
    names: dict[UUID, str]
    """Of the followers."""

    def play(self, arrivals: Arrivals, heard: Sequence[set[str]], repeated: Sequence[bool]) -> list[Any]:
        """Live the day: the visits, what is wrong or was, and the notices at each run.

        `heard` are the sources that say anything at all before each run.
        """
        self._begin()
        ids = {each.number: new_id() for news in arrivals for each in news}
        seen = set(_notices())
        trace = []
        for run, news, sources, is_repeated in zip(RUNS, arrivals, heard, repeated, strict=True):
            for place, happening in enumerate(news):
                with clock.frozen(at(run) - timedelta(minutes=8) + timedelta(seconds=place)):
                    self._arrive(happening, ids, at(run))
            with clock.frozen(at(run) - timedelta(minutes=1)):
                self._undo([ids[each.number] for each in news if isinstance(each, SignOff) and each.is_undone])
                for by in sources:
                    self._push(by)
            for _ in range(2 if is_repeated else 1):
                _look(at(run))
            told = {notice: who for notice, who in _notices().items() if notice not in seen}
            seen |= set(told)
            notices = sorted((self.names[who], occasion) for who, occasion in told.values())
            trace.append((run, _visits(), _deviations(), notices))
        return trace

    def _begin(self) -> None:
        """Forget the day before, and book the visits that others than their source tell of."""
        with db.transaction() as session:
            for table in (Deviation, Visit, VisitSource):  # and all that belongs to a visit
                session.execute(delete(table))
            session.execute(update(VisitFollowing).values(summarised_at=at("05:00")))
        with clock.frozen(at("05:30")):
            for visit, by in ((ROUND, "A"), (TWIN, "B"), (TWIN, "A")):
                plan = Push(-1, visit, ReportKind.PLAN, VisitStatus.PLANNED, by=by)
                self._push(by, plan.report(self.borghild))

    def _arrive(self, happening: Happening, ids: dict[int, UUID], run: datetime) -> None:
        if isinstance(happening, Push):
            self._push(happening.by, happening.report(self.borghild))
            return
        reason = NotHomeReason.AWAY if happening.outcome is Outcome.NOT_HOME else None
        came = run - timedelta(minutes=9) + timedelta(seconds=happening.number)
        with db.transaction() as session:
            visit_id = session.scalars(select(Visit.id).where(Visit.identifier_value == ROUND)).one()
            told = Told(ids[happening.number], visit_id, happening.outcome, reason, came, came)
            rounds.sign_off(session, self.nurse, told)

    def _undo(self, sign_off_ids: Sequence[UUID]) -> None:
        with db.transaction() as session:
            for sign_off_id in sign_off_ids:
                made = session.get_one(VisitSignOff, (self.nurse.municipality_id, sign_off_id))
                rounds.undo(session, self.nurse, made.visit_id, made.id)

    def _push(self, by: str, *reports: Report) -> None:
        source = Machine(self.nurse.municipality_id, f"source {by}", None, f"record {by}", frozenset())
        with db.transaction() as session:
            service.receive(session, source, reports)


def _look(run: datetime) -> None:
    with clock.frozen(run):
        for deed in (watch, telling.tell):
            with db.transaction() as session:
                deed(session)


def _visits() -> list[Any]:
    with db.read_only() as session:
        rows = session.execute(
            select(Visit, VisitReceipt)
            .outerjoin(VisitReceipt, VisitReceipt.visit_id == Visit.id)
            .where(exists().where(VisitReport.visit_id == Visit.id))
            .order_by(Visit.consumer, Visit.identifier_value)
        )
        return [
            (
                visit.consumer,
                visit.identifier_value,
                visit.status.value,
                visit.planned_start_at,
                visit.cancelled_by,
                receipt and receipt.ended_at,
                receipt and receipt.performed_at,
            )
            for visit, receipt in rows
        ]


def _deviations() -> list[Wrong]:
    with db.read_only() as session:
        rows = session.execute(
            select(Visit.consumer, Visit.identifier_value, Deviation)
            .select_from(Deviation)
            .outerjoin(Visit, Visit.id == Deviation.visit_id)
        )
        found = [
            Wrong(
                (consumer, value), d.kind.value, d.opened_at, d.tell_at, d.closed_at, d.closed_as and d.closed_as.value
            )
            for consumer, value, d in rows
        ]
    return sorted(found, key=str)


def _notices() -> dict[UUID, tuple[UUID, str]]:
    with db.read_only() as session:
        return {notice.id: (notice.person_id, notice.occasion.value) for notice in session.scalars(select(Notice))}


@pytest.fixture
def home(
    follows: Follow, borghild: Person, kari: Person, ola: Person, jonas: StaffMember, actor_for: Callable[..., Any]
) -> Home:
    """Kari wants to hear of deviations, Per of each visit, and Ola a summary."""
    known = {person.name: person for person in demo_people.named_citizens()}["Per Moen"]
    with db.transaction() as session:
        per = identity.register_person(
            session, national_id=known.national_id, name=known.name, birth_date=known.birth_date
        )
    choices = {kari: Choice.DEVIATIONS, per: Choice.EACH_VISIT, ola: Choice.SUMMARY}
    with clock.frozen(at("05:00")):
        for who, choice in choices.items():
            follows(who, borghild)
            actor: Citizen = actor_for(who)
            with db.transaction() as session:
                choose(session, actor, borghild.id, chosen(choice))
    nurse: Staff = actor_for(jonas)
    return Home(borghild, nurse, {who.id: who.name for who in choices})


@pytest.mark.timeout(60 + 15 * HISTORIES)
@settings(
    phases=[Phase.reuse, Phase.generate],  # shrinking would take longer than a test may
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(day=days())
def test_any_order_tells_relatives_and_the_unit_what_an_ideal_replay_tells(
    home: Home, day: tuple[Arrivals, list[bool]]
) -> None:
    arrivals, repeated = day
    heard = [{each.by for each in news if isinstance(each, Push)} for news in arrivals]
    ideal = home.play(in_order(arrivals), heard, [False] * len(RUNS))
    lived = home.play(arrivals, heard, repeated)
    for (run, *then), (_, *now) in zip(ideal, lived, strict=True):
        assert now == then, f"at {run}"
    _look(at(RUNS[-1]) + timedelta(minutes=1))
    notices = [(who, occasion, run) for run, *_, notices in lived for who, occasion in notices]
    assert [(occasion, run) for who, occasion, run in notices if who == "Kari Moen"] == _ideal_notices(lived)
    olas = [(occasion, run) for who, occasion, run in notices if who == "Ola Nordli"]
    assert set(olas) <= {("followed-update", "09:20"), ("followed-update", "20:10")}


def _ideal_notices(day: Sequence[Any]) -> list[tuple[str, str]]:
    """What Kari should hear: each opening once the unit has had its time, and when it has come right."""
    told: dict[tuple[Any, str], datetime] = {}
    told_at: dict[tuple[Any, str], datetime] = {}
    concern: dict[Any, datetime] = {}
    """The newest opening of a visit that she was told of, as long as it has not come right."""
    notices = []
    for run, visits, deviations, _ in day:
        now = at(run)
        came = {(consumer, value) for consumer, value, status, *_ in visits if status == "done"}
        stands = {wrong.visit for wrong in deviations if wrong.closed_at is None and wrong.tell_at}
        right = [
            visit for visit in concern if visit not in stands and _has_come(visit, came, deviations, concern[visit])
        ]
        concerns = [
            wrong
            for wrong in deviations
            if wrong.closed_at is None
            and wrong.tell_at is not None
            and wrong.tell_at <= now
            and told.get(wrong[:2]) != wrong.opened_at
            and now - told_at.get(wrong[:2], at("00:00")) >= AGAIN_AFTER
        ]
        for visit in right:
            del concern[visit]
        for wrong in concerns:
            told[wrong[:2]] = concern[wrong.visit] = wrong.opened_at
            told_at[wrong[:2]] = now
        if concerns or right:
            settled = "followed-partly-settled" if stands & set(concern) else "followed-settled"
            notices.append(("followed-concern" if concerns else settled, run))
    return notices


def _has_come(visit: Any, came: set[Any], deviations: Sequence[Wrong], opened_at: datetime) -> bool:
    closed = [
        wrong for wrong in deviations if wrong.visit == visit and wrong.opened_at >= opened_at and wrong.closed_at
    ]
    return any(wrong.closed_as == "signed_off" for wrong in closed) or bool(closed and visit in came)


def test_a_visit_that_lost_its_report_for_a_moment_is_not_told_of_twice(home: Home) -> None:
    done = Push(0, FREE, ReportKind.EVENT, VisitStatus.DONE, hour=0)
    first, moved, back = (replace(done, number=n, stands_alone=alone) for n, alone in enumerate((True, False, True)))
    days: list[Arrivals] = [
        [[first], middle, [], [], [], [], [], []] for middle in ([moved, back], [back, moved, first], [back])
    ]
    traces = [home.play(day, [{"A"}] * len(RUNS), [False] * len(RUNS)) for day in days]
    assert traces[0] == traces[1] == traces[2]
    pers = [occasion for *_, notices in traces[0] for who, occasion in notices if who == "Per Moen"]
    assert pers.count("followed-update") == 1
