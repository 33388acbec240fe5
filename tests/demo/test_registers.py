"""The demo's registers answer our real clients over real HTTP, as the real ones do."""

import json
from collections.abc import Iterator

import httpx
import pytest

from citizen_portal import clock
from citizen_portal.config import FiksAccount, Settings
from citizen_portal.demo import idporten
from citizen_portal.demo.people import all_citizens, named_citizens
from citizen_portal.demo.registers.accounts import REGISTERS_CLIENT, accounts_setting
from citizen_portal.demo.registers.population import families
from citizen_portal.identity import registers
from citizen_portal.identity.models import Protection
from citizen_portal.identity.registers.errors import PersonNotFound, RegisterRefused
from citizen_portal.identity.registers.http import Deadline
from citizen_portal.identity.registers.judgement import judge
from citizen_portal.identity.registers.port import ContactRegister, PopulationRegister
from citizen_portal.tenancy.models import Municipality
from tests.login import RunningProvider

RINGEBU = Municipality(id=1, number="3439", organisation_number="940837685")
KARI = named_citizens()[0].national_id


@pytest.fixture
def asked(provider: RunningProvider, settings: Settings) -> Iterator[tuple[PopulationRegister, ContactRegister]]:
    """The registers as the demo's portal asks them."""
    registers.configure(_settings(provider, settings))
    population, contacts = registers.population_register(), registers.contact_register()
    assert population is not None
    assert contacts is not None
    yield population, contacts
    registers.use(None, None)


def _settings(provider: RunningProvider, settings: Settings) -> Settings:
    issuer = provider.config.issuer
    accounts = {number: FiksAccount(**account) for number, account in json.loads(accounts_setting()).items()}
    return settings.model_copy(
        update={
            "maskinporten_issuer": issuer,
            "maskinporten_client_id": REGISTERS_CLIENT,
            "maskinporten_private_jwk": idporten.config.demo_key_path(settings.instance, "registers"),
            "krr_url": issuer,
            "fiks_url": issuer,
            "fiks_accounts": accounts,
        }
    )


def test_kari_lives_in_ringebu_and_has_a_child_of_nine(asked: tuple[PopulationRegister, ContactRegister]) -> None:
    population, _ = asked
    kari = population.person(RINGEBU, KARI, Deadline(5))
    assert kari.address is not None
    assert (kari.name, kari.protection, kari.address.place) == ("Kari Moen", Protection.NONE, "RINGEBU")
    [number] = population.relations(RINGEBU, KARI, Deadline(5)).children
    assert population.person(RINGEBU, number, Deadline(5)).name == "Emma Moen"


def test_one_is_protected_and_nothing_that_can_be_chosen_says_who(
    asked: tuple[PopulationRegister, ContactRegister],
) -> None:
    population, _ = asked
    known = families().protected
    person = population.person(RINGEBU, known.national_id, Deadline(5))
    assert (person.protection, person.address) == (Protection.STRICTLY_CONFIDENTIAL, None)
    assert known.role == ""


def test_an_old_man_has_a_guardian(asked: tuple[PopulationRegister, ContactRegister]) -> None:
    population, _ = asked
    [found] = population.relations(RINGEBU, families().ward.national_id, Deadline(5)).guardianships
    assert found.guardian == families().guardian.national_id


def test_most_can_be_told_and_some_cannot(asked: tuple[PopulationRegister, ContactRegister]) -> None:
    _, contacts = asked
    numbers = [person.national_id for person in all_citizens()]
    found = contacts.contacts(RINGEBU, numbers, Deadline(5))
    reasons = [judge(found[number], clock.today()).reason for number in numbers]
    assert reasons.count(None) > len(numbers) / 2
    assert {"reserved", "expired"} <= {str(reason) for reason in reasons}
    assert judge(found[KARI], clock.today()).email == "kari@example.org"


def test_strangers_are_refused_and_the_unknown_are_not_found(
    asked: tuple[PopulationRegister, ContactRegister], provider: RunningProvider, settings: Settings
) -> None:
    population, _ = asked
    with pytest.raises(PersonNotFound):
        population.person(RINGEBU, "13527248013", Deadline(5))
    issuer = provider.config.issuer
    path = f"{issuer}/folkeregister/api/v1/demo-3439/v1/personer/{KARI}"
    for url, method in ((path, httpx.get), (f"{issuer}/rest/v2/personer", httpx.post)):
        for token in ("", "Bearer junk", f"Bearer {'e30.' * 3}"):
            assert method(url, headers={"Authorization": token}).status_code == 401
    wrong = _settings(provider, settings)
    account = wrong.fiks_accounts["3439"].model_copy(update={"integration_id": "somebody-else"})
    registers.configure(wrong.model_copy(update={"fiks_accounts": {"3439": account}}))
    refused = registers.population_register()
    assert refused is not None
    with pytest.raises(RegisterRefused):
        refused.person(RINGEBU, KARI, Deadline(5))
