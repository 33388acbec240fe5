"""Trust in a signed token: signature by a published key, algorithm from an allow-list, times, issuer and audience."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from citizen_portal import clock

CLOCK_SKEW_SECONDS = 10
LONGEST_TOKEN = 16_384
"""In characters."""

_UNREADABLE = (JoseError, ValueError, RecursionError)
"""What reading a hostile token raises; the last one JSON that is nested too deep."""

Claims = Mapping[str, Any]


class UntrustedToken(Exception):
    """The token must not be believed. The argument is a short code for the log."""


def trusted_claims(
    token: str,
    find_key: Callable[[str], RSAKey],
    *,
    issuers: Collection[str],
    audience: str,
    algorithms: Collection[str],
) -> Claims:
    """The claims of a token that holds.

    `find_key` gives the issuer's RSA key of a `kid`. Only RSA signature algorithms may be allowed, so that a public key
    can never serve as a shared secret, and `none` never holds. The audience must be ours alone: a token that also names
    others could be replayed by them.

    Raises:
        UntrustedToken: anything at all is wrong with it.
    """
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise UntrustedToken("form")
    algorithm, kid = _algorithm_and_kid(token)
    if algorithm not in algorithms:
        raise UntrustedToken("alg")
    try:
        claims = jwt.decode(token, find_key(kid), algorithms=[algorithm]).claims
        _check_times(claims)
    except _UNREADABLE as error:
        raise UntrustedToken(type(error).__name__) from error
    if claims.get("iss") not in issuers:
        raise UntrustedToken("iss")
    if claims.get("aud") not in (audience, [audience]):
        raise UntrustedToken("aud")
    return claims


def issuer_of(token: str) -> str:
    """The issuer that an unverified token names, only to choose whose keys to check it with. Raises UntrustedToken."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise UntrustedToken("form")
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload or b"")
    except _UNREADABLE as error:
        raise UntrustedToken("form") from error
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    if not isinstance(issuer, str):
        raise UntrustedToken("iss")
    return issuer


def _algorithm_and_kid(token: str) -> tuple[str, str]:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except _UNREADABLE as error:
        raise UntrustedToken("form") from error
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(kid, str):
        raise UntrustedToken("header")
    return algorithm, kid


def _check_times(claims: dict[str, Any]) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()), leeway=CLOCK_SKEW_SECONDS, exp={"essential": True}, iat={"essential": True}
    )
    registry.validate({name: claims[name] for name in ("exp", "iat", "nbf") if name in claims})
