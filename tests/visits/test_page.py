"""Kari looks at her phone: has somebody been with mum today?"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Assurance
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Area, Person
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits import queries
from tests.reading import StrictClient
from tests.visits.conftest import Follow
from tests.visits.record import ORGANISATION, CareRecord, appointment, at, encounter

ClientFor = Callable[..., StrictClient]
PAGE = "/min-side/besok"


@pytest.fixture
def mums_day(care_record: CareRecord, borghild: Person, home_care: Unit) -> None:
    """Borghild's day at noon: the morning visit done, medicine to come."""
    provider = {"type": "Organization", "display": "Hjemmetjenesten"}
    provider |= {"identifier": {"system": ORGANISATION, "value": care_record.organisation_number}}
    number = borghild.national_id
    morning = appointment("1", number, at("08:00"), at("09:00"))
    morning["participant"].append({"actor": provider, "status": "accepted"})
    care_record.must_push(
        morning,
        encounter("1", number, at("08:12"), at("08:31")),
        appointment("2", number, at("13:00"), at("14:00"), service="Medisin"),
    )


def test_kari_sees_that_mum_had_her_morning_visit(
    client_for: ClientFor, kari: Person, borghild: Person, follows: Follow, mums_day: None
) -> None:
    follows(kari, borghild)
    page = client_for(kari).page(PAGE)
    assert page.h1 == "Borghild Moen · i dag"
    assert "08:12 Morgenstell utført planlagt 08:00–09:00" in page.text
    assert "13–14 Medisin planlagt" in page.text
    assert "Sist oppdatert i dag 12:00" in page.text
    assert page.links["Ring Hjemmetjenesten, 61 28 31 00"] == "tel:61283100"
    assert "I går ingen besøk" in page.text
    assert "I dag 1 utført · 1 planlagt" in page.text


def test_borghild_sees_her_own(client_for: ClientFor, borghild: Person, mums_day: None) -> None:
    page = client_for(borghild).page(PAGE)
    assert page.h1 == "Dine besøk · i dag"
    assert "08:12 Morgenstell utført" in page.text
    assert "Bytt" not in page.text


def test_a_stranger_finds_nothing(client_for: ClientFor, ola: Person, borghild: Person, mums_day: None) -> None:
    client_for(ola).page(f"{PAGE}/{borghild.id}", status=404)
    page = client_for(ola).page(PAGE)
    assert "Morgenstell" not in page.text
    assert "Vi viser ingen besøk for denne uka." in page.text


@pytest.mark.parametrize(
    ("since", "until", "area"),
    [
        (-30, -1, Area.VISITS),
        (1, None, Area.VISITS),
        (-30, None, Area.ECONOMY),
    ],
    ids=["expired", "future", "messages only"],
)
def test_who_may_not_follow_today_finds_nothing(
    client_for: ClientFor,
    kari: Person,
    borghild: Person,
    follows: Follow,
    mums_day: None,
    since: int,
    until: int | None,
    area: Area,
) -> None:
    today = clock.today()
    last = None if until is None else today + timedelta(days=until)
    follows(kari, borghild, area=area, since=today + timedelta(days=since), until=last)
    client_for(kari).page(f"{PAGE}/{borghild.id}", status=404)
    assert "Morgenstell" not in client_for(kari).page(PAGE).text


def test_a_revoked_representation_ends_at_once(
    client_for: ClientFor, kari: Person, borghild: Person, follows: Follow, mums_day: None
) -> None:
    representation = follows(kari, borghild)
    browser = client_for(kari)
    browser.page(f"{PAGE}/{borghild.id}")
    with db.transaction() as session:
        session.merge(representation).revoked_at = clock.now()
    browser.page(f"{PAGE}/{borghild.id}", status=404)


def test_the_representation_holds_on_its_last_day(
    client_for: ClientFor, kari: Person, borghild: Person, follows: Follow, mums_day: None
) -> None:
    follows(kari, borghild, until=clock.today())
    client_for(kari).page(f"{PAGE}/{borghild.id}")


def test_visits_demand_the_highest_level_of_login(client_for: ClientFor, kari: Person) -> None:
    answer = client_for(kari, Assurance.SUBSTANTIAL).get(PAGE)
    assert answer.status_code == 303
    assert "niva=high" in answer.headers["Location"]


