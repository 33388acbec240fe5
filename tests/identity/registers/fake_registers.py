"""Maskinporten, KRR and Freg on loopback, speaking their JSON; a test can make each of them lie, fail or sleep."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.config import FiksAccount

CLIENT_ID = "portal-registers"
ROLE, INTEGRATION, PASSWORD = "ringebu-innbygger", "0d4c2b5e-integration", "a password that Fiks gave"
ACCOUNT = FiksAccount(role=ROLE, integration_id=INTEGRATION, integration_password=PASSWORD)
FREG, KRR, TOKEN, METADATA = "/folkeregister/", "/rest/", "/token", "/.well-known/"


@dataclass
class Canned:
    """What is answered instead of the truth."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    sleep: float = 0


def error(status: int, **fields: Any) -> Canned:
    """An error as Fiks writes it, path and all."""
    path = "/folkeregister/api/v1/x/v1/personer/12847827619"
    document = {"timestamp": 1637218198035, "status": status, "errorId": "5f0e5a3c-1c50-4d0b", "path": path, **fields}
    return Canned(status, json.dumps(document).encode())


def freg_person(name: str, birth_date: date | None = None, **parts: Any) -> dict[str, Any]:
    """Somebody in Freg who lives in Ringebu, with a former name and address beside."""
    given, _, family = name.rpartition(" ")
    return {
        "navn": [
            {"fornavn": "Tidligere", "etternavn": "Navn", "erGjeldende": False},
            {"fornavn": given, "etternavn": family, "erGjeldende": True},
        ],
        "foedsel": [{"foedselsdato": birth_date.isoformat(), "erGjeldende": True}] if birth_date else [],
        "bostedsadresse": [
            {"erGjeldende": False, "adressegradering": "fortrolig", "vegadresse": {"adressenavn": "Gamlevegen"}},
            address(),
        ],
        "adressebeskyttelse": [],
        "status": [{"status": "bosatt", "erGjeldende": True}],
        **parts,
    }


def address(grade: str | None = "ugradert", street: str = "Testveien") -> dict[str, Any]:
    """An address in Ringebu with a grading."""
    graded = {} if grade is None else {"adressegradering": grade}
    return {
        "erGjeldende": True,
        **graded,
        "vegadresse": {
            "adressenavn": street,
            "adressenummer": {"husnummer": "1", "husbokstav": "B"},
            "kommunenummer": "3439",
            "poststed": {"postnummer": "2630", "poststedsnavn": "RINGEBU"},
        },
    }


