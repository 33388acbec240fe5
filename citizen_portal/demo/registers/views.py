"""The demo's registers as the real ones answer: KRR's look-up, and Freg through Fiks with a role and an integration."""

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.errors import JoseError

from citizen_portal import clock
from citizen_portal.db import new_id
from citizen_portal.demo.registers.accounts import FIKS_SCOPE, KRR_SCOPE, password_of
from citizen_portal.demo.registers.population import everybody, freg_document, krr_person

if TYPE_CHECKING:
    from citizen_portal.demo.idporten.config import ProviderConfig

bp = Blueprint("registers", __name__)

MOST_PEOPLE: Final = 1000


@bp.post("/rest/v2/personer")
def contacts() -> ResponseReturnValue:
    """The contact register."""
    if KRR_SCOPE not in _scopes():
        return jsonify(error="invalid_token"), 401
    body = request.get_json(silent=True)
    numbers = body.get("personidentifikatorer") if isinstance(body, dict) else None
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= MOST_PEOPLE:
        return jsonify(error="bad_request"), 400
    known = everybody()
    return jsonify(personer=[krr_person(known[number]) for number in map(str, numbers) if number in known])


@bp.get("/folkeregister/api/v1/<role>/v1/personer/<number>")
def person(role: str, number: str) -> ResponseReturnValue:
    """The population register: the parts that were asked for, and the person's number, as it always gives."""
    if FIKS_SCOPE not in _scopes():
        return _fiks_error(401, "Klarte ikke å validere access_token")
    if request.headers.get("IntegrasjonPassord") != password_of(role, request.headers.get("IntegrasjonId", "")):
        return _fiks_error(401, "Autentisering feilet for integrasjon")
    parts = request.args.getlist("part")
    found = everybody().get(number)
    if not parts:
        return _fiks_error(403, "Ikke tilgang til alle deler")
    if found is None:
        return _fiks_error(404, "Fant ikke personen")
    return jsonify(_minimised(freg_document(found), parts))


def _minimised(document: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    return {name: document[name] for name in ("identifikasjonsnummer", *parts) if name in document}


def _fiks_error(status: int, message: str) -> tuple[Response, int]:
    moment = int(clock.now().timestamp() * 1000)
    return jsonify(timestamp=moment, status=status, errorId=str(new_id()), path=request.path, message=message), status


def _scopes() -> frozenset[str]:
    """The scopes of a token that our own Maskinporten gave and that still holds."""
    config: ProviderConfig = current_app.extensions["provider"][0]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, config.signing_key, algorithms=["RS256"]).claims
        jwt.JWTClaimsRegistry(now=int(clock.now().timestamp()), exp={"essential": True}).validate(claims)
    except (JoseError, ValueError):
        return frozenset()
    return frozenset(str(claims.get("scope", "")).split())
