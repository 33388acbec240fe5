"""The page of what the virus scanner has stopped: where it came in, and nothing of whose it is."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest

from citizen_portal import db
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Role
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.scans import scanner
from citizen_portal.journal.scans.clamav import Clamd
from tests.applications.conftest import archive, draft, sent
from tests.applications.files.conftest import kari_acts, karis_application, karis_draft
from tests.applications.files.test_scanning import infected
from tests.applications.files.test_service import keeps
from tests.conftest import ClientFor, give_roles
from tests.journal.scans.fake_clamd import EICAR, fake_clamd
from tests.messages.conftest import a_pdf
from tests.reading import StrictClient
from tests.statements import count_statements

__all__ = ["archive", "draft", "infected", "kari_acts", "karis_application", "karis_draft", "sent"]

PAGE = "/ansatt/karantene"
Infected = Callable[[], Enclosure]


@pytest.fixture(autouse=True)
def _clamd() -> Iterator[None]:
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        yield
    scanner.use(None)


@pytest.fixture
def ragnas_browser(client_for: ClientFor, superuser: StaffMember) -> StrictClient:
    """Ragna's browser, in Bokmål."""
    browser = client_for(superuser)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_where_nothing_was_stopped_that_is_said(ragnas_browser: StrictClient, language: str) -> None:
    ragnas_browser.set_cookie("language", language, domain="ringebu.localhost")
    page = ragnas_browser.page(PAGE)
    assert not page.all("//main//table")
    assert {"nb": "Ingenting er stoppet.", "nn": "Ingenting er stoppa."}[language] in page.text


def test_ragna_sees_in_which_case_it_came_what_it_is_called_and_nobodys_name(
    ragnas_browser: StrictClient, kari_acts: Citizen, karis_application: Application, infected: Infected
) -> None:
    keeps(kari_acts, karis_application, infected())
    page = ragnas_browser.page(PAGE)
    for said in ("Søknad, sak 2026/1", "Hjemmetjenesten", "Eicar-Test-Signature", "PDF"):
        assert said in page.text
    for secret in ("Kari", "Moen", "faktura", "trygghetsalarm"):
        assert secret not in page.text
    assert not any("/filer/" in to for to in page.links.values()), "nobody opens it, not here either"


def test_what_came_with_a_message_stands_there_too(
    ragnas_browser: StrictClient,
    client_for: ClientFor,
    kari: Person,
    kari_acts: Citizen,
    karis_application: Application,
    infected: Infected,
) -> None:
    sick = a_pdf() + b"\n% " + EICAR + b"\n"
    client_for(kari).send(
        f"/min-side/meldinger/om-sak/{karis_application.case_file_id}",
        {"body": "Her er den.", "attachments": [(BytesIO(sick), "brev.pdf")]},
    )
    page = ragnas_browser.page(PAGE)
    assert "Melding i sak 2026/1" in page.text
    assert "brev" not in page.text.casefold()


def test_what_came_with_a_draft_has_no_case_yet(
    ragnas_browser: StrictClient, kari_acts: Citizen, karis_draft: Application, infected: Infected
) -> None:
    keeps(kari_acts, karis_draft, infected())
    assert "Søknad som ikke er sendt" in ragnas_browser.page(PAGE).text


def test_the_neighbour_sees_nothing_of_it(
    client_for: ClientFor, nils: StaffMember, kari_acts: Citizen, karis_application: Application, infected: Infected
) -> None:
    keeps(kari_acts, karis_application, infected())
    with db.as_municipality(nils.municipality_id):
        give_roles(nils, Role.SUPERUSER)
    assert "Eicar" not in client_for(nils).page(PAGE).text


def test_neither_caseworker_nurse_nor_citizen_comes_in(
    client_for: ClientFor, siri: StaffMember, jonas: StaffMember, kari: Person
) -> None:
    for somebody in (siri, jonas):
        assert client_for(somebody).get(PAGE).status_code == 403
    assert client_for(kari).get(PAGE).status_code == 303
    assert client_for(None).get(PAGE).status_code == 303


def test_the_page_takes_at_most_six_statements_however_many_were_stopped(
    ragnas_browser: StrictClient, kari_acts: Citizen, karis_application: Application, infected: Infected
) -> None:
    for _file in range(3):
        keeps(kari_acts, karis_application, infected())
    ragnas_browser.page(PAGE)
    with count_statements() as statements:
        ragnas_browser.page(PAGE)
    assert statements.in_all <= 6, [*statements]