class FakeRegisters:
    """All three behind one address. `people` and `relations` are Freg's parts by number, `contacts` KRR's."""

    def __init__(self, key: RSAKey) -> None:
        self.key = key
        self.people: dict[str, dict[str, Any]] = {}
        self.relations: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Canned] = {}
        self.about: dict[str, Canned] = {}
        self.requests: list[str] = []
        self.assertions: list[dict[str, Any]] = []
        self.bodies: list[Any] = []
        self.url = ""

    def count(self, prefix: str) -> int:
        """How many calls went there."""
        return sum(path.startswith(prefix) for path in self.requests)

    def child(self, number: str, name: str, birth_date: date, mother: str, father: str, ansvar: str = "felles") -> None:
        """A child of two parents, on all three records."""
        self.people[number] = freg_person(name, birth_date)
        roles = {mother: "mor", father: "far"}
        self.relations[number] = {
            "familierelasjon": [
                {"relatertPerson": parent, "relatertPersonsRolle": role, "erGjeldende": True}
                for parent, role in roles.items()
            ],
            "foreldreansvar": [
                {"ansvar": ansvar, "ansvarlig": parent, "erGjeldende": True}
                for parent, role in roles.items()
                if ansvar in ("felles", role)
            ],
        }
        for parent, role in roles.items():
            self.relations.setdefault(parent, {}).setdefault("familierelasjon", []).append(
                {
                    "relatertPerson": number,
                    "relatertPersonsRolle": "barn",
                    "minRolleForPerson": role,
                    "erGjeldende": True,
                }
            )

    def guardian(self, ward: str, guardian: str, *tasks: tuple[str, str], kind: str = "voksen") -> None:
        """A guardian on the ward's record."""
        areas = [{"vergeTjenestevirksomhet": agency, "vergeTjenesteoppgave": task} for agency, task in tasks]
        self.relations.setdefault(ward, {}).setdefault("vergemaalEllerFremtidsfullmakt", []).append(
            {
                "vergemaaltype": kind,
                "embete": "statsforvalterenIInnlandet",
                "erGjeldende": True,
                "verge": {"foedselsEllerDNummer": guardian, "tjenesteomraade": areas},
            }
        )

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Canned:
        """What to answer a call."""
        parts = urlsplit(path)
        self.requests.append(parts.path)
        canned = next((answer for prefix, answer in self.answers.items() if parts.path.startswith(prefix)), None)
        if canned is not None:
            return canned
        if parts.path.startswith(METADATA):
            return _json({"issuer": f"{self.url}/", "token_endpoint": f"{self.url}/token", "jwks_uri": self.url})
        if parts.path == TOKEN:
            return self._token(body)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self._issued:
            return error(401, message="Klarte ikke å validere access_token")
        if parts.path.startswith(KRR) and method == "POST":
            return self._krr(json.loads(body))
        return self._freg(parts.path, parse_qs(parts.query), headers)

    @property
    def _issued(self) -> set[str]:
        return {f"token-{number}" for number in range(1, len(self.assertions) + 1)}

    def _token(self, body: bytes) -> Canned:
        form = parse_qs(body.decode())
        token = jwt.decode(form["assertion"][0], self.key, algorithms=["RS256"])
        claims = token.claims
        times = jwt.JWTClaimsRegistry(now=int(clock.now().timestamp()), leeway=10)
        times.validate({name: claims[name] for name in ("iat", "exp")})
        used = {earlier["jti"] for earlier in self.assertions}
        is_right = (
            form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
            and token.header == {"typ": "JWT", "alg": "RS256", "kid": self.key.kid}
            and claims["aud"] == f"{self.url}/"
            and claims["iss"] == CLIENT_ID
            and claims["exp"] - claims["iat"] <= 120
            and claims["jti"] not in used
        )
        if not is_right:
            return _json({"error": "invalid_grant", "error_description": "… (MP-110)"}, 400)
        self.assertions.append(claims)
        return _json({"access_token": f"token-{len(self.assertions)}", "token_type": "Bearer", "expires_in": 119})

    def _krr(self, document: Any) -> Canned:
        self.bodies.append(document)
        asked = document["personidentifikatorer"]
        return _json({"personer": [self.contacts[number] for number in asked if number in self.contacts]})

    def _freg(self, path: str, query: dict[str, list[str]], headers: dict[str, str]) -> Canned:
        prefix, _, number = path.rpartition("/")
        if headers.get("integrasjonid") != INTEGRATION or headers.get("integrasjonpassord") != PASSWORD:
            return error(401, message="Autentisering feilet for integrasjon")
        if prefix != f"/folkeregister/api/v1/{ROLE}/v1/personer" or not query.get("part"):
            return error(403)
        if number in self.about:
            return self.about[number]
        everything = {**self.people.get(number, {}), **self.relations.get(number, {})}
        if not everything:
            return error(404)
        numbers = {"identifikasjonsnummer": [{"foedselsEllerDNummer": number, "erGjeldende": True}]}
        return _json(numbers | {part: everything[part] for part in query["part"] if part in everything})


def _json(document: Any, status: int = 200) -> Canned:
    return Canned(status, json.dumps(document).encode(), {"Content-Type": "application/json;charset=UTF-8"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    registers: FakeRegisters


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.registers.answer(self.command, self.path, headers, self.rfile.read(length))
        time.sleep(answer.sleep)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = _handle  # noqa: N815  named by http.server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def fake_registers(key: RSAKey) -> Iterator[FakeRegisters]:
    """Run them for the block."""
    registers = FakeRegisters(key)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.registers = registers
    registers.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield registers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
