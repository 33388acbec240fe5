"""Ragna, who looks after the forms of Ringebu, and the browsers of those who meet them."""

import pytest

from citizen_portal.applications.definitions import FOLDER
from citizen_portal.identity.models import Person, StaffMember
from tests.applications.conftest import archive
from tests.conftest import ClientFor
from tests.reading import StrictClient

__all__ = ["archive"]

ALARM = "/ansatt/skjema/trygghetsalarm"
SHIPPED = (FOLDER / "trygghetsalarm.yaml").read_text("utf-8")
FIRST = SHIPPED.replace("version: 1\n", "version: 1001\n", 1)
"""The shipped text under the number of our first own version."""
ASKED = "Hvor mange ganger har du falt?"


def asking(question: str = ASKED, *, version: int = 1001) -> str:
    """The form with another question in Bokmål where it asked why an alarm is needed."""
    assert "Hvorfor trengs det en alarm?" in SHIPPED
    numbered = FIRST.replace("version: 1001", f"version: {version}", 1)
    return numbered.replace("Hvorfor trengs det en alarm?", question, 1)


def in_bokmal(browser: StrictClient) -> StrictClient:
    """The browser, with Bokmål chosen."""
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


@pytest.fixture
def ragnas_browser(client_for: ClientFor, superuser: StaffMember, archive: None) -> StrictClient:
    """Ragna the superuser's browser, in Bokmål."""
    return in_bokmal(client_for(superuser))


@pytest.fixture
def karis_phone(client_for: ClientFor, kari: Person, archive: None) -> StrictClient:
    """Kari's phone, in Bokmål."""
    return in_bokmal(client_for(kari))


def write(browser: StrictClient, source: str) -> str:
    """Save the text as the draft; where the browser is sent."""
    path = f"{ALARM}/rediger"
    response = browser.post(path, data=browser.page(path).form(path) | {"source": source})
    assert response.status_code == 303, response.text
    return str(response.headers["Location"])


def publish(browser: StrictClient, source: str, note: str = "Bedre spørsmål") -> None:
    """Write the draft and publish it."""
    assert write(browser, source) == f"{ALARM}/utkast"
    path = f"{ALARM}/publiser"
    response = browser.post(path, data=browser.page(path).form(path) | {"note": note})
    assert response.headers["Location"] == ALARM
