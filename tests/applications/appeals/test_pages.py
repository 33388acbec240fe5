"""The pages of an appeal, as Kari and Siri meet them."""

from datetime import timedelta

import pytest

from citizen_portal import clock
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Staff
from citizen_portal.identity.models import Person
from tests.applications.conftest import archive, draft, sent
from tests.applications.decisions.conftest import send, siri_acts, write
from tests.reading import Page, StrictClient
from tests.staff.conftest import ClientFor, karis_application, karis_browser, siris_browser
from tests.statements import count_statements

__all__ = ["archive", "draft", "karis_application", "karis_browser", "sent", "siri_acts", "siris_browser"]

SAID = {"disagrees_text": "Jeg har falt <b>tre</b> ganger 🙂", "wants_text": "Jeg vil ha alarm."}


@pytest.fixture
def case(karis_application: Application, siri_acts: Staff) -> str:
    """Kari's case, which was refused."""
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    return f"/min-side/soknader/{karis_application.id}"


@pytest.fixture
def desk(karis_application: Application) -> str:
    """Where Siri handles the appeal."""
    return f"/ansatt/saker/{karis_application.case_file_id}/klage"


def _send(browser: StrictClient, case: str) -> None:
    browser.send(f"{case}/klage", {**SAID, "action": "check"})
    browser.send(f"{case}/klage/se-over")


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_kari_appeals_and_follows_it_in_her_language(karis_browser: StrictClient, case: str, language: str) -> None:
    karis_browser.set_cookie("language", language, domain="ringebu.localhost")
    assert f"{case}/klage" in karis_browser.page(case).links.values()
    looked = karis_browser.send(f"{case}/klage", {**SAID, "action": "check"})
    assert looked.location == f"{case}/klage/se-over"
    assert SAID["disagrees_text"] in karis_browser.page(f"{case}/klage/se-over").text
    sent = karis_browser.send(f"{case}/klage/se-over")
    assert sent.location == f"{case}/klage/kvittering"
    karis_browser.page(sent.location)
    karis_browser.page(case)
    assert karis_browser.get(f"{case}/klage/dokument").data.startswith(b"%PDF")


def test_what_is_missing_is_told_at_its_field(karis_browser: StrictClient, case: str) -> None:
    karis_browser.page(case)
    refused = karis_browser.send(f"{case}/klage", {"wants_text": "Alarm.", "action": "check"})
    page = Page(refused.text)
    assert refused.status_code == 422
    assert page.links["Skriv hva du er uenig i."] == "#disagrees_text"
    assert page.form()["wants_text"].strip() == "Alarm."


def test_a_late_appeal_is_asked_why(
    karis_browser: StrictClient, case: str, client_for: ClientFor, kari: Person
) -> None:
    karis_browser.page(case)
    with clock.frozen(clock.now() + timedelta(days=60)):
        browser = client_for(kari)
        browser.set_cookie("language", "nb", domain="ringebu.localhost")
        assert "Klagefristen var" in browser.page(case).text
        refused = browser.send(f"{case}/klage", {**SAID, "action": "check"})
        assert Page(refused.text).links["Fristen er ute. Skriv hvorfor du klager først nå."] == "#late_text"
        browser.send(f"{case}/klage", {**SAID, "late_text": "Jeg var syk.", "action": "check"})
        assert browser.send(f"{case}/klage/se-over").location == f"{case}/klage/kvittering"


def test_kari_withdraws_the_appeal(karis_browser: StrictClient, case: str) -> None:
    karis_browser.page(case)
    _send(karis_browser, case)
    karis_browser.send(f"{case}/klage/trekk", of=case, action=f"{case}/klage/trekk")
    page = karis_browser.page(case)
    assert "Du har trukket klagen. Vedtaket står." in page.text
    assert "Klagen er trukket" in page.text


def test_siri_sends_the_appeal_on_and_registers_the_answer(
    siris_browser: StrictClient, karis_browser: StrictClient, case: str, desk: str
) -> None:
    karis_browser.page(case)
    _send(karis_browser, case)
    assert desk in siris_browser.page(desk.removesuffix("/klage")).links.values()
    page = siris_browser.page(desk)
    assert SAID["disagrees_text"] in page.text
    empty = siris_browser.send(f"{desk}/send-videre", of=desk, action=f"{desk}/send-videre")
    assert empty.status_code == 422
    onward = {"assessment": "Vi mener vedtaket er riktig.", "contact": "61 26 60 00"}
    assert siris_browser.send(f"{desk}/send-videre", onward, of=desk, action=f"{desk}/send-videre").status_code == 303
    assert "sendt videre til Statsforvalteren i Innlandet" in karis_browser.page(case).text
    answer = {"outcome": "changed", "note": "Du får alarm."}
    wrong = siris_browser.send(f"{desk}/svar", answer, of=desk, action=f"{desk}/svar")
    assert "Velg utfallet av søknaden nå." in wrong.text
    whole = {**answer, "now": "granted"}
    assert siris_browser.send(f"{desk}/svar", whole, of=desk, action=f"{desk}/svar").status_code == 303
    shown = karis_browser.page(case)
    assert "Statsforvalteren i Innlandet har svart." in shown.text
    assert "Innvilget" in shown.text


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_pages_of_an_appeal_take_at_most_six_statements(
    siris_browser: StrictClient, karis_browser: StrictClient, case: str, desk: str, language: str
) -> None:
    siris_browser.set_cookie("language", language, domain="ringebu.localhost")
    karis_browser.page(case)
    karis_browser.send(f"{case}/klage", {**SAID, "action": "check"})
    for page in (f"{case}/klage", f"{case}/klage/se-over"):
        _demand_at_most_six_statements(karis_browser, page)
    karis_browser.send(f"{case}/klage/se-over")
    for browser, page in ((karis_browser, case), (karis_browser, f"{case}/klage/kvittering"), (siris_browser, desk)):
        _demand_at_most_six_statements(browser, page)


def _demand_at_most_six_statements(browser: StrictClient, page: str) -> None:
    browser.page(page)
    with count_statements() as statements:
        browser.page(page)
    assert statements.in_all <= 6, (page, [*statements, *statements.read_log])


def test_ola_and_the_neighbour_find_no_appeal(
    karis_browser: StrictClient, case: str, desk: str, client_for: ClientFor, ola: Person, nils: object
) -> None:
    karis_browser.page(case)
    _send(karis_browser, case)
    for page in (f"{case}/klage", f"{case}/klage/kvittering", f"{case}/klage/dokument"):
        assert client_for(ola).get(page).status_code == 404
    assert client_for(nils).get(desk).status_code == 404  # type: ignore[arg-type]
