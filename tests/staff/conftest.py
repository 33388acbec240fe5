"""Kari's application for a safety alarm, as it meets home care."""

from collections.abc import Callable

import pytest

from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.identity.models import Person, StaffMember
from tests.applications.conftest import archive, draft, sent
from tests.reading import StrictClient

__all__ = ["archive", "draft", "sent"]

ActorFor = Callable[[Person | StaffMember], Citizen | Staff]
ClientFor = Callable[..., StrictClient]


@pytest.fixture
def karis_application(sent: Callable[[Citizen], Application], actor_for: ActorFor, kari: Person) -> Application:
    """What Kari sent: for her mother, with all answers."""
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    return sent(actor)


@pytest.fixture
def siris_browser(client_for: ClientFor, siri: StaffMember) -> StrictClient:
    """Siri's browser, in Bokmål."""
    browser = client_for(siri)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


@pytest.fixture
def karis_browser(client_for: ClientFor, kari: Person) -> StrictClient:
    """Kari's browser, in Bokmål."""
    browser = client_for(kari)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser
