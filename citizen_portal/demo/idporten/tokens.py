"""The demo provider's tokens: which it believes, and those it makes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from secrets import token_urlsafe
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.demo.idporten.config import DemoClient, DemoMachine, ProviderConfig
from citizen_portal.demo.idporten.state import IssuedCode, ProviderState
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.demo.people import DemoStaff

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_SECONDS = 120
TENANT_ID = "00000000-0000-4000-8000-000000003439"
"""The directory that the demo's staff are in."""
_MAX_ASSERTION_SECONDS = 120
_SKEW_SECONDS = 10


class Refused(Exception):
    """An OAuth error (RFC 6749 section 5.2): a code and a sentence for developers."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description


def authenticated_client(
    config: ProviderConfig, state: ProviderState, form: dict[str, str], endpoint: str
) -> DemoClient:
    """The client that a private_key_jwt assertion proves. Raises Refused."""
    client = config.client(form.get("client_id", ""))
    if client is None or form.get("client_assertion_type") != ASSERTION_TYPE:
        raise Refused("invalid_client", "unknown client, or not private_key_jwt")
    claims = _assertion_claims(form.get("client_assertion", ""), client.keys(), state, (config.issuer, endpoint))
    if not claims.get("iss") == claims.get("sub") == client.client_id:
        raise Refused("invalid_client", "iss and sub must be the client_id")
    return client


def id_token(config: ProviderConfig, client: DemoClient, code: IssuedCode) -> str:
    """The id_token for a redeemed code."""
    now = int(clock.now().timestamp())
    session = code.session
    claims: dict[str, Any] = {
        "iss": config.issuer,
        "aud": client.client_id,
        "sub": hashlib.sha256(f"{client.client_id} {session.person_key}".encode()).hexdigest()[:32],
        "amr": ["TestID"],
        "auth_time": int(session.authenticated_at.timestamp()),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": token_urlsafe(16),
        "sid": session.sid,
        "acr": session.acr,
        **_vendor_claims(code.request.parameters),
        **_person_claims(config, client, session.person_key, code.request.parameters),
    }
    if "nonce" in code.request.parameters:
        claims["nonce"] = code.request.parameters["nonce"]
    return _sign(config, claims)


def machine_token(config: ProviderConfig, state: ProviderState, assertion: str) -> dict[str, Any]:
    """The answer to Maskinporten's grant (RFC 7523): a token for one organisation and one API. Raises Refused."""
    machine = _machine(config, assertion)
    claims = _assertion_claims(assertion, [machine.public_key], state, (config.issuer,))
    scopes = str(claims.get("scope", "")).split()
    consumer = str(claims.get("consumer_org", next(iter(sorted(machine.organisation_numbers)))))
    if not scopes or not machine.scopes.issuperset(scopes) or consumer not in machine.organisation_numbers:
        raise Refused("invalid_scope", "the client does not have that scope for that organisation")
    now = int(clock.now().timestamp())
    token = {
        "iss": config.issuer,
        "client_amr": "private_key_jwt",
        "token_type": "Bearer",
        "client_id": machine.client_id,
        "scope": " ".join(scopes),
        "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{consumer}"},
        "aud": _resource(claims),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": token_urlsafe(16),
    }
    answer = {"access_token": _sign(config, token), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return answer | {"scope": " ".join(scopes)}


def hinted_claims(config: ProviderConfig, token: str) -> dict[str, Any] | None:
    """The claims of an id_token of ours, however old; None if it is not ours."""
    try:
        return jwt.decode(token, config.signing_key, algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        return None


def _vendor_claims(parameters: Mapping[str, str]) -> dict[str, str]:
    """On whose behalf a supplier asked."""
    return {"client_onbehalfof": parameters["onbehalfof"]} if "onbehalfof" in parameters else {}


def _person_claims(
    config: ProviderConfig, client: DemoClient, key: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    if client.kind == "staff":
        member = next(member for member in config.staff if member.key == key)
        return _as_ansattporten(member, parameters) if client.style == "ansattporten" else _as_entra(member)
    person = next(person for person in config.citizens if person.key == key)
    profile = {"locale": person.language, "given_name": person.given_name, "family_name": person.family_name}
    is_asked = "profile" in parameters.get("scope", "").split()
    return {"pid": person.national_id, **(profile if is_asked else {})}


def _as_entra(member: DemoStaff) -> dict[str, Any]:
    return {"oid": str(member.oid), "tid": TENANT_ID, "name": member.person.name, "roles": list(member.roles)}


def _as_ansattporten(member: DemoStaff, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Everybody may represent the municipality that she works in, with whatever resource is asked for."""
    number = DEMO_ORGANISATIONS[member.person.municipality_number]
    organisation = {"orgno": {"authority": "iso6523-actorid-upis", "ID": f"0192:{number}"}, "unit_type": "KOMM"}
    wanted = json.loads(parameters.get("authorization_details", "[]"))
    details = [entry | {"authorized_parties": [organisation]} for entry in wanted]
    return {
        "sub": str(member.oid),
        "pid": member.person.national_id,
        "acr": "high",
        "name": member.person.name,
        "authorization_details": details,
    }


def _assertion_claims(
    assertion: str, keys: Sequence[RSAKey], state: ProviderState, audiences: tuple[str, ...]
) -> dict[str, Any]:
    try:
        token = jwt.decode(assertion, _named_key(assertion, keys), algorithms=["RS256"])
        now = int(clock.now().timestamp())
        times = jwt.JWTClaimsRegistry(now=now, leeway=_SKEW_SECONDS, exp={"essential": True}, iat={"essential": True})
        times.validate(token.claims)
    except (JoseError, ValueError) as error:
        raise Refused("invalid_client", f"assertion: {type(error).__name__}") from error
    if token.claims.get("aud") not in audiences:
        raise Refused("invalid_client", "aud must be the issuer")
    if token.claims["exp"] - token.claims["iat"] > _MAX_ASSERTION_SECONDS:
        raise Refused("invalid_client", "the assertion lives too long")
    jti = token.claims.get("jti")
    if not isinstance(jti, str) or not state.used_token_ids.add_once(f"{token.header['kid']} {jti}", True):
        raise Refused("invalid_client", "jti is missing or was used before")
    return token.claims


def _named_key(assertion: str, keys: Sequence[RSAKey]) -> RSAKey:
    kid = jws.extract_compact(assertion.encode()).headers().get("kid")
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise Refused("invalid_client", "kid is not a registered one")
    return key


def _machine(config: ProviderConfig, assertion: str) -> DemoMachine:
    """The machine that an assertion claims to come from; its signature is checked next."""
    try:
        claims = json.loads(jws.extract_compact(assertion.encode()).payload or b"")
    except (JoseError, ValueError) as error:
        raise Refused("invalid_grant", "not a JWT") from error
    machine = config.machine(str(claims.get("iss", ""))) if isinstance(claims, dict) else None
    if machine is None:
        raise Refused("invalid_grant", "unknown client")
    return machine


def _resource(claims: dict[str, Any]) -> str:
    resource = claims.get("resource")
    if isinstance(resource, list) and len(resource) == 1:
        resource = resource[0]
    return resource if isinstance(resource, str) else "unspecified"


def _sign(config: ProviderConfig, claims: dict[str, Any]) -> str:
    key = config.signing_key
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])
