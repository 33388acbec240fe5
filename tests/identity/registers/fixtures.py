"""The registers on loopback, and a portal that asks them."""

import json
from collections.abc import Iterator

import pytest
from joserfc.jwk import RSAKey

from citizen_portal.config import Settings
from citizen_portal.demo.people import named_citizens
from citizen_portal.identity import registers
from tests.identity.registers.fake_registers import ACCOUNT, CLIENT_ID, FakeRegisters, fake_registers, freg_person

NUMBERS = {person.key: person.national_id for person in named_citizens()}
KARI, BORGHILD, OLA = NUMBERS["kari"], NUMBERS["borghild"], NUMBERS["ola"]


@pytest.fixture(scope="session")
def register_key(settings: Settings) -> RSAKey:
    """The key that the portal proves itself with at Maskinporten."""
    return RSAKey.import_key(json.loads(settings.idporten_private_jwk.read_text()))


@pytest.fixture
def freg(register_key: RSAKey) -> Iterator[FakeRegisters]:
    """All registers, with the named citizens in Freg."""
    with fake_registers(register_key) as running:
        for person in named_citizens():
            running.people[person.national_id] = freg_person(person.name, person.birth_date)
        yield running


@pytest.fixture
def with_registers(freg: FakeRegisters, settings: Settings) -> Iterator[Settings]:
    """Settings of a portal that asks both registers; this process does."""
    configured = settings.model_copy(update=register_settings(freg, settings))
    registers.configure(configured)
    yield configured
    registers.use(None, None)


@pytest.fixture
def with_freg(freg: FakeRegisters, settings: Settings) -> Iterator[Settings]:
    """The same with the population register alone."""
    configured = settings.model_copy(update={**register_settings(freg, settings), "krr_url": None})
    registers.configure(configured)
    yield configured
    registers.use(None, None)


def register_settings(freg: FakeRegisters, settings: Settings) -> dict[str, object]:
    """What points a portal to the fakes."""
    return {
        "maskinporten_issuer": f"{freg.url}/",
        "maskinporten_client_id": CLIENT_ID,
        "maskinporten_private_jwk": settings.idporten_private_jwk,
        "krr_url": freg.url,
        "fiks_url": freg.url,
        "fiks_accounts": {"3439": ACCOUNT},
    }
