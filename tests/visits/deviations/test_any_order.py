"""However a day of reports arrives, mixed and repeated, and whenever the watch looks: the same visits are wrong at the
end as if all had arrived in order."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from citizen_portal import clock, db
from citizen_portal.identity.models import Person
from citizen_portal.visits.deviations.models import Closing, Deviation
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport, VisitSource
from citizen_portal.visits.reports import Identifier, Report, ReportKind, Version, VisitStatus
from tests.visits.deviations.conftest import Day
from tests.visits.record import SYSTEM, at

VISITS = ("first", "second")
END, CAUGHT_UP = "13:00", "13:40"
"""When the source speaks last, and when it has had the margin to catch up."""

Arrival = tuple[int, bool]
"""The number of a report, and whether the watch looks after it."""


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Report], list[Arrival]]:
    """The versions of a plan and a sign-off of two visits, and an order of arrival with repetitions."""
    made = draw(st.lists(st.tuples(st.sampled_from(VISITS), st.sampled_from(ReportKind)), min_size=1, max_size=8))
    reports = [
        _report(visit, kind, draw(st.sampled_from(VisitStatus)), draw(st.integers(0, 3)), number)
        for number, (visit, kind) in enumerate(made)
    ]
    order = draw(st.permutations(range(len(reports))))
    repeated = draw(st.lists(st.integers(0, len(reports) - 1), max_size=4))
    return reports, [(number, draw(st.booleans())) for number in (*order, *repeated)]


def _report(visit: str, kind: ReportKind, status: VisitStatus, hour: int, number: int) -> Report:
    starts_at = at(f"0{6 + hour}:00")
    return Report(
        kind=kind,
        identifier=Identifier(SYSTEM, visit),
        visit=Identifier(SYSTEM, visit),
        status=status,
        patient=None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        service="Morgenstell",
        provider=None,
        unit_name="Hjemmetjenesten",
        version=Version(number=number),
    )


def _play(today: Day, whose: Person, reports: list[Report], arrivals: list[Arrival]) -> None:
    """Let the reports arrive, a quarter of an hour apart, and the source say a last word."""
    with db.transaction() as session:
        for table in (Deviation, VisitReceipt, VisitReport, Visit, VisitSource):
            session.execute(delete(table))
    now = at("05:30")
    for number, is_watched in arrivals:
        now += timedelta(minutes=15)
        today.tell(_of(reports[number], whose), told=_clock(now))
        if is_watched:
            today.watch(_clock(now + timedelta(minutes=1)))
    today.hear(END)
    today.watch(END)
    today.watch(CAUGHT_UP)


def _of(report: Report, whose: Person) -> Report:
    known = {name: getattr(report, name) for name in Report.__slots__}
    return Report(**{**known, "patient": whose.national_id})


def _clock(instant: datetime) -> str:
    return f"{clock.to_oslo(instant):%H:%M}"


def _state() -> list[tuple[Any, ...]]:
    with db.read_only() as session:
        visits = session.scalars(select(Visit).order_by(Visit.identifier_value)).all()
        wrong = session.scalars(select(Deviation).where(Deviation.closed_at.is_(None))).all()
    return [
        (
            visit.identifier_value,
            visit.status,
            visit.planned_end_at,
            visit.care_recipient_id,
            sorted((d.kind, d.expected_at, d.unit_id) for d in wrong if d.visit_id == visit.id),
        )
        for visit in visits
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=days())
def test_any_order_ends_in_the_same_deviations(
    today: Day, borghild: Person, day: tuple[list[Report], list[Arrival]]
) -> None:
    reports, arrivals = day
    _play(today, borghild, reports, [(number, False) for number in range(len(reports))])
    in_order = _state()
    _play(today, borghild, reports, arrivals)
    assert _state() == in_order
    again = today.watch(CAUGHT_UP)
    assert (again.opened, again.closed) == ([], []), "a run that is repeated changes nothing"
    with db.read_only() as session:
        for visit, deviation in session.execute(select(Visit, Deviation).join(Visit, Visit.id == Deviation.visit_id)):
            if visit.status is VisitStatus.DONE:
                assert deviation.closed_as in (Closing.SIGNED_OFF, Closing.SUPERSEDED, Closing.CORRECTED)
