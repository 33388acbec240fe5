"""Kari's draft and application, and papers to send with them."""

from collections.abc import Callable

import pytest

from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal.enclosures import Enclosure, enclose
from citizen_portal.uploads import check_upload
from tests.applications.conftest import Draft, Sent
from tests.conftest import ActorFor
from tests.messages.conftest import a_pdf, a_picture


@pytest.fixture
def kari_acts(actor_for: ActorFor, kari: Person) -> Citizen:
    """Kari, logged in."""
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    return actor


@pytest.fixture
def siri_acts(actor_for: ActorFor, siri: StaffMember) -> Staff:
    """Siri, logged in."""
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    return actor


@pytest.fixture
def karis_draft(draft: Draft, kari_acts: Citizen) -> Application:
    """What Kari has filled in and not sent."""
    return draft(kari_acts)


@pytest.fixture
def karis_application(sent: Sent, kari_acts: Citizen) -> Application:
    """What Kari has sent."""
    return sent(kari_acts)


@pytest.fixture
def letter(in_ringebu: object) -> Callable[..., Enclosure]:
    """`letter()` is a PDF, checked and made ready."""
    return lambda name="legeerklæring.pdf": enclose(check_upload(a_pdf(), name), "nb")


@pytest.fixture
def photo(in_ringebu: object) -> Callable[..., Enclosure]:
    """`photo()` is a picture, checked and made ready."""
    return lambda name="dør.jpg": enclose(check_upload(a_picture(), name), "nb")
