"""What somebody typed is never lost because the login ran out, was too weak, or was renewed in another tab."""

from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from citizen_portal import clock, db
from citizen_portal.auth.actor import Assurance
from citizen_portal.identity import held_forms
from citizen_portal.identity.models import HeldForm, LoginSession, Person, StaffMember
from citizen_portal.journal.models import CaseFile
from citizen_portal.messages.models import Message
from citizen_portal.tenancy.models import Municipality
from tests.conftest import ClientFor, LogIn
from tests.reading import Page, StrictClient

WORDS = 'Mor har falt to ganger.\n«Hun sier "nei"» <b>til alt</b>'
HOST = "ringebu.localhost"


@pytest.fixture
def form_path(karis_case: CaseFile) -> str:
    """Where Kari writes about her case."""
    return f"/min-side/meldinger/om-sak/{karis_case.id}"


@pytest.fixture
def karis(client_for: ClientFor, kari: Person) -> StrictClient:
    """Kari's browser, in Bokmål."""
    browser = client_for(kari)
    browser.set_cookie("language", "nb", domain=HOST)
    return browser


def _typed(browser: StrictClient, path: str, **more: object) -> dict[str, object]:
    return {**browser.page(path).form(), "body": WORDS, **more}


def _run_out(browser: StrictClient) -> None:
    """The half hour is over."""
    token = browser.get_cookie("portal", domain=HOST)
    assert token is not None
    with db.transaction() as session:
        for row in session.query(LoginSession):
            row.last_seen_at = clock.now() - timedelta(minutes=31)


def _held_at(response: TestResponse) -> str:
    """The page that the login leads back to."""
    assert response.status_code in (401, 403)
    return parse_qs(urlsplit(_login(response)).query)["neste"][0]


def _login(response: TestResponse) -> str:
    """The page has one thing to do: log in. It is no redirect, since browsers follow no form to another site."""
    return Page(response.text).all("//main//a[@href]")[0].get("href")


def _is_held(browser: StrictClient, path: str, **more: object) -> str:
    form = _typed(browser, path, **more)
    _run_out(browser)
    return _held_at(browser.post(path, data=form))


def _messages() -> list[str]:
    with db.read_only() as session:
        return [message.body for message in session.query(Message)]


def test_kari_gets_back_what_she_wrote_when_the_half_hour_ran_out(
    karis: StrictClient, form_path: str, log_in: LogIn, kari: Person
) -> None:
    held_at = _is_held(karis, form_path)
    assert held_at.startswith("/fortsett/")
    assert _messages() == []
    karis.set_cookie("portal", log_in(kari), domain=HOST)
    page = karis.page(held_at)
    assert page.h1 == "Du er logget inn igjen"
    assert "Mor har falt to ganger." in page.text
    sent = karis.post(form_path, data=page.form())
    assert sent.status_code == 303
    assert [body.replace("\r\n", "\n") for body in _messages()] == [WORDS]
    karis.page(held_at, status=404)  # the back button finds no second sending


def test_a_login_that_is_too_weak_asks_for_a_stronger_one_and_keeps_the_form(
    karis: StrictClient, form_path: str, log_in: LogIn, kari: Person
) -> None:
    form = _typed(karis, form_path)
    karis.set_cookie("portal", log_in(kari, Assurance.SUBSTANTIAL), domain=HOST)
    response = karis.post("/min-side/besok/bytt", data=form)
    assert parse_qs(urlsplit(_login(response)).query)["niva"] == ["high"]
    karis.set_cookie("portal", log_in(kari), domain=HOST)
    assert "Mor har falt" in karis.page(_held_at(response)).text


def test_the_database_holds_nothing_of_it_in_clear(karis: StrictClient, form_path: str) -> None:
    _is_held(karis, form_path)
    with db.read_only() as session:
        held = session.query(HeldForm).one()
    assert b"falt" not in held.fields_encrypted
    assert "csrf" not in held.path


def test_nobody_else_opens_it(
    karis: StrictClient, form_path: str, client_for: ClientFor, ola: Person, siri: StaffMember, kari: Person
) -> None:
    held_at = _is_held(karis, form_path)
    for stranger in (ola, siri):
        for path in (held_at, f"/ansatt{held_at}"):
            response = client_for(stranger).get(path)
            assert response.status_code in (303, 404), path
            assert "/logg-inn" in response.location if response.status_code == 303 else True
    assert client_for(ola).get(held_at).status_code == 404
    client_for(ola).send(f"{held_at}/forkast", of="/min-side", action="/logg-ut")
    assert client_for(kari).get(held_at).status_code == 200
    client_for(kari).page(f"/fortsett/{uuid4()}", status=404)


def test_the_neighbour_municipality_does_not_have_it(
    karis: StrictClient, form_path: str, nord_fron: Municipality, app: Flask, log_in: LogIn, kari: Person
) -> None:
    held_at = _is_held(karis, form_path)
    karis.set_cookie("portal", log_in(kari), domain="nord-fron.localhost")
    assert karis.get(held_at, base_url="http://nord-fron.localhost").status_code == 303


def test_it_is_gone_after_two_hours_and_swept(karis: StrictClient, form_path: str, log_in: LogIn, kari: Person) -> None:
    held_at = _is_held(karis, form_path)
    with db.transaction() as session:
        session.query(HeldForm)  # the app role cannot change one, so the clock moves instead
    karis.set_cookie("portal", log_in(kari), domain=HOST)
    with clock.frozen(clock.now() + timedelta(hours=2, seconds=1)):
        karis.set_cookie("portal", log_in(kari), domain=HOST)
        karis.page(held_at, status=404)
        _is_held(karis, form_path)
        with db.read_only() as session:
            assert session.query(HeldForm).count() == 1


