"""Kari's data in Ringebu, those who read it, and the auditor."""

from collections.abc import Callable

import pytest

from citizen_portal import db
from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.audit.service import record
from citizen_portal.auth.actor import Actor, Role
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
from tests.reading import StrictClient
from tests.staff.conftest import archive, draft, karis_application, karis_browser, sent, siris_browser

__all__ = ["archive", "draft", "karis_application", "karis_browser", "sent", "siris_browser"]

LOG, REPORT = "/min-side/hvem-har-sett", "/ansatt/innsyn-oppfolging"
Reads = Callable[..., None]
Employed = Callable[..., StaffMember]


@pytest.fixture
def employed(home_care: Unit) -> Employed:
    """`employed("Turid Dahl", Role.CASEWORKER)`: somebody works in home care, or in the unit that is given."""

    def make(name: str, *roles: Role, unit: Unit = home_care, person: Person | None = None) -> StaffMember:
        with db.transaction() as session:
            return identity.employ(
                session,
                issuer="http://127.0.0.1:9/staff",
                subject=name,
                name=name,
                title="Ansatt",
                unit_id=unit.id,
                roles=roles,
                person_id=person and person.id,
            )

    return make


@pytest.fixture
def schools(in_ringebu: Municipality) -> Unit:
    """Another unit."""
    with db.transaction() as session:
        return tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")


@pytest.fixture
def reads(in_ringebu: Municipality) -> Reads:
    """`reads(actor, kari)`: an event in the log, as the pages leave them."""

    def read(
        actor: Actor,
        whom: Person,
        tag: EventTag = EventTag.APPLICATION_READ,
        purpose: Purpose | None = Purpose.CASE_HANDLING,
        reason: str | None = None,
        **details: object,
    ) -> None:
        with db.transaction() as session:
            record(session, actor, tag, about_person_id=whom.id, purpose=purpose, reason=reason, **details)

    return read


@pytest.fixture
def grethe(employed: Employed) -> StaffMember:
    """Grethe Vik, the auditor."""
    return employed("Grethe Vik", Role.AUDITOR)


@pytest.fixture
def grethes_browser(client_for: Callable[..., StrictClient], grethe: StaffMember) -> StrictClient:
    """Grethe's browser, in Bokmål."""
    browser = client_for(grethe)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser
