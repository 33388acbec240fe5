"""Staff find somebody, say why they look, and see her cases in other units for an hour: to read, not to change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from citizen_portal import clock, db
from citizen_portal.access import queries
from citizen_portal.access.queries import Search, SearchKind
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import NEEDS_FRESH_LOGIN
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import AccessGrant, Person, StaffMember
from citizen_portal.tenancy.models import Unit
from tests.reading import Page, StrictClient
from tests.staff.conftest import ClientFor, Colleague
from tests.statements import count_statements

FIND = "/ansatt/finn-person"


@pytest.fixture
def turids_browser(client_for: ClientFor, colleague: Colleague, schools: Unit) -> StrictClient:
    """Turid's browser: a caseworker in the schools, in Bokmål."""
    return in_bokmal(client_for(colleague(unit=schools)))


def in_bokmal(browser: StrictClient) -> StrictClient:
    """The browser with its language chosen."""
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


def found(browser: StrictClient, wanted: str) -> Page:
    """The answer to a search."""
    answer = browser.send(FIND, {"wanted": wanted}, action=FIND)
    assert answer.status_code == 200
    return Page(answer.text)


def give_purpose(browser: StrictClient, person: Person, purpose: Purpose = Purpose.CASE_HANDLING) -> Any:
    """Say why, from the list."""
    return browser.send(f"{FIND}/{person.id}/grunn", {"purpose": purpose.value}, action=f"{FIND}/{person.id}/grunn")


def events(*tags: EventTag) -> list[AuditEvent]:
    """What the log has of these, in order."""
    with db.read_only() as session:
        wanted = select(AuditEvent).where(AuditEvent.tag.in_(tags)).order_by(AuditEvent.sequence_number)
        return list(session.scalars(wanted))


def case_path(application: Application) -> str:
    """Where the application's case is."""
    return f"/ansatt/saker/{application.case_file_id}"


def test_kari_is_found_by_number_case_and_name_and_the_log_keeps_how_but_not_what_was_typed(
    turids_browser: StrictClient, karis_application: Application, kari: Person
) -> None:
    for wanted in (kari.national_id, f"{kari.national_id[:6]} {kari.national_id[6:]}", "2026/1", "kari mo", "MOEN"):
        page = found(turids_browser, wanted)
        assert "Kari Moen, født 19" in page.text
        assert "1 sak i Hjemmetjenesten" in page.text
        assert kari.national_id not in page.html
        assert page.links[next(words for words in page.links if words.startswith("Kari"))] == f"{FIND}/{kari.id}"
    searched = events(EventTag.PERSON_SEARCHED)
    kinds = [event.details["kind"] for event in searched]
    assert kinds == ["national-id", "national-id", "case-number", "name", "name"]
    assert {event.about_person_id for event in searched} == {kari.id}
    assert {tuple(sorted(event.details.items()))[0] for event in searched} == {("hits", 1)}
    assert "moen" not in str([event.details for event in searched]).lower()


def test_a_search_that_finds_nobody_or_several_is_about_nobody(
    turids_browser: StrictClient, kari: Person, borghild: Person, ola: Person
) -> None:
    assert "Ingen treff." in found(turids_browser, "Ingebrigt").text
    assert "Kari Moen" in (page := found(turids_browser, "moen")).text
    assert "Borghild Moen" in page.text
    assert "Ola" not in page.text
    assert [(e.about_person_id, e.details["hits"]) for e in events(EventTag.PERSON_SEARCHED)] == [(None, 0), (None, 2)]


@pytest.mark.parametrize("typed", ["bjorg aasen", "Bjørg Åsen", "Åsen", "asen", "bjørg-åsen", "BJOERG", "Çelik"])
def test_names_are_found_however_their_letters_are_written(
    turids_browser: StrictClient, typed: str, kari: Person
) -> None:
    with db.transaction() as session:
        session.get_one(Person, (kari.municipality_id, kari.id)).name = "Bjørg-Marie Çelik Åsen"
    typed = typed.replace("bjørg-åsen", "Bjørg-Marie")
    assert "Bjørg-Marie Çelik Åsen" in found(turids_browser, typed).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Skriv hvem du leter etter."),
        ("Ka", "Skriv minst tre bokstaver av navnet."),
        ("%%%", "Skriv minst tre bokstaver av navnet."),
        ("12345678901", "Dette er ikke et fødselsnummer."),
    ],
)
def test_what_nobody_can_be_found_by_is_said_at_the_field(turids_browser: StrictClient, typed: str, told: str) -> None:
    answer = turids_browser.send(FIND, {"wanted": typed}, action=FIND)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert told in page.text
    assert page.form(FIND)["wanted"] == typed
    assert events(EventTag.PERSON_SEARCHED) == []


def test_wildcards_are_letters_like_others(turids_browser: StrictClient, kari: Person) -> None:
    assert "Ingen treff." in found(turids_browser, "kar_ m%en").text


