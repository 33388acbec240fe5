"""The contact register's client: `POST /rest/v2/personer` with a Maskinporten token (Digdir, "oppslagstjenesten")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import httpx

from citizen_portal.clock import OSLO
from citizen_portal.identity.registers.errors import RegisterUnavailable
from citizen_portal.identity.registers.http import Deadline, ask, demand_success
from citizen_portal.identity.registers.maskinporten_client import Grant, MaskinportenClient
from citizen_portal.identity.registers.port import Channel, Contact
from citizen_portal.tenancy.models import Municipality

MOST_PEOPLE: Final = 1000
SCOPE: Final = "krr:global/kontaktinformasjon.read"
DELEGATED_SCOPE: Final = "krr:global/kontaktinfo.read"
"""For a supplier that a municipality has delegated to in Altinn."""


class KrrClient:
    """Asks the contact register. Threads may share it."""

    def __init__(self, url: str, tokens: MaskinportenClient, http: httpx.Client, *, is_delegated: bool) -> None:
        self._url = f"{url.rstrip('/')}/rest/v2/personer"
        self._tokens = tokens
        self._http = http
        self._is_delegated = is_delegated

    def contacts(
        self, municipality: Municipality, national_ids: Sequence[str], deadline: Deadline
    ) -> Mapping[str, Contact]:
        """By national id; whom the register has nothing of is not among them. Raises RegisterError."""
        grant = Grant(DELEGATED_SCOPE, municipality.organisation_number) if self._is_delegated else Grant(SCOPE)
        found: dict[str, Contact] = {}
        wanted = list(dict.fromkeys(national_ids))
        for start in range(0, len(wanted), MOST_PEOPLE):
            some = wanted[start : start + MOST_PEOPLE]
            headers = self._tokens.authorization(grant, deadline)
            body = {"personidentifikatorer": some}
            answer = ask(self._http, "POST", self._url, deadline, json=body, headers=headers)
            found |= contacts_in(demand_success(answer, "KRR"), some)
        return found


def contacts_in(document: Mapping[str, Any], asked: Sequence[str]) -> dict[str, Contact]:
    """The people of an answer, as far as they were asked for. Raises RegisterUnavailable when it is something else."""
    people = document.get("personer")
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise RegisterUnavailable("KRR personer")
    known = {_text(person, "personidentifikator"): person for person in people}
    return {national_id: _contact(known[national_id]) for national_id in asked if national_id in known}


def _contact(person: Mapping[str, Any]) -> Contact:
    details = person.get("kontaktinformasjon")
    details = details if isinstance(details, dict) else {}
    return Contact(
        reservation=_text(person, "reservasjon"),
        status=_text(person, "status"),
        notification_status=_text(person, "varslingsstatus"),
        email=_channel(details, "epostadresse"),
        mobile=_channel(details, "mobiltelefonnummer"),
        language=_text(person, "spraak") or None,
    )


def _channel(details: Mapping[str, Any], name: str) -> Channel | None:
    address = _text(details, name).strip()
    if not address:
        return None
    return Channel(address, _instant(details, f"{name}_oppdatert"), _instant(details, f"{name}_sist_verifisert"))


def _instant(details: Mapping[str, Any], name: str) -> datetime | None:
    """Their times end in `Z`, `+02:00` or `+02`; one without an offset is read as Norwegian, junk as none."""
    try:
        instant = datetime.fromisoformat(_text(details, name))
        return (instant if instant.tzinfo else instant.replace(tzinfo=OSLO)).astimezone(OSLO)
    except (ValueError, OverflowError):
        return None


def _text(values: Mapping[str, Any], name: str) -> str:
    """A text that can be stored and sent; anything else is none."""
    value = values.get(name)
    return value if isinstance(value, str) and value.isprintable() else ""
