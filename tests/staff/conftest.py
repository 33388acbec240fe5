"""Kari's application for a safety alarm, as it meets home care."""

from collections.abc import Callable, Collection

import pytest

from citizen_portal import db
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Role, Staff
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
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


Colleague = Callable[..., StaffMember]


@pytest.fixture
def colleague(siri: StaffMember) -> Colleague:
    """`colleague("Turid Dahl", unit=schools, roles=(…))` is somebody else employed in Ringebu."""

    def employ(
        name: str = "Turid Dahl", *, unit: Unit | None = None, roles: Collection[Role] = (Role.CASEWORKER,)
    ) -> StaffMember:
        with db.transaction() as session:
            return identity.employ(
                session,
                issuer=siri.issuer,
                subject=name,
                name=name,
                title="Saksbehandler",
                unit_id=unit.id if unit else siri.unit_id,
                roles=roles,
            )

    return employ


@pytest.fixture
def schools(in_ringebu: Municipality) -> Unit:
    """Ringebu's schools: a unit that has nothing to do with home care."""
    with db.transaction() as session:
        return tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