def test_one_person_has_at_most_ten(karis: StrictClient, kari: Person, log_in: LogIn) -> None:
    log_in(kari)
    with db.transaction() as session:
        owner = session.query(LoginSession).first()
        assert owner is not None
    for _ in range(12):
        with db.transaction() as session:
            held_forms.hold(session, owner, "/x", [("body", "x")], had_files=False)
    with db.read_only() as session:
        assert session.query(HeldForm).count() == 10
    with db.transaction() as session:
        assert held_forms.hold(session, owner, "/x", [("body", "x" * 1_000_001)], had_files=False) is None


def test_kari_deletes_what_she_wrote(karis: StrictClient, form_path: str, log_in: LogIn, kari: Person) -> None:
    held_at = _is_held(karis, form_path)
    karis.set_cookie("portal", log_in(kari), domain=HOST)
    karis.send(f"{held_at}/forkast", of=held_at, action=f"{held_at}/forkast")
    assert "Det du hadde skrevet, er slettet." in karis.page("/min-side").text
    karis.page(held_at, status=404)


def test_she_is_told_that_files_are_not_kept(karis: StrictClient, form_path: str, log_in: LogIn, kari: Person) -> None:
    held_at = _is_held(karis, form_path, attachments=(BytesIO(b"%PDF-"), "erklæring.pdf"))
    karis.set_cookie("portal", log_in(kari), domain=HOST)
    page = karis.page(held_at)
    assert "Filer blir ikke tatt vare på" in page.text
    assert "Fortsett uten filene" in page.text


def test_a_form_from_before_a_login_in_another_tab_keeps_its_words(karis: StrictClient, form_path: str) -> None:
    form = _typed(karis, form_path)
    with karis.session_transaction(base_url=f"http://{HOST}") as remembered:
        remembered.clear()  # as a login in the other tab does
    response = karis.post(form_path, data=form)
    assert response.status_code == 303
    page = karis.page(response.location)
    assert "Mor har falt" in page.text
    assert karis.post(form_path, data=page.form()).status_code == 303
    assert len(_messages()) == 1


def test_a_form_without_any_login_keeps_its_words_in_the_page(karis: StrictClient, form_path: str) -> None:
    form = _typed(karis, form_path)
    karis.delete_cookie("portal", domain=HOST)
    with karis.session_transaction(base_url=f"http://{HOST}") as remembered:
        remembered.clear()
    response = karis.post(form_path, data=form)
    assert response.status_code == 401
    assert Page(response.text).form()["body"].replace("\r\n", "\n") == WORDS


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_no_other_site_puts_words_into_her_mouth(karis: StrictClient, form_path: str, header: dict[str, str]) -> None:
    response = karis.post(form_path, data={"body": "Jeg sier opp plassen"}, headers=header)
    assert response.status_code == 400
    with db.read_only() as session:
        assert session.query(HeldForm).count() == 0


def test_two_tabs_each_keep_their_own(karis: StrictClient, form_path: str, log_in: LogIn, kari: Person) -> None:
    first, second = _typed(karis, form_path), _typed(karis, form_path, body="Noe helt annet")
    _run_out(karis)
    held = [_held_at(karis.post(form_path, data=form)) for form in (first, second)]
    karis.set_cookie("portal", log_in(kari), domain=HOST)
    assert "Mor har falt" in karis.page(held[0]).text
    assert "Noe helt annet" in karis.page(held[1]).text


def test_an_employees_words_are_kept_too(
    client_for: ClientFor, siri: StaffMember, karis_case: CaseFile, log_in: LogIn, ola: Person
) -> None:
    siris = client_for(siri)
    path = f"/ansatt/saker/{karis_case.id}/meldinger"
    form = {**siris.page("/ansatt").form("/logg-ut"), "body": "Hei, Kari"}
    _run_out(siris)
    response = siris.post(path, data=form)
    assert _login(response).startswith("/ansatt/logg-inn?")
    held_at = _held_at(response)
    assert held_at.startswith("/ansatt/fortsett/")
    siris.set_cookie("portal", log_in(siri), domain=HOST)
    assert "Hei, Kari" in siris.page(held_at).text
    siris.send(f"{held_at}/forkast", of=held_at, action=f"{held_at}/forkast")
    siris.page(held_at, status=404)


def test_what_a_citizen_wrote_is_not_held_for_the_employee_in_the_same_browser(
    karis: StrictClient, form_path: str, log_in: LogIn, siri: StaffMember
) -> None:
    form = _typed(karis, form_path)
    karis.set_cookie("portal", log_in(siri), domain=HOST)
    assert karis.post(form_path, data=form).status_code == 401
    with db.read_only() as session:
        assert session.query(HeldForm).count() == 0


def test_other_peoples_logins_do_not_make_us_forget_whose_form_it_is(
    karis: StrictClient, form_path: str, log_in: LogIn, ola: Person
) -> None:
    form = _typed(karis, form_path)
    with clock.frozen(clock.now() + timedelta(minutes=121)):  # the two hours are over
        log_in(ola)
        assert _held_at(karis.post(form_path, data=form)).startswith("/fortsett/")
