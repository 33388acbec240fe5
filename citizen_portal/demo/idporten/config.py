"""Who the demo provider knows: clients, machines and people; and the keys that it and they sign with."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from joserfc.jwk import RSAKey

from citizen_portal.config import Settings, demand_demo
from citizen_portal.demo import people
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.demo.registers.accounts import FIKS_SCOPE, KRR_SCOPE, REGISTERS_CLIENT
from citizen_portal.identity.client_keys import KeyFile, read_keys

CITIZEN_CALLBACK, STAFF_CALLBACK = "/logg-inn/svar", "/ansatt/logg-inn/svar"
LOGGED_OUT, FRONTCHANNEL_LOGOUT = "/logget-ut", "/logg-ut/fra-id-porten"
CARE_RECORD_CLIENT = "demo-care-record"
VISITS_SCOPE = "portal:visits.write"


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A website that people log in to. Its callbacks are `callback_path` on each of `origins`."""

    client_id: str
    keys: Callable[[], Sequence[RSAKey]] = field(repr=False)
    """Its registered keys; a rotation is seen at once, as where a provider fetches them."""
    kind: Literal["citizen", "staff"]
    origins: tuple[str, ...]
    callback_path: str
    logged_out_path: str = LOGGED_OUT
    frontchannel_path: str = FRONTCHANNEL_LOGOUT
    style: Literal["entra", "ansattporten"] = "entra"
    """As which staff provider it answers staff."""

    def allows_redirect(self, uri: str) -> bool:
        """Whether the redirect URI is registered, compared whole."""
        return uri in {origin + self.callback_path for origin in self.origins}

    def allows_return(self, uri: str) -> bool:
        """Whether a browser may be sent there after logout."""
        return uri in {origin + self.logged_out_path for origin in self.origins}


@dataclass(frozen=True, slots=True)
class DemoMachine:
    """A system that asks for Maskinporten tokens on behalf of organisations."""

    client_id: str
    public_key: RSAKey = field(repr=False)
    organisation_numbers: frozenset[str]
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One provider. `issuer` is its address as browsers and the portal reach it."""

    issuer: str
    signing_key: RSAKey = field(repr=False)
    clients: tuple[DemoClient, ...]
    machines: tuple[DemoMachine, ...] = ()
    citizens: tuple[people.DemoPerson, ...] = ()
    staff: tuple[people.DemoStaff, ...] = ()

    def client(self, client_id: str) -> DemoClient | None:
        """The client with that id."""
        return next((client for client in self.clients if client.client_id == client_id), None)

    def machine(self, client_id: str) -> DemoMachine | None:
        """The machine with that id."""
        return next((machine for machine in self.machines if machine.client_id == client_id), None)


def demo_key(instance: Path, name: str) -> RSAKey:
    """The private key `name` under `instance`, made at first use and readable by its owner alone."""
    path = demo_key_path(instance, name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(key.as_dict(private=True), file)
        fresh.replace(path)
    return read_keys(path)[0]


def demo_key_path(instance: Path, name: str) -> Path:
    """Where that key lies: `provider`, `citizen-client`, `staff-client`, `care-record` or `registers`."""
    return instance / "demo-keys" / f"{name}.jwk.json"


def demo_provider_config(settings: Settings, issuer: str, origins: Sequence[str]) -> ProviderConfig:
    """The demo's provider for a portal that answers on `origins` (`http://ringebu.localhost:8000`, …).

    Raises:
        ConfigurationError: in production.
    """
    demand_demo(settings)

    def keys(name: str) -> Callable[[], Sequence[RSAKey]]:
        demo_key(settings.instance, name)
        file = KeyFile(name, demo_key_path(settings.instance, name))
        return lambda: [RSAKey.import_key(jwk) for jwk in file.published()]

    citizen = DemoClient(
        settings.idporten_client_id, keys("citizen-client"), "citizen", tuple(origins), CITIZEN_CALLBACK
    )
    staff = DemoClient(
        settings.staff_oidc_client_id,
        keys("staff-client"),
        "staff",
        tuple(origins),
        STAFF_CALLBACK,
        style=settings.staff_provider,
    )
    return ProviderConfig(
        issuer=issuer,
        signing_key=demo_key(settings.instance, "provider"),
        clients=(citizen, staff),
        machines=_machines(settings),
        citizens=people.all_citizens(),
        staff=people.named_staff(),
    )


def _machines(settings: Settings) -> tuple[DemoMachine, ...]:
    """The care record system that pushes visits, and the portal itself when it asks the registers."""

    def public(name: str) -> RSAKey:
        return RSAKey.import_key(demo_key(settings.instance, name).as_dict(private=False))

    municipalities = frozenset(DEMO_ORGANISATIONS.values())
    return (
        DemoMachine(CARE_RECORD_CLIENT, public("care-record"), municipalities, frozenset({VISITS_SCOPE})),
        DemoMachine(REGISTERS_CLIENT, public("registers"), municipalities, frozenset({FIKS_SCOPE, KRR_SCOPE})),
    )
