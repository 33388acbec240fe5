"""Production refuses to start without the registers; a half-configured register is refused everywhere."""

from typing import Any

import pytest
from pydantic import ValidationError

from citizen_portal.config import Settings

REGISTERS = {
    "maskinporten_issuer": "https://maskinporten.example/",
    "maskinporten_client_id": "portal",
    "maskinporten_private_jwk": "portal.jwk.json",
    "krr_url": "https://krr.example",
    "fiks_url": "https://fiks.example",
    "fiks_accounts": {"3439": {"role": "r", "integration_id": "i", "integration_password": "a secret of Fiks"}},
}


def made(settings: Settings, **changes: Any) -> Settings:
    """Settings that are read anew, as those of an environment are."""
    known = settings.model_dump(exclude={"database_url"}) | {"DATABASE_URL": settings.database_url}
    return Settings(**(known | changes))


def in_production(settings: Settings, **changes: Any) -> Settings:
    """Settings of a production that is safe but for the changes."""
    addresses = dict.fromkeys(("idporten_issuer", "staff_oidc_issuer"), "https://login.example")
    safe = {"environment": "production", "https": True, "maskinporten_issuers": (), **addresses, **REGISTERS}
    return made(settings, **(safe | changes))


def test_production_with_its_registers_starts(settings: Settings) -> None:
    account = in_production(settings).fiks_accounts["3439"]
    assert account.role == "r"
    assert "a secret" not in repr(account)


@pytest.mark.parametrize("name", REGISTERS)
def test_production_does_without_no_register(settings: Settings, name: str) -> None:
    missing: object = {} if name == "fiks_accounts" else None
    with pytest.raises(ValidationError, match=f"PORTAL_{name.upper()} is missing"):
        in_production(settings, **{name: missing})


@pytest.mark.parametrize("name", ["maskinporten_issuer", "krr_url", "fiks_url"])
def test_production_asks_no_register_in_the_open(settings: Settings, name: str) -> None:
    with pytest.raises(ValidationError, match=f"PORTAL_{name.upper()} is not https"):
        in_production(settings, **{name: "http://register.example"})


def test_a_register_without_a_way_to_its_token_is_refused_in_the_demo_too(settings: Settings) -> None:
    with pytest.raises(ValidationError, match="PORTAL_MASKINPORTEN_CLIENT_ID is missing"):
        made(settings, **(REGISTERS | {"maskinporten_client_id": None}))
    with pytest.raises(ValidationError, match="PORTAL_FIKS_ACCOUNTS is missing"):
        made(settings, **(REGISTERS | {"fiks_accounts": {}}))
    assert made(settings).krr_url is None
