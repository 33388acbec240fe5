"""Where a second person must approve: Siri asks, Mona sees what waits, looks it over, and lets it go or not."""

import pytest

from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.identity.models import StaffMember
from tests.applications.decisions.conftest import needs_approval, siri_acts, write
from tests.reading import Page, StrictClient
from tests.staff.conftest import ClientFor, Colleague, colleague, karis_application, siris_browser
from tests.statements import count_statements

__all__ = ["colleague", "karis_application", "needs_approval", "siri_acts", "siris_browser"]
pytestmark = pytest.mark.usefixtures("needs_approval")


@pytest.fixture
def monas_browser(client_for: ClientFor, colleague: Colleague) -> StrictClient:
    """The browser of Siri's manager, in Bokmål."""
    browser = client_for(colleague("Mona Leder", roles=(Role.MANAGER,)))
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


@pytest.fixture
def path(karis_application: Application, siri_acts: Staff, siris_browser: StrictClient) -> str:
    """Where the decision is looked over that Siri has sent to approval."""
    write(siri_acts, karis_application, Outcome.GRANTED)
    path = f"/ansatt/saker/{karis_application.case_file_id}/vedtak"
    asked = siris_browser.send(f"{path}/til-godkjenning", of=f"{path}/se-over", action=f"{path}/til-godkjenning")
    assert asked.location == f"{path}/se-over"
    return path


def test_mona_is_told_on_her_work_list_approves_and_siri_sends(
    monas_browser: StrictClient, siris_browser: StrictClient, path: str
) -> None:
    waits = monas_browser.page("/ansatt").links
    assert waits["1 vedtak venter på din godkjenning"] == "/ansatt/vedtak"
    assert f"{path}/se-over" in monas_browser.page("/ansatt/vedtak").links.values()
    page = monas_browser.page(f"{path}/se-over")
    assert path.removesuffix("/vedtak") in page.links.values()
    assert page.links["Vedtak og brev"] == "/ansatt/vedtak"
    assert not siris_browser.page(f"{path}/se-over").all(f"//form[@action='{path}/send']")
    monas_browser.send(f"{path}/godkjenn", of=f"{path}/se-over", action=f"{path}/godkjenn")
    assert "venter på din godkjenning" not in monas_browser.page("/ansatt").text
    assert "Godkjent av Mona Leder." in siris_browser.page(f"{path}/se-over").text
    assert siris_browser.send(f"{path}/send", of=f"{path}/se-over", action=f"{path}/send").location == path


def test_mona_sends_it_back_with_what_must_be_mended(
    monas_browser: StrictClient, siris_browser: StrictClient, path: str
) -> None:
    back = f"{path}/send-tilbake"
    empty = monas_browser.send(back, of=f"{path}/se-over", action=back)
    assert (empty.status_code, Page(empty.text).links["Skriv hva som må rettes."]) == (422, "#note")
    assert monas_browser.send(back, {"note": "Skriv datoen."}, of=f"{path}/se-over", action=back).status_code == 303
    assert "Skriv datoen." in siris_browser.page(path).text


def test_who_may_not_approve_is_told_of_nothing_and_cannot(
    siris_browser: StrictClient, client_for: ClientFor, nils: StaffMember, path: str
) -> None:
    assert "venter på din godkjenning" not in siris_browser.page("/ansatt").text
    page = siris_browser.page(f"{path}/se-over")
    assert not page.all(f"//form[@action='{path}/godkjenn']")
    token = siris_browser.page(path).form()["csrf_token"]
    assert siris_browser.post(f"{path}/godkjenn", data={"csrf_token": token}).status_code == 403
    assert client_for(nils).get(f"{path}/se-over").status_code == 404


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_pages_of_an_approval_take_at_most_six_statements(
    monas_browser: StrictClient, path: str, language: str
) -> None:
    monas_browser.set_cookie("language", language, domain="ringebu.localhost")
    for page in ("/ansatt", "/ansatt/vedtak", f"{path}/se-over"):
        monas_browser.page(page)
        with count_statements() as statements:
            monas_browser.page(page)
        assert statements.in_all <= 6, (page, [*statements, *statements.read_log])
