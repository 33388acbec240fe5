"""Kari looks at half past midnight: was somebody with mum last evening?"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from citizen_portal import clock, db
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.models import Visit
from tests.reading import StrictClient
from tests.statements import count_statements
from tests.visits.conftest import Follow
from tests.visits.record import CareRecord, appointment, at, encounter

ClientFor = Callable[..., StrictClient]
EVENING = date(2026, 11, 22)
"""A Sunday, so that the night belongs to another week."""
HALF_PAST_MIDNIGHT = datetime(2026, 11, 23, 0, 30, tzinfo=clock.OSLO)


@pytest.fixture(autouse=True)
def _it_is_night() -> Iterator[None]:
    with clock.frozen(HALF_PAST_MIDNIGHT):
        yield


@pytest.fixture
def evening(care_record: CareRecord, kari: Person, borghild: Person, follows: Follow, home_care: Unit) -> CareRecord:
    """Borghild's Sunday: one visit done, one called off, and the last of the evening not signed off."""
    follows(kari, borghild, since=EVENING)
    number = borghild.national_id
    care_record.must_push(
        appointment("1", number, at("08:00", EVENING), at("09:00", EVENING)),
        encounter("1", number, at("08:12", EVENING), at("08:31", EVENING)),
        appointment("2", number, at("18:00", EVENING), at("18:30", EVENING), "cancelled", service="Middag"),
        appointment("3", number, at("21:30", EVENING), at("22:00", EVENING), service="Kveldsstell"),
    )
    return care_record


def _missing() -> None:
    with db.transaction() as session:
        visit = session.query(Visit).where(Visit.service == "Kveldsstell").one()
        opened_at = at("22:35", EVENING)
        missing = Deviation(visit_id=visit.id, care_recipient_id=visit.care_recipient_id, kind=DeviationKind.MISSING)
        missing.open(opened_at, opened_at + timedelta(minutes=20))
        session.add(missing)


@pytest.mark.parametrize("path", ["/min-side", "/min-side/besok"])
def test_what_is_left_open_of_last_evening_stands_there_first(
    client_for: ClientFor, kari: Person, borghild: Person, evening: CareRecord, path: str
) -> None:
    evening.must_push(appointment("4", borghild.national_id, at("07:30"), at("08:30")))
    _missing()
    text = client_for(kari).page(path).text
    assert "21:30–22:00 Kveldsstell, i går ikke kvittert ennå" in text
    assert "er varslet 22:35." in text
    assert text.index("Kveldsstell") < text.index("07:30–08:30 Morgenstell")
    for gone in ("Middag", "08:12"):
        assert gone not in text


def test_it_comes_before_what_waits_when_the_unit_has_had_its_time(
    client_for: ClientFor, kari: Person, evening: CareRecord
) -> None:
    browser = client_for(kari)
    text = browser.page("/min-side").text
    assert text.index("Venter på deg") < text.index("Kveldsstell")
    _missing()
    text = browser.page("/min-side").text
    assert text.index("Kveldsstell") < text.index("Venter på deg")


@pytest.mark.parametrize("path", ["/min-side", "/min-side/besok"])
def test_when_it_is_signed_off_it_is_yesterdays(
    client_for: ClientFor, kari: Person, borghild: Person, evening: CareRecord, path: str
) -> None:
    evening.must_push(encounter("3", borghild.national_id, at("21:40", EVENING), at("21:55", EVENING)))
    assert "Kveldsstell" not in client_for(kari).page(path).text


def test_a_visit_across_midnight_is_not_lost(
    client_for: ClientFor, kari: Person, borghild: Person, evening: CareRecord
) -> None:
    evening.must_push(appointment("5", borghild.national_id, at("23:45", EVENING), at("01:00"), service="Nattilsyn"))
    for path in ("/min-side", "/min-side/besok"):
        assert "23:45–01:00 Nattilsyn, i går planlagt" in client_for(kari).page(path).text


def test_another_day_shows_its_own_only(client_for: ClientFor, kari: Person, evening: CareRecord) -> None:
    browser = client_for(kari)
    assert "Kveldsstell" not in browser.page("/min-side/besok?dag=2026-11-24").text
    assert "Middag avlyst" in browser.page("/min-side/besok?dag=2026-11-22").text


def test_when_nobody_has_told_for_a_day_and_the_unit_has_handled_it_it_is_history(
    client_for: ClientFor, kari: Person, evening: CareRecord
) -> None:
    with clock.frozen(at("22:05")):
        assert "Kveldsstell" not in client_for(kari).page("/min-side").text
        _missing()
        assert "Kveldsstell" in client_for(kari).page("/min-side").text


def test_the_neighbours_see_nothing_and_the_page_asks_no_more(
    client_for: ClientFor, kari: Person, ola: Person, evening: CareRecord
) -> None:
    assert "Kveldsstell" not in client_for(ola).page("/min-side").text
    browser = client_for(kari)
    browser.page("/min-side")
    with count_statements() as sent:
        browser.page("/min-side")
    assert len(sent) <= 5, sent
