"""We as a client of Maskinporten: a token for each scope by a signed assertion (RFC 7523), kept while it holds.

Source: Digdir, "Maskinporten: JWT grant" and its list of errors (MP-codes).
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from typing import Any, Final

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.identity.provider import METADATA_LIFETIME, is_safe_url
from citizen_portal.identity.registers.errors import RegisterRefused, RegisterUnavailable
from citizen_portal.identity.registers.http import Answer, Deadline, ask

logger = logging.getLogger(__name__)

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_SECONDS: Final = 100
"""Maskinporten takes 120 at most; the rest is for clocks that differ."""
_SPARE = timedelta(seconds=10)
"""A token is renewed so long before it ends, to hold while a call is on its way."""
_MP_CODE = re.compile(r"MP-[0-9]{3}")
_ERROR = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is asked for; the organisation is whom a delegation in Altinn comes from."""

    scope: str
    consumer_org: str | None = None
    resource: str | None = None


class MaskinportenClient:
    """Gets tokens and keeps them. Threads may share it: while one asks, the others wait for the same token."""

    def __init__(self, issuer: str, client_id: str, signing_key: Callable[[], RSAKey], http: httpx.Client) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._signing_key = signing_key
        self._http = http
        self._lock = Lock()
        self._tokens: dict[Grant, tuple[str, datetime]] = {}
        self._endpoint: tuple[str, datetime] | None = None

    def token(self, grant: Grant, deadline: Deadline) -> str:
        """A token that holds for ten seconds more at least. Raises RegisterUnavailable or RegisterRefused."""
        if not self._lock.acquire(timeout=deadline.seconds_left):
            raise RegisterUnavailable("maskinporten busy")
        try:
            token, ends_at = self._tokens.get(grant, ("", clock.now()))
            if ends_at - _SPARE <= clock.now():
                token, ends_at = self._fetch(grant, deadline)
                self._tokens[grant] = token, ends_at
            return token
        finally:
            self._lock.release()

    def authorization(self, grant: Grant, deadline: Deadline) -> dict[str, str]:
        """The header that carries the token."""
        return {"Authorization": f"Bearer {self.token(grant, deadline)}"}

    def _fetch(self, grant: Grant, deadline: Deadline) -> tuple[str, datetime]:
        form = {"grant_type": _GRANT, "assertion": self._assertion(grant)}
        asked_at = clock.now()
        answer = ask(self._http, "POST", self._token_endpoint(deadline), deadline, data=form)
        if answer.status != 200:
            raise _refusal(answer)
        token, seconds = answer.document.get("access_token"), answer.document.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or isinstance(seconds, bool):
            raise RegisterUnavailable("maskinporten token")
        if not isinstance(seconds, int) or not 0 < seconds <= 86_400:
            raise RegisterUnavailable("maskinporten expires_in")
        return token, asked_at + timedelta(seconds=seconds)

    def _token_endpoint(self, deadline: Deadline) -> str:
        if self._endpoint is None or self._endpoint[1] <= clock.now():
            url = f"{self._issuer.rstrip('/')}/.well-known/oauth-authorization-server"
            answer = ask(self._http, "GET", url, deadline)
            endpoint = answer.document.get("token_endpoint")
            if answer.status != 200:
                raise _refusal(answer)
            if answer.document.get("issuer") != self._issuer or not isinstance(endpoint, str):
                raise RegisterRefused("maskinporten metadata")
            if not is_safe_url(endpoint):
                raise RegisterRefused("maskinporten without TLS")
            self._endpoint = endpoint, clock.now() + METADATA_LIFETIME
        return self._endpoint[0]

    def _assertion(self, grant: Grant) -> str:
        now = int(clock.now().timestamp())
        claims: dict[str, Any] = {
            "aud": self._issuer,
            "iss": self._client_id,
            "scope": grant.scope,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": token_urlsafe(24),
        }
        if grant.consumer_org:
            claims["consumer_org"] = grant.consumer_org
        if grant.resource:
            claims["resource"] = [grant.resource]
        key = self._signing_key()
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


def _refusal(answer: Answer) -> Exception:
    """What a refusal means. Only its codes are logged: the description is free text."""
    error = _ERROR.fullmatch(str(answer.document.get("error", "")))
    codes = _MP_CODE.findall(str(answer.document.get("error_description", "")))
    code = f"{answer.status} {error.group() if error else '-'} {' '.join(codes[:3]) or '-'}"
    logger.warning("Maskinporten gave no token: %s", code)
    is_away = answer.status == 429 or answer.status >= 500
    return (RegisterUnavailable if is_away else RegisterRefused)(f"maskinporten {code}")
