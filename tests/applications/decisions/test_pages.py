"""The pages of decisions, as Siri and Kari meet them."""

import re
from collections.abc import Callable

import pytest

from citizen_portal import db
from citizen_portal.applications.decisions.queries import letters_of
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Staff
from citizen_portal.identity.models import Person, StaffMember
from tests.applications.decisions.conftest import WORDS, send, write
from tests.reading import Page, StrictClient
from tests.staff.conftest import (
    ClientFor,
    Colleague,
    colleague,
    karis_application,
    karis_browser,
    schools,
    siris_browser,
)
from tests.statements import count_statements

__all__ = ["colleague", "karis_application", "karis_browser", "schools", "siris_browser"]

WRITTEN = {part.value: said for part, said in WORDS.items()}


@pytest.fixture
def path(karis_application: Application) -> str:
    """Where the decision is written."""
    return f"/ansatt/saker/{karis_application.case_file_id}/vedtak"


def _in(browser: StrictClient, language: str) -> StrictClient:
    browser.set_cookie("language", language, domain="ringebu.localhost")
    return browser


def test_siri_writes_looks_over_and_sends_and_kari_reads_the_outcome_first(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application, path: str
) -> None:
    assert path in siris_browser.page(f"/ansatt/saker/{karis_application.case_file_id}").links.values()
    looked = siris_browser.send(path, {**WRITTEN, "outcome": "refused", "action": "check"})
    assert (looked.status_code, looked.location) == (303, f"{path}/se-over")
    check = siris_browser.page(f"{path}/se-over")
    for told in ("Søknaden din er avslått.", "Du har falt to ganger i høst.", "Du kan klage", "Frist for å klage"):
        assert told in check.text
    assert siris_browser.get(f"{path}/forhandsvisning").data.startswith(b"%PDF")
    sent = siris_browser.send(f"{path}/send", of=f"{path}/se-over", action=f"{path}/send")
    assert (sent.status_code, sent.location) == (303, path)
    assert "ikke åpnet" in siris_browser.page(path).text
    assert "Du har fått svar" in karis_browser.page("/min-side").text
    case = karis_browser.page(f"/min-side/soknader/{karis_application.id}")
    assert case.text.index("Søknaden din er avslått.") < case.text.index("Dette har skjedd")
    assert re.search(r"Klag på vedtaket frist \w+ \d+\. \w+( \d{4})? \(\d+ dager igjen\)", case.text)
    assert "åpnet av Kari Moen" in case.text
    assert "Du har fått svar" not in karis_browser.page("/min-side").text
    letter = karis_browser.get(next(href for words, href in case.links.items() if words.startswith("Hele brevet")))
    assert letter.data.startswith(b"%PDF")


def test_what_is_missing_is_told_at_its_field_and_nothing_is_lost(siris_browser: StrictClient, path: str) -> None:
    typed = {**WRITTEN, "outcome": "refused", "reasons": "", "body": " ", "action": "check"}
    refused = siris_browser.send(path, typed)
    page = Page(refused.text)
    assert refused.status_code == 422
    assert page.links["Skriv hvorfor dere har bestemt dette."] == "#reasons"
    assert page.links["Skriv hvem som avgjør klagen."] == "#body"
    assert page.form()["facts"].strip() == WRITTEN["facts"]


def test_sending_what_lacks_a_part_comes_back_with_it_at_the_field(siris_browser: StrictClient, path: str) -> None:
    siris_browser.send(path, {**WRITTEN, "outcome": "refused", "action": "check"})
    form = siris_browser.page(f"{path}/se-over").form(f"{path}/send")
    siris_browser.send(path, {"outcome": "refused", "access": "", "action": "save"})
    newer = {**form, "revision": str(int(form["revision"]) + 1)}
    refused = siris_browser.post(f"{path}/send", data=newer)
    assert refused.status_code == 422
    assert "Skriv at innbyggeren kan se dokumentene i saken." in refused.text


def test_two_tabs_are_told_that_the_text_changed(siris_browser: StrictClient, path: str) -> None:
    siris_browser.send(path, {**WRITTEN, "outcome": "refused", "action": "check"})
    old = siris_browser.page(f"{path}/se-over").form(f"{path}/send")
    siris_browser.send(path, {"outcome": "granted", "action": "save"})
    assert siris_browser.post(f"{path}/send", data=old).location == f"{path}/se-over"
    assert "Vedtaket ble endret i et annet vindu." in siris_browser.page(f"{path}/se-over").text


def test_the_draft_saves_itself_quietly(siris_browser: StrictClient, path: str) -> None:
    form = siris_browser.page(path).form()
    saved = siris_browser.post(f"{path}/kladd", data={**form, "facts": "Hun har falt."})
    assert saved.text.startswith("Lagret ")
    assert "Hun har falt." in siris_browser.page(path).html


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_pages_can_be_read_in_both_languages(
    siris_browser: StrictClient,
    karis_browser: StrictClient,
    karis_application: Application,
    path: str,
    language: str,
    siri_acts: Staff,
) -> None:
    browser = _in(siris_browser, language)
    write(siri_acts, karis_application, Outcome.REFUSED)
    for page in (path, f"{path}/se-over", "/ansatt/vedtak"):
        browser.page(page)
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    shown = _in(karis_browser, language).page(f"/min-side/soknader/{karis_application.id}")
    assert {"nb": "Begrunnelse", "nn": "Grunngiving"}[language] in shown.text
    browser.page(path)


def test_ola_a_caseworker_elsewhere_and_the_neighbour_find_nothing(
    karis_application: Application,
    path: str,
    siri_acts: Staff,
    client_for: ClientFor,
    ola: Person,
    nils: StaffMember,
    colleague: Colleague,
    schools: Callable[..., object],
) -> None:
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    with db.read_only() as session:
        [letter] = letters_of(session, karis_application)
    assert client_for(ola).get(f"/min-side/brev/{letter.delivery.id}").status_code == 404
    for somebody in (nils, colleague(unit=schools)):
        browser = client_for(somebody)
        for page in (path, f"{path}/se-over", f"/ansatt/brev/{letter.delivery.id}"):
            assert browser.get(page).status_code == 404


def test_a_letter_that_nobody_could_be_told_of_is_printed_and_marked_as_sent(
    siris_browser: StrictClient, karis_application: Application, siri_acts: Staff
) -> None:
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    with db.transaction() as session:
        [letter] = letters_of(session, karis_application)
        session.merge(letter.notice).was_stopped("no_address")  # type: ignore[arg-type]
    page = siris_browser.page("/ansatt/vedtak")
    assert "Har ingen digital adresse" in page.text
    action = f"/ansatt/brev/{letter.delivery.id}/sendt"
    wrong = siris_browser.send(action, {"posted": "i går"}, of="/ansatt/vedtak", action=action)
    assert wrong.status_code == 422
    assert siris_browser.send(action, of="/ansatt/vedtak", action=action).status_code == 303
    assert "Ingen brev venter på å bli sendt." in siris_browser.page("/ansatt/vedtak").text


def test_the_pages_take_at_most_six_statements(
    siris_browser: StrictClient,
    karis_browser: StrictClient,
    karis_application: Application,
    path: str,
    siri_acts: Staff,
) -> None:
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    shown = f"/min-side/soknader/{karis_application.id}"
    for browser, page in ((siris_browser, path), (siris_browser, "/ansatt/vedtak"), (karis_browser, shown)):
        browser.page(page)
        with count_statements() as statements:
            browser.page(page)
        assert statements.in_all <= 6, (page, [*statements, *statements.read_log])
