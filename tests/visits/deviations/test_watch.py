"""What the watch over visits finds: nobody came, somebody came late, nobody was home, the system fell silent."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person, Protection
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.deviations import watching
from citizen_portal.visits.deviations.models import Closing, Deviation
from citizen_portal.visits.deviations.watch import Changes, watch
from citizen_portal.visits.reports import VisitStatus
from citizen_portal.visits.rules.models import CareRules
from tests.visits.deviations.conftest import OTHER_SYSTEM, Day, on_file, told
from tests.visits.record import at


def _handle(deviation: Deviation) -> None:
    with db.transaction() as session:
        found = session.merge(deviation)
        found.close(Closing.HANDLED, clock.now())
        found.handled_by_name, found.handled_reason = "Siri Haugen", "Datteren er der."


def test_a_visit_without_sign_off_is_late_after_the_units_margin(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    assert told(today.watch("09:14").opened) == []
    assert told(today.watch("09:15").opened) == [("late", None)]
    (late,) = on_file()
    assert (late.care_recipient_id, late.unit_id) == (borghild.id, today.unit.id)
    assert (late.opened_at, late.tell_at) == (at("09:15"), at("09:35"))
    assert today.watch("09:16").opened == []


def test_a_sign_off_that_comes_late_closes_it(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    today.watch("09:15")
    today.sign_off("1", borghild, "08:10", told="09:20")
    assert told(today.watch("09:21").closed) == [("late", "signed_off")]
    assert told(on_file()) == [("late", "signed_off")]


def test_when_the_shift_has_ended_the_visit_is_missing_and_no_longer_late(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    today.watch("09:15")
    today.watch("14:59")
    assert told(on_file()) == [("late", None)]
    today.watch("15:00")
    assert told(on_file()) == [("late", "superseded"), ("missing", None)]


def test_who_has_come_is_not_late_but_should_sign_off_before_the_shift_ends(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:16")
    today.watch("09:20")
    today.sign_off("1", borghild, "09:25", told="09:25", status=VisitStatus.ARRIVED)
    assert told(today.watch("09:26").closed) == [("late", "signed_off")]
    today.watch("15:00")
    assert told(on_file()) == [("late", "signed_off"), ("missing", None)]
    assert on_file()[1].tell_at is None, "no follower need worry: somebody was there"


def test_nobody_home_and_a_cancellation_on_the_day_are_told_at_once(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45", told="08:10", status=VisitStatus.NOT_HOME)
    today.plan("2", borghild, "16:00", "16:30", told="09:00", status=VisitStatus.CANCELLED)
    assert sorted(told(today.watch("09:01").opened)) == [("cancelled_by_service", None), ("not_home", None)]


def test_what_is_cancelled_in_good_time_is_a_change_of_plan(today: Day, borghild: Person) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    today.plan("1", borghild, "08:00", "08:45", told="09:00", status=VisitStatus.CANCELLED, day=tomorrow)
    assert today.watch("09:01").opened == []
    assert today.watch("08:01", tomorrow).opened == []


def test_what_was_cancelled_in_good_time_is_so_when_its_words_change_on_the_day(today: Day, borghild: Person) -> None:
    cancelled = VisitStatus.CANCELLED
    today.plan("1", borghild, "20:00", "20:45", told="07:00", status=cancelled)
    today.plan("1", borghild, "20:00", "20:45", told="09:00", status=cancelled, service="Kveldsstell", unit=None)
    assert today.watch("09:01").opened == []


@pytest.mark.parametrize("status", [VisitStatus.CANCELLED, VisitStatus.ENTERED_IN_ERROR])
def test_what_the_source_takes_back_is_closed_as_corrected(today: Day, borghild: Person, status: VisitStatus) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    today.watch("09:15")
    today.plan("1", borghild, "08:00", "08:45", told="09:16", status=status)
    today.watch("09:17")
    assert told(on_file())[0] == ("late", "corrected")


def test_a_visit_that_is_moved_and_missed_again_is_alarmed_about_again(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    today.watch("09:15")
    today.plan("1", borghild, "10:00", "10:45", told="09:20")
    today.watch("09:21")
    today.hear("11:15")
    today.watch("11:15")
    (late,) = on_file()
    assert (late.opened_at, late.closed_at) == (at("11:15"), None)


def test_what_the_unit_has_handled_stays_so_until_the_visit_is_moved(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    today.watch("09:15")
    _handle(on_file()[0])
    assert today.watch("09:30").opened == []
    today.plan("1", borghild, "10:00", "10:45", told="09:40")
    today.hear("11:15")
    assert told(today.watch("11:15").opened) == [("late", None)]


def test_each_unit_has_its_own_limits(today: Day, borghild: Person) -> None:
    with db.transaction() as session:
        rules = CareRules.usual(today.unit.id)
        rules.late_after_minutes, rules.grace_minutes = 120, 5
        session.add(rules)
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("10:45")
    assert today.watch("10:44").opened == []
    (late,) = today.watch("10:45").opened
    assert late.tell_at == at("10:50")


def test_of_somebody_with_a_protected_address_no_follower_is_told(today: Day, borghild: Person) -> None:
    with db.transaction() as session:
        session.merge(borghild).protection = Protection.CONFIDENTIAL
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    (late,) = today.watch("09:15").opened
    assert late.tell_at is None


def test_a_silent_source_is_one_deviation_and_not_one_for_each_visit(
    today: Day, borghild: Person, kari: Person, ola: Person
) -> None:
    for number, person in enumerate((borghild, kari, ola)):
        today.plan(str(number), person, "08:00", f"08:{30 + number}")
    today.hear("08:29")
    for minute in range(5, 60, 5):
        today.watch(f"09:{minute:02}")
    assert told(on_file()) == [("source_silent", None)]
    (silence,) = on_file()
    assert (silence.unit_id, silence.tell_at) == (today.unit.id, None)
    today.sign_off("0", borghild, "08:10", told="11:00")
    today.watch("11:01")
    today.sign_off("1", kari, "08:10", told="11:20")
    today.watch("11:30")
    assert told(on_file()) == [("source_silent", "signed_off")]
    assert told(today.watch("11:31").opened) == [("late", None)], "who is unsigned when the source has caught up"


def test_a_system_that_falls_silent_is_one_deviation_though_the_other_units_system_speaks(
    today: Day, borghild: Person, kari: Person, ola: Person, service_desk: Unit
) -> None:
    today.plan("0", ola, "08:00", "08:30", unit=service_desk.name, client="of the others")
    for number, person in enumerate((borghild, kari, ola), start=1):
        today.plan(str(number), person, "08:00", "08:45")
    for minute in range(20, 60, 5):
        today.hear(f"09:{minute}", client="of the others")
        today.watch(f"09:{minute}")
    assert sorted(told(on_file())) == [("late", None), ("source_silent", None)]
    assert {found.kind.value: found.unit_id for found in on_file()} == {
        "late": service_desk.id,
        "source_silent": today.unit.id,
    }


def test_a_source_that_has_nothing_to_tell_at_night_is_not_silent(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "20:00", "20:45")
    today.hear("21:15")
    today.watch("21:15")
    tomorrow = clock.today() + timedelta(days=1)
    today.watch("03:00", tomorrow)
    assert told(on_file()) == [("late", "superseded"), ("missing", None)]


def test_a_sign_off_in_time_that_the_source_could_not_tell_of_is_no_alarm(
    today: Day, borghild: Person, kari: Person
) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("2", kari, "08:15", "09:15")
    today.hear("08:50")  # and then it falls silent; Borghild was signed off at 08:55
    for when in ("09:15", "09:40", "09:50", "09:51", "10:30"):
        today.watch(when)
    assert told(on_file()) == [("source_silent", None)]


def test_the_last_visit_of_a_quiet_evening_is_found_though_nobody_has_more_to_tell(
    today: Day, borghild: Person
) -> None:
    today.plan("1", borghild, "21:00", "21:45")
    today.hear("21:50")
    assert today.watch("22:30").opened == []
    assert told(today.watch("22:51").opened) == [("missing", None)]


def test_hours_in_which_the_portal_was_down_are_made_good(today: Day, borghild: Person, kari: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("2", kari, "12:00", "12:45")
    today.hear("15:10")
    today.watch("15:20")
    assert told(on_file()) == [("missing", None), ("missing", None)]
    assert all(found.tell_at == at("15:40") for found in on_file())


def test_nobody_is_told_of_last_weeks_visit(today: Day, borghild: Person) -> None:
    with clock.frozen(clock.now() - timedelta(days=5)):
        today.plan("1", borghild, "08:00", "08:45")
        today.plan("2", borghild, "09:00", "09:45", status=VisitStatus.NOT_HOME)
    today.hear("06:00")
    (missing,) = today.watch("08:00").opened
    assert (missing.kind.value, missing.tell_at) == ("missing", None)


def test_the_same_visit_from_two_systems_is_alarmed_about_once(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("A", borghild, "08:15", "08:50", by=OTHER_SYSTEM, service="MORGENSTELL")
    today.hear("09:15")
    today.hear("09:20", by=OTHER_SYSTEM)
    today.watch("09:25")
    assert set(told(on_file())) == {("late", None), ("merged", None)}
    today.sign_off("A", borghild, "08:20", told="09:30", by=OTHER_SYSTEM)
    today.watch("09:31")
    assert set(told(on_file())) == {("late", "signed_off"), ("merged", "signed_off"), ("merged", None)}


def test_the_municipalitys_own_two_systems_are_alarmed_about_once(today: Day, borghild: Person) -> None:
    planner = "https://planlegger.example/oppdrag"
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("A", borghild, "08:15", "08:50", system=planner)
    today.hear("09:25")
    today.watch("09:25")
    assert set(told(on_file())) == {("late", None), ("merged", None)}
    today.sign_off("A", borghild, "08:20", told="09:30", system=planner)
    today.watch("09:31")
    assert set(told(on_file())) == {("late", "signed_off"), ("merged", "signed_off"), ("merged", None)}


def test_two_services_at_the_same_hour_are_two_visits(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("A", borghild, "08:00", "08:45", by=OTHER_SYSTEM, service="Medisin")
    today.hear("09:15")
    today.hear("09:20", by=OTHER_SYSTEM)
    today.watch("09:25")
    assert told(on_file()) == [("late", None), ("late", None)]


def test_a_silent_twin_does_not_hush_the_visit_of_the_system_that_speaks(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("A", borghild, "08:00", "08:45", by=OTHER_SYSTEM)
    today.hear("09:20", by=OTHER_SYSTEM)
    today.watch("09:25")
    assert set(told(on_file())) == {("late", None), ("source_silent", None)}


@pytest.mark.parametrize(
    ("day", "expected", "missing"),
    [
        (date(2026, 10, 25), "02:10", "07:30"),  # the night of 25 hours
        (date(2026, 3, 29), "03:10", "07:30"),  # the night of 23 hours
        (date(2026, 11, 24), "22:20", "22:50"),  # the window ends just before the shift: the margin decides
        (date(2026, 11, 24), "22:40", "07:30"),  # after the day's last shift has ended: with the night
    ],
)
def test_shifts_end_on_the_wall_clock(day: date, expected: str, missing: str) -> None:
    rules, then = CareRules.usual(None), at(expected, day)
    ended = clock.to_oslo(rules.missing_at(then))
    assert f"{ended:%H:%M}" == missing
    assert timedelta(0) < ended - then <= timedelta(hours=10)


def test_in_autumns_repeated_hour_the_margin_is_real_minutes(today: Day, borghild: Person) -> None:
    night = date(2026, 10, 25)
    rules = CareRules.usual(None)
    assert rules.late_at(at("02:45", night)) == at("02:45", night) + timedelta(minutes=30)
    assert clock.to_oslo(rules.late_at(at("02:45", night))).strftime("%H:%M") == "02:15"


def test_the_job_watches_over_every_municipality(
    today: Day, borghild: Person, nord_fron: Municipality, the_neighbours_visit: None
) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    with clock.frozen(at("09:20")):
        today.hear("09:15")
        watching.watch_everywhere(timestamp=0)
    assert told(on_file()) == [("late", None)]
    with db.as_municipality(nord_fron.id):
        assert told(on_file()) == [("late", None)]


@pytest.fixture
def the_neighbours_visit(nord_fron: Municipality, kari: Person) -> None:
    """The same, next door."""
    with db.as_municipality(nord_fron.id), db.transaction() as session:
        neighbour = identity.register_person(
            session, national_id=kari.national_id, name="Kari Moen", birth_date=kari.birth_date
        )
        unit = Unit(name="Heimetenesta", phone="61 21 61 00")
        session.add(unit)
    with db.as_municipality(nord_fron.id):
        next_door = Day(nord_fron, unit)
        next_door.plan("1", neighbour, "08:00", "08:45", unit="Heimetenesta")
        next_door.hear("09:15")


def test_each_change_is_in_the_audit_log(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    today.watch("09:15")
    today.sign_off("1", borghild, "08:10", told="09:20")
    today.watch("09:21")
    with db.read_only() as session:
        of_deviations = select(AuditEvent).where(AuditEvent.subject_type == "Deviation")
        events = session.scalars(of_deviations.order_by(AuditEvent.sequence_number)).all()
    assert [(event.tag, event.about_person_id) for event in events] == [
        ("deviation-opened", borghild.id),
        ("deviation-closed", borghild.id),
    ]


def test_two_runs_at_once_are_one(today: Day, borghild: Person) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    with clock.frozen(at("09:15")), db.transaction() as session:
        assert told(watch(session).opened) == [("late", None)]
        assert today.watch("09:15").opened == [], "the other run has the turn"
    assert told(on_file()) == [("late", None)]


def test_the_trouble_of_one_municipality_is_not_everybodys(
    today: Day,
    borghild: Person,
    nord_fron: Municipality,
    the_neighbours_visit: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails_next_door(session: Session) -> Changes:
        if db.current_municipality_id() == nord_fron.id:
            raise ZeroDivisionError
        return watch(session)

    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:15")
    monkeypatch.setattr(watching, "watch", fails_next_door)
    with clock.frozen(at("09:20")):
        watching.watch_everywhere(timestamp=0)
    assert told(on_file()) == [("late", None)]
    assert "could not watch over municipality" in caplog.text