def test_at_most_twenty_are_listed(turids_browser: StrictClient, kari: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citizen_portal.access.queries.MOST_HITS", 0)
    monkeypatch.setattr("citizen_portal.access.staff_views.MOST_HITS", 0)
    assert "Kari" not in found(turids_browser, "Kari").text


def test_a_search_cannot_stand_in_an_address(turids_browser: StrictClient, kari: Person) -> None:
    page = turids_browser.page(f"{FIND}?wanted=Kari")
    assert "Treff" not in page.text
    assert events(EventTag.PERSON_SEARCHED) == []


def test_what_is_typed_is_understood_by_its_form() -> None:
    kinds = {wanted: Search.of(wanted).kind for wanted in ("2026/17", " 2026/17 ", "Ola 2026/17", "Ola")}
    assert list(kinds.values()) == [SearchKind.CASE_NUMBER, SearchKind.CASE_NUMBER, SearchKind.NAME, SearchKind.NAME]


def test_turid_says_why_and_reads_karis_case_in_another_unit_for_an_hour(
    turids_browser: StrictClient, karis_application: Application, kari: Person
) -> None:
    assert turids_browser.get(case_path(karis_application)).status_code == 404
    asked = turids_browser.get(f"{FIND}/{kari.id}")
    assert asked.headers["Location"] == f"{FIND}/{kari.id}/grunn"
    opened = give_purpose(turids_browser, kari)
    assert (opened.status_code, opened.headers["Location"]) == (303, f"{FIND}/{kari.id}")
    page = turids_browser.page(f"{FIND}/{kari.id}")
    assert "Helse og omsorg2026/1Hjemmetjenesten Mottatt" in page.text
    assert kari.national_id not in page.html
    case = turids_browser.page(page.links["Helse og omsorg"])
    assert "Mor har falt to ganger i høst." in case.text
    assert "Du kan lese denne saken, men ikke endre den. Hjemmetjenesten behandler den." in case.text
    assert case.all("//main//form") == []
    (event,) = events(EventTag.ACCESS_OPENED)
    assert (event.about_person_id, event.purpose, event.reason) == (kari.id, "case-handling", None)
    (read,) = events(EventTag.PERSON_READ)
    assert (read.about_person_id, read.purpose, read.actor_unit) == (kari.id, "case-handling", "Oppvekst")


def test_the_hour_is_over_after_an_hour(
    colleague: Colleague, schools: Unit, actor_for: Callable[..., Any], kari: Person, karis_application: Application
) -> None:
    turid = actor_for(colleague(unit=schools))
    now = clock.now()
    with db.transaction() as session:
        grant = AccessGrant(
            id=new_id(), staff_id=turid.staff_id, person_id=kari.id, purpose="care", granted_at=now,
            expires_at=now + timedelta(hours=1),
        )  # fmt: skip
        session.add(grant)
    for minutes, reached in ((59, True), (61, False)):
        with clock.frozen(now + timedelta(minutes=minutes)), db.read_only() as session:
            assert (queries.opened_person(session, turid, kari.id) is not None) is reached


def test_what_turid_may_only_read_she_cannot_change(
    turids_browser: StrictClient, karis_application: Application, kari: Person, in_ringebu: object
) -> None:
    give_purpose(turids_browser, kari)
    path = case_path(karis_application)
    token = turids_browser.page(path).all("//input[@name='csrf_token']/@value")[0]
    for verb in ("ta", "status", "meldinger", "utkast"):
        for body in ("Hei, Kari.", ""):
            data = {"csrf_token": token, "body": body, "message_id": str(new_id()), "status": "granted"}
            assert turids_browser.post(f"{path}/{verb}", data=data).status_code == 404, verb
    with db.read_only() as session:
        assert session.scalar(text("SELECT count(*) FROM message")) == 0
        assert session.execute(text("SELECT status, assigned_staff_id FROM application")).one() == ("received", None)


def test_a_purpose_must_be_chosen_and_be_one_of_the_list(turids_browser: StrictClient, kari: Person) -> None:
    action = f"{FIND}/{kari.id}/grunn"
    for purpose in ("", "curiosity", "emergency", "protected-person"):
        answer = turids_browser.send(action, {"purpose": purpose}, action=action)
        assert answer.status_code == 422
        assert "Velg hvorfor du trenger å se." in Page(answer.text).text
    assert events(EventTag.ACCESS_OPENED) == []


def test_an_emergency_demands_a_reason_in_words_that_the_log_keeps_without_numbers(
    turids_browser: StrictClient, kari: Person, karis_application: Application
) -> None:
    action = turids_browser.page(f"{FIND}/{kari.id}/grunn").links["Står liv eller helse på spill? Åpne med nødrett"]
    for reason, told in (("", "Skriv hvorfor"), ("  haster  ", "Skriv minst ti tegn"), ("x" * 1001, "for lang")):
        answer = turids_browser.send(action, {"reason": reason}, action=action)
        assert answer.status_code == 422
        assert told in Page(answer.text).text
        assert Page(answer.text).form(action)["reason"].strip() == reason.strip()
    reason = f"Ligger på gulvet hjemme, {kari.national_id}"
    assert turids_browser.send(action, {"reason": reason}, action=action).status_code == 303
    (event,) = events(EventTag.ACCESS_OPENED)
    assert (event.purpose, event.reason) == ("emergency", "Ligger på gulvet hjemme, *****")
    assert turids_browser.get(case_path(karis_application)).status_code == 200


def test_an_emergency_demands_that_the_employer_has_just_seen_who_it_is(
    turids_browser: StrictClient, kari: Person
) -> None:
    assert Permission.ACCESS_OPEN_EMERGENCY in NEEDS_FRESH_LOGIN
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert turids_browser.get(f"{FIND}/{kari.id}/nodrett").status_code != 200


def test_turid_sees_what_she_has_open_and_ends_it(
    turids_browser: StrictClient, kari: Person, karis_application: Application
) -> None:
    give_purpose(turids_browser, kari)
    page = turids_browser.page(FIND)
    assert "Kari Moen" in page.text
    (action,) = page.all("//form[contains(@action, 'avslutt')]/@action")
    assert turids_browser.send(action, of=FIND, action=action).headers["Location"] == FIND
    assert "Kari" not in turids_browser.page(FIND).text
    assert turids_browser.get(case_path(karis_application)).status_code == 404
    assert turids_browser.post(action, data=page.form(action)).status_code == 303
    assert len(events(EventTag.ACCESS_ENDED)) == 1


def test_nobody_ends_anothers_leave_to_look(
    turids_browser: StrictClient, siris_browser: StrictClient, kari: Person
) -> None:
    give_purpose(turids_browser, kari)
    (action,) = turids_browser.page(FIND).all("//form[contains(@action, 'avslutt')]/@action")
    token = siris_browser.page(FIND).form(FIND)["csrf_token"]
    assert siris_browser.post(action, data={"csrf_token": token}).status_code == 404
    assert "Kari Moen" in turids_browser.page(FIND).text


def test_the_database_lets_nobody_change_why_a_leave_was_given(
    turids_browser: StrictClient, kari: Person, in_ringebu: object
) -> None:
    give_purpose(turids_browser, kari)
    for change in ("purpose = 'care'", "reason = 'x'", "person_id = person_id", "granted_at = now()"):
        with pytest.raises(ProgrammingError, match="permission denied"), db.transaction() as session:
            session.execute(text(f"UPDATE access_grant SET {change}"))


def test_nils_finds_nobody_of_ringebu(client_for: ClientFor, nils: StaffMember, kari: Person) -> None:
    browser = client_for(nils)
    browser.set_cookie("language", "nb", domain="nord-fron.localhost")
    for wanted in (kari.national_id, "Kari", "2026/1"):
        assert "Ingen treff." in found(browser, wanted).text
    for path in ("", "/grunn", "/nodrett"):
        assert browser.get(f"{FIND}/{kari.id}{path}").status_code == 404


def test_those_without_cases_have_no_search(client_for: ClientFor, jonas: StaffMember, astrid: StaffMember) -> None:
    for who in (jonas, astrid):
        browser = client_for(who)
        assert browser.get(FIND).status_code == 403
        assert "Finn en person" not in browser.page("/ansatt").html


def test_a_person_without_cases_can_be_found_and_has_none(turids_browser: StrictClient, ola: Person) -> None:
    assert "Ingen saker" in found(turids_browser, "Nordli").text
    give_purpose(turids_browser, ola)
    assert "Personen har ingen saker." in turids_browser.page(f"{FIND}/{ola.id}").text


def test_somebody_whom_the_municipality_does_not_know_is_not_there(turids_browser: StrictClient) -> None:
    for path in ("", "/grunn", "/nodrett"):
        assert turids_browser.get(f"{FIND}/{new_id()}{path}").status_code == 404


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_pages_can_be_read_in_both_languages_with_at_most_six_statements(
    turids_browser: StrictClient, kari: Person, karis_application: Application, language: str
) -> None:
    turids_browser.set_cookie("language", language, domain="ringebu.localhost")
    turids_browser.page(f"{FIND}/{kari.id}/nodrett")
    give_purpose(turids_browser, kari)
    for path in (FIND, f"{FIND}/{kari.id}", f"{FIND}/{kari.id}/grunn"):
        turids_browser.page(path)
        with count_statements() as statements:
            turids_browser.page(path)
        assert statements.in_all <= 6, [*statements, *statements.read_log]


def test_registering_a_person_anew_does_not_open_anything(kari: Person, turids_browser: StrictClient) -> None:
    give_purpose(turids_browser, kari)
    with db.transaction() as session:
        identity.register_person(session, national_id=kari.national_id, name="Kari Moen Lie")
    assert "Kari Moen Lie" in turids_browser.page(f"{FIND}/{kari.id}").h1
