"""The population register's client, through Fiks (KS): one person at a time, and only the parts that we need.

Source: KS, "Fiks folkeregister"; Skatteetaten, "Dataminimering". The person's number stands in the path, because the
API wants it there: see `http` for how it is kept out of every log.
"""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from citizen_portal.config import FiksAccount
from citizen_portal.identity.national_id import NationalId
from citizen_portal.identity.registers.errors import PersonNotFound, RegisterRefused, UnclearAnswer
from citizen_portal.identity.registers.freg_person import person_in
from citizen_portal.identity.registers.freg_relations import relations_in
from citizen_portal.identity.registers.http import Deadline, ask, demand_success
from citizen_portal.identity.registers.maskinporten_client import Grant, MaskinportenClient
from citizen_portal.identity.registers.port import RegisteredPerson, Relations
from citizen_portal.tenancy.models import Municipality

SCOPE: Final = "ks:fiks"
PERSON_PARTS: Final = ("navn", "foedsel", "bostedsadresse", "postadresse", "adressebeskyttelse", "status", "doedsfall")
"""Birth, because a number tells no age from 2032 on; addresses, because each carries a grading of its own."""
RELATION_PARTS: Final = ("foreldreansvar", "familierelasjon", "vergemaalEllerFremtidsfullmakt")


class FregClient:
    """Asks the population register in the role of each municipality. Threads may share it."""

    def __init__(
        self, url: str, accounts: Mapping[str, FiksAccount], tokens: MaskinportenClient, http: httpx.Client
    ) -> None:
        self._url = url.rstrip("/")
        self._accounts = accounts
        self._tokens = tokens
        self._http = http

    def person(self, municipality: Municipality, national_id: str, deadline: Deadline) -> RegisteredPerson:
        """Name, birth, death, protection and address. Raises RegisterError."""
        return person_in(self._document(municipality, national_id, PERSON_PARTS, deadline))

    def relations(self, municipality: Municipality, national_id: str, deadline: Deadline) -> Relations:
        """Parents, children, who answers for them, and guardians. Raises RegisterError."""
        return relations_in(self._document(municipality, national_id, RELATION_PARTS, deadline))

    def _document(
        self, municipality: Municipality, national_id: str, parts: tuple[str, ...], deadline: Deadline
    ) -> Mapping[str, Any]:
        account = self._accounts.get(municipality.number)
        if account is None:
            raise RegisterRefused("no Fiks account")
        number = NationalId.parse(national_id).value
        headers = self._tokens.authorization(Grant(SCOPE), deadline) | {
            "IntegrasjonId": account.integration_id,
            "IntegrasjonPassord": account.integration_password.get_secret_value(),
        }
        url = f"{self._url}/folkeregister/api/v1/{account.role}/v1/personer/{number}"
        answer = ask(self._http, "GET", url, deadline, params={"part": list(parts)}, headers=headers)
        if answer.status == 404:
            raise PersonNotFound("Freg")
        document = demand_success(answer, "Freg")
        if not _is_about(document, number):
            raise UnclearAnswer("Freg answered about somebody else")
        return document


def _is_about(document: Mapping[str, Any], number: str) -> bool:
    """Whether the answer is about whom we asked for; it names her among her numbers, when it gives any."""
    numbers = document.get("identifikasjonsnummer")
    if not isinstance(numbers, list):
        return True
    return any(isinstance(entry, dict) and entry.get("foedselsEllerDNummer") == number for entry in numbers)