def test_kari_switches_between_those_she_follows(
    client_for: ClientFor, kari: Person, borghild: Person, ola: Person, follows: Follow, mums_day: None
) -> None:
    follows(kari, borghild)
    follows(kari, ola)
    browser = client_for(kari)
    assert browser.page(PAGE).h1 == "Borghild Moen · i dag"
    answer = browser.send(f"{PAGE}/bytt", {"person": str(ola.id)}, of=PAGE)
    assert answer.headers["Location"] == f"{PAGE}/{ola.id}"
    page = browser.page(answer.headers["Location"])
    assert page.h1 == "Ola Nordli · i dag"
    assert "Morgenstell" not in page.text
    assert browser.send(f"{PAGE}/bytt", {"person": "nobody"}, of=PAGE).status_code == 404


def test_a_visit_past_its_time_is_not_signed_off_yet_and_does_not_frighten(
    client_for: ClientFor, care_record: CareRecord, kari: Person, borghild: Person, follows: Follow
) -> None:
    follows(kari, borghild)
    care_record.must_push(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    text = client_for(kari).page(PAGE).text
    assert "08–09 Morgenstell ikke kvittert ennå" in text
    assert "kan godt være utført" in text
    assert "Ring Ringebu kommune, 61 28 30 00" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [("arrived", "på vei"), ("cancelled", "avlyst"), ("noshow", "ikke hjemme"), ("booked", "planlagt")],
)
def test_each_state_has_its_word(
    client_for: ClientFor, care_record: CareRecord, borghild: Person, status: str, words: str
) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("11:30"), at("12:30"), status))
    assert f"11:30–12:30 Morgenstell {words}" in client_for(borghild).page(PAGE).text


def test_a_nurse_who_is_there_now_is_there(client_for: ClientFor, care_record: CareRecord, borghild: Person) -> None:
    care_record.must_push(encounter("1", borghild.national_id, at("11:50"), status="in-progress"))
    assert "11:50 Besøk framme" in client_for(borghild).page(PAGE).text


def test_the_same_visit_from_two_systems_is_shown_once_with_what_tells_most(
    client_for: ClientFor, care_record: CareRecord, borghild: Person
) -> None:
    number, planner = borghild.national_id, [{"system": "https://planlegger.example/oppdrag", "value": "A"}]
    care_record.must_push(appointment("1", number, at("08:00"), at("09:00")))
    planned = appointment("A", number, at("08:10"), at("09:10"), service="MORGENSTELL", identifier=planner)
    care_record.must_push(planned)
    page = client_for(borghild).page("/min-side/besok")
    assert page.text.casefold().count("morgenstell") == 1
    care_record.must_push(encounter("A", number, at("08:12"), at("08:31"), identifier=planner))
    page = client_for(borghild).page("/min-side/besok")
    assert "08:12 MORGENSTELL utført" in page.text
    assert "Morgenstell" not in page.text


def test_what_was_entered_in_error_is_not_shown(
    client_for: ClientFor, care_record: CareRecord, borghild: Person
) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("13:00"), at("14:00"), "entered-in-error"))
    text = client_for(borghild).page(PAGE).text
    assert "Morgenstell" not in text
    assert "Vi viser ingen besøk for denne uka." in text


def test_another_day_and_another_week_can_be_looked_at(
    client_for: ClientFor, care_record: CareRecord, borghild: Person
) -> None:
    last_week = clock.today() - timedelta(days=8)
    care_record.must_push(
        encounter("1", borghild.national_id, at("08:12", last_week), serviceType={"text": "Morgenstell"})
    )
    browser = client_for(borghild)
    today = browser.page(PAGE)
    assert "Morgenstell" not in today.text
    before = browser.page(today.links["Uka før"])
    page = browser.page(before.links["Mandag 16. november 1 utført"])
    assert page.h1 == "Dine besøk · mandag 16. november"
    assert "08:12 Morgenstell utført" in page.text
    assert browser.page(page.links["I dag"]).h1 == "Dine besøk · i dag"
    for nonsense in ("?dag=tomorrow", "?dag=0001-01-01", "?dag=9999-12-31", "?dag="):
        assert browser.page(PAGE + nonsense).h1 == "Dine besøk · i dag"


