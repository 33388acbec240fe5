"""The demo's care record system: visits happen by the clock, and are pushed over HTTP as a real one would push them."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import httpx
import pytest
from werkzeug.serving import make_server

from citizen_portal import clock, db
from citizen_portal.app import create_app
from citizen_portal.auth.actor import Assurance, Citizen
from citizen_portal.config import ConfigurationError, Settings
from citizen_portal.demo.care_record import (
    Fate,
    Sender,
    care_recipients,
    forgotten_visit,
    known_entries,
    run,
    simulated_visits,
)
from citizen_portal.demo.people import RINGEBU, named_citizens
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES, add_to_installation
from citizen_portal.identity import service as identity
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits import queries
from citizen_portal.visits.rules.models import CareRules
from tests.conftest import as_owner
from tests.login import running_provider

BORGHILD = next(person for person in named_citizens() if person.key == "borghild")
TUESDAY = date(2026, 11, 24)


def at(hour: int, minute: int) -> datetime:
    return datetime.combine(TUESDAY, time(hour, minute), clock.OSLO)


def test_the_same_seed_makes_the_same_visits_whatever_the_period() -> None:
    whole = list(simulated_visits([BORGHILD], date(2026, 11, 1), date(2026, 11, 30)))
    part = list(simulated_visits([BORGHILD], date(2026, 11, 10), date(2026, 11, 12)))
    assert part == [visit for visit in whole if 10 <= clock.to_oslo(visit.planned_start).day <= 12]
    assert len({visit.number for visit in whole}) == len(whole)


def test_somebody_comes_to_borghild_at_twelve_past_eight() -> None:
    morning = next(iter(simulated_visits([BORGHILD], TUESDAY, TUESDAY)))
    assert (morning.planned_start, morning.planned_end, morning.comes_at) == (at(8, 0), at(9, 0), at(8, 12))
    assert BORGHILD.national_id not in repr(morning)


@pytest.mark.parametrize("first", [date(2026, 10, 1) + timedelta(days=n) for n in range(0, 28, 9)])
def test_in_any_four_weeks_borghild_is_missed_once(first: date) -> None:
    hers = simulated_visits([BORGHILD], first, first + timedelta(days=27))
    assert Counter(visit.fate for visit in hers)[Fate.MISSED] == 1


def test_four_weeks_in_a_municipality_have_every_fate() -> None:
    people = care_recipients(RINGEBU, TUESDAY)
    assert BORGHILD in people
    visits = simulated_visits(people, TUESDAY - timedelta(days=28), TUESDAY)
    assert set(Counter(visit.fate for visit in visits)) == set(Fate)


def test_what_has_not_happened_is_not_known() -> None:
    visits = list(simulated_visits([BORGHILD], TUESDAY, TUESDAY))
    assert {entry["resource"]["resourceType"] for entry in known_entries(visits, at(7, 0))} == {"Appointment"}
    news = known_entries(visits, at(8, 13), since=at(8, 10))
    assert [(e["resource"]["resourceType"], e["resource"]["status"]) for e in news] == [
        ("Appointment", "fulfilled"),
        ("Encounter", "in-progress"),
    ]
    assert known_entries(visits, at(8, 13), since=at(8, 12)) == []


def test_at_whatever_hour_the_demo_begins_a_visit_is_late() -> None:
    for hour in (0, 9, 23):
        forgotten = forgotten_visit(BORGHILD, at(hour, 10))
        late_at = CareRules.usual(None).late_at(forgotten.planned_end)
        assert late_at < at(hour, 10) < late_at + timedelta(hours=1)
        assert [entry["resource"]["status"] for entry in known_entries([forgotten], at(hour, 10))] == ["booked"]


@pytest.fixture
def ringebu(settings: Settings) -> Municipality:
    """Ringebu with the organisation number that the demo's issuer knows it by."""
    with as_owner(settings) as session:
        return add_to_installation(session, MUNICIPALITIES[0])


@pytest.fixture
def portal(settings: Settings) -> Iterator[Settings]:
    """The portal and the demo's issuer, each on a loopback port; the settings name both."""
    with running_provider(settings) as provider:
        server = make_server("127.0.0.1", 0, create_app(provider.settings), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider.settings.model_copy(update={"port": server.port})
        server.shutdown()
        thread.join()
        server.server_close()
        db.dispose()


def test_it_pushes_four_weeks_and_then_only_news(portal: Settings, ringebu: Municipality) -> None:
    with db.as_municipality(ringebu.id), db.transaction() as session:
        borghild = identity.register_person(session, national_id=BORGHILD.national_id, name=BORGHILD.name)
    with httpx.Client(timeout=30) as http:
        sender = Sender(portal, MUNICIPALITIES[0], http)
        assert sender.push_news() > 1000
        assert sender.push_news() < 50
    today = clock.today()
    actor = Citizen(ringebu.id, borghild.id, borghild.name, Assurance.HIGH, borghild.id)
    with db.as_municipality(ringebu.id), db.read_only() as session:
        yesterday = queries.visits_of_day(session, actor, borghild.id, today - timedelta(days=1))
        assert queries.count_held_visits(session) > 100
    assert [line.visit.service for line in yesterday.lines] == ["Morgenstell", "Medisin", "Kveldsstell"]
    morning = yesterday.lines[0]
    assert morning.performed_at is not None
    assert f"{clock.to_oslo(morning.performed_at):%H:%M}" == "08:12"
    assert morning.visit.provider == ringebu.organisation_number


def test_it_says_when_the_portal_does_not_answer(portal: Settings) -> None:
    with httpx.Client() as http:
        sender = Sender(
            portal.model_copy(update={"maskinporten_issuers": ("http://127.0.0.1:1",)}), MUNICIPALITIES[0], http
        )
        with pytest.raises(httpx.HTTPError):
            sender.push_news()
    assert sender.pushed_until is None


def test_it_keeps_trying_until_it_is_stopped(portal: Settings, ringebu: Municipality) -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(portal, say)
    assert said[0].startswith("Ringebu kommune: ")
    assert said[0].endswith(" reports")
    assert said[1] == "Sør-Fron kommune: HTTPStatusError, trying again"


def test_production_does_not_simulate(settings: Settings) -> None:
    with pytest.raises(ConfigurationError):
        run(settings.model_copy(update={"environment": "production"}), lambda _line: None)
