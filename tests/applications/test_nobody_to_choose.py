"""Where a form asks for a child and the registers know none, Ola is helped on instead of being asked again."""

import pytest

from citizen_portal import db
from citizen_portal.identity.models import Person
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Unit
from tests.applications.conftest import archive
from tests.conftest import ClientFor
from tests.reading import Page, StrictClient

__all__ = ["archive"]


@pytest.fixture
def upbringing(archive: None) -> Unit:
    """The unit that has after-school care."""
    with db.transaction() as session:
        return tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")


@pytest.fixture
def step(upbringing: Unit, client_for: ClientFor, ola: Person) -> tuple[StrictClient, str]:
    """Ola's browser, and the page that asks which child it is; he has none."""
    browser = client_for(ola)
    draft = browser.send("/soknad/sfo").headers["Location"].removesuffix("/fortsett")
    return browser, f"{draft}/steg/1"


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_ola_is_told_whom_to_call_and_where_to_look(step: tuple[StrictClient, str], language: str) -> None:
    browser, path = step
    browser.set_cookie("language", language, domain="ringebu.localhost")
    page = browser.page(path)
    assert "tel:61283000" in page.links.values()
    assert "/min-side/fullmakter" in page.links.values()
    assert page.all("//button[@value='pause']")
    assert not page.all("//main//button[@value='next']")


def test_he_is_not_told_to_choose_whom_he_cannot(step: tuple[StrictClient, str]) -> None:
    browser, path = step
    answer = browser.send(path, {"action": "next"}, headers={"Accept-Language": "nb"})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "Velg barnet du søker plass for." not in page.text
    assert "Vi finner ingen du kan søke for" in page.text


@pytest.mark.parametrize("path", ["/", "/min-side"])
def test_the_front_pages_lead_only_to_what_is_offered(client_for: ClientFor, ola: Person, path: str) -> None:
    browser = client_for(ola if path == "/min-side" else None)
    links = {to for to in browser.page(path).links.values() if to.startswith("/soknad")}
    assert links == {"/soknad"}