def test_reading_is_written_down_with_whom_it_was_about(
    client_for: ClientFor, kari: Person, borghild: Person, follows: Follow, mums_day: None
) -> None:
    follows(kari, borghild)
    client_for(kari).page(PAGE)
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.VISITS_READ.value))
    assert (event.actor_id, event.about_person_id) == (str(kari.id), borghild.id)


def test_the_page_takes_at_most_six_statements(
    client_for: ClientFor, kari: Person, borghild: Person, follows: Follow, mums_day: None, statements: list[str]
) -> None:
    follows(kari, borghild)
    browser = client_for(kari)
    browser.page(PAGE)
    statements.clear()
    browser.page(f"{PAGE}/{borghild.id}")
    assert len(statements) <= 6, statements


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nn", "Sist oppdatert"),
        ("en", "Morgenstell done planned 08:00–09:00"),
        ("se", "Maŋimuš ođasmahtton"),
    ],
)
def test_the_page_speaks_every_language(
    client_for: ClientFor, borghild: Person, mums_day: None, language: str, words: str
) -> None:
    browser = client_for(borghild)
    browser.set_cookie("language", language, domain="ringebu.localhost")
    page = browser.page(PAGE)
    assert words in page.text
    assert page.all("//main/@lang") == [language]


def test_the_front_page_can_have_everybodys_visits_of_today_in_one_statement(
    actor_for: Callable[..., object],
    kari: Person,
    borghild: Person,
    follows: Follow,
    mums_day: None,
    statements: list[str],
) -> None:
    follows(kari, borghild)
    actor = actor_for(kari)
    statements.clear()
    with db.read_only() as session:
        found = queries.visits_today(session, actor)
    assert len(statements) == 1
    ((person, lines, last_contact_at),) = found
    assert (person.name, person.is_self, person.relation) == ("Borghild Moen", False, "mother")
    assert last_contact_at == clock.now()
    assert [line.status.value for line in lines] == ["done", "planned"]
    assert lines[0].unit == ("Hjemmetjenesten", "61 28 31 00")


def test_a_days_visits_are_asked_for_by_person(
    actor_for: Callable[..., object], kari: Person, borghild: Person, follows: Follow, mums_day: None
) -> None:
    actor = actor_for(kari)
    with db.read_only() as session:
        with pytest.raises(NotFound):
            queries.visits_of_day(session, actor, borghild.id, clock.today())
        assert queries.visits_of_day(session, actor, kari.id, clock.today()).lines == []
    follows(kari, borghild)
    with db.read_only() as session:
        period = queries.visits_of_day(session, actor, borghild.id, clock.today())
        assert [line.visit.service for line in period.lines] == ["Morgenstell", "Medisin"]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["23 hours", "25 hours"])
def test_the_nights_of_summer_time_belong_to_their_own_day(
    care_record: CareRecord, borghild: Person, actor_for: Callable[..., object], day: date
) -> None:
    midnights = [datetime(day.year, day.month, day.day + n, tzinfo=clock.OSLO) for n in (0, 1)]
    edges = [midnights[0], midnights[1] - timedelta(minutes=1), midnights[1]]
    for number, edge in enumerate(edges):
        care_record.must_push(appointment(str(number), borghild.national_id, edge, edge + timedelta(minutes=20)))
    actor = actor_for(borghild)
    with db.read_only() as session:
        period = queries.visits_of_day(session, actor, borghild.id, day)
    assert [line.visit.identifier_value for line in period.lines] == ["0", "1"]


def test_a_visit_in_progress_yesterday_was_not_signed_off(
    client_for: ClientFor, care_record: CareRecord, borghild: Person
) -> None:
    yesterday = clock.today() - timedelta(days=1)
    care_record.must_push(encounter("1", borghild.national_id, at("20:10", yesterday), status="in-progress"))
    text = client_for(borghild).page(f"{PAGE}?dag={yesterday}").text
    assert "20:10 Besøk ikke kvittert ennå" in text
    assert "I går 1 ikke kvittert ennå" in text
