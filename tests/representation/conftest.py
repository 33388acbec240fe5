"""Kari, her mother Borghild and her child Nora, with an archive and something in every area."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest

from citizen_portal import clock, db
from citizen_portal.auth.actor import Citizen, Staff, System
from citizen_portal.demo.people import synthetic_national_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person, Representation, StaffMember
from citizen_portal.journal import service as journal
from citizen_portal.journal.models import CaseFile
from citizen_portal.tenancy.models import Municipality, Unit
from tests.applications.conftest import archive, draft, sent
from tests.messages.conftest import SCREENING
from tests.reading import StrictClient

__all__ = ["archive", "draft", "sent"]

ActorFor = Callable[..., Citizen | Staff]
Acts = Callable[..., Representation]
CaseAbout = Callable[..., CaseFile]
Browser = Callable[..., StrictClient]
LogIn = Callable[..., str]


def born(name: str, birth_date: date | None, seed: int) -> Person:
    """Somebody whom Ringebu knows by a synthetic number; without `birth_date` the register has not told us."""
    number = synthetic_national_id(birth_date or date(1990, 5, 17), is_woman=True, randomness=Random(seed))  # noqa: S311  numbers of nobody
    with db.transaction() as session:
        return identity.register_person(session, national_id=number, name=name, birth_date=birth_date)


@pytest.fixture
def nora(in_ringebu: Municipality) -> Person:
    """Nora Moen, Kari's child of ten."""
    return born("Nora Moen", clock.today() - timedelta(days=10 * 366), 7)


@pytest.fixture
def acts(the_system: System) -> Acts:
    """`acts(kari, borghild, {Area.HEALTH})`: the first may act for the second."""

    def register(
        who: Person, whom: Person, areas: set[Area] | None = None, *, case: CaseFile | None = None,
        basis: Basis = Basis.POWER_OF_ATTORNEY, until: date | None = None,
    ) -> Representation:  # fmt: skip
        with db.transaction() as session:
            made = identity.register_representation(
                session,
                the_system,
                principal=whom,
                representative=who,
                basis=basis,
                areas=areas or set(),
                case_file_id=case and case.id,
                valid_to_date=until,
            )
            made.confirmed_at = clock.now()
            return made

    return register


@pytest.fixture
def case_about(archive: None, the_system: System, home_care: Unit) -> CaseAbout:
    """`case_about(borghild, Area.HEALTH)` opens a case of hers in home care."""

    def open_case(person: Person, area: Area = Area.HEALTH) -> CaseFile:
        with db.transaction() as session:
            return journal.open_case_file(
                session,
                the_system,
                title=f"Sak om {area.value} – {person.name}",
                public_title="Sak – *****",
                unit_id=home_care.id,
                responsible_name="Siri Haugen",
                classification_code="H12",
                screening=SCREENING,
                citizen_id=person.id,
                area=area,
            )

    return open_case


@pytest.fixture
def browser(client_for: Callable[..., StrictClient]) -> Browser:
    """`browser(kari)`: somebody's browser, in Bokmål."""

    def begin(who: Person | StaffMember, **options: object) -> StrictClient:
        client = client_for(who, **options)
        client.set_cookie("language", "nb", domain="ringebu.localhost")
        return client

    return begin


def switch(client: StrictClient, person: Person | None) -> None:
    """Choose whom to see for, or oneself."""
    answer = client.send(
        "/min-side/bytt", {"person": str(person.id) if person else ""}, of="/min-side", action="/min-side/bytt"
    )
    assert answer.status_code == 303, answer.text
