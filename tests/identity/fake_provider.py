"""A provider that can be told to lie: it answers `OpenIdClient` and `TokenVerifier` without a network."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from citizen_portal import clock

ISSUER = "https://login.example"
CLIENT_ID = "portal"
KARI = "12847827619"
RESOURCE = "urn:altinn:resource:portal"


def make_key(kid: str) -> RSAKey:
    """A fresh RSA key under the name."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


class FakeProvider:
    """Answers as ID-porten does, except for what a test changes in `metadata`, `claims`, `sign` or `answers`."""

    def __init__(self, key: RSAKey) -> None:
        self.key = key
        self.published = [key]
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            "end_session_endpoint": f"{ISSUER}/logout",
            "jwks_uri": f"{ISSUER}/jwks",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }
        self.claims: dict[str, Any] = {}
        self.dropped: set[str] = set()
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.answers: dict[str, httpx.Response | httpx.HTTPError] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.nonce = ""
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def count(self, path: str) -> int:
        """How often the path was asked for."""
        return sum(asked == path for asked, _ in self.requests)

    def form(self, path: str) -> dict[str, str]:
        """What was last sent to the path."""
        return [form for asked, form in self.requests if asked == path][-1]

    def signed(self, claims: dict[str, Any], *, key: RSAKey | None = None, **header: str) -> str:
        """The claims as a token of this provider's, or of another key's."""
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, claims, key, algorithms=["RS256", "RS512"])

    def id_token_claims(self) -> dict[str, Any]:
        """What the next id_token says."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": "pairwise-subject",
            "pid": KARI,
            "acr": "idporten-loa-high",
            "auth_time": now - 5,
            "iat": now,
            "exp": now + 120,
            "nonce": self.nonce,
            "sid": "the-sid",
            "locale": "nb",
            "given_name": "Kari",
            "family_name": "Moen",
        }
        return {name: value for name, value in (claims | self.claims).items() if name not in self.dropped}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.requests.append((request.url.path, form))
        answer = self.answers.get(request.url.path)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer or self._honest(request.url.path, form)

    def _honest(self, path: str, form: dict[str, str]) -> httpx.Response:
        match path:
            case "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server":
                return httpx.Response(200, json=self.metadata)
            case "/jwks":
                return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
            case "/par":
                self.nonce = form["nonce"]
                return httpx.Response(201, json={"request_uri": "urn:example:1", "expires_in": 60})
            case "/token":
                token = self.sign(self.id_token_claims())
                return httpx.Response(200, json={"access_token": "a", "token_type": "Bearer", "id_token": token})
        return httpx.Response(404)


def entra_claims(**changes: Any) -> dict[str, Any]:
    """What Entra ID says of Siri, with claims changed."""
    return {"oid": "siri-oid", "tid": "the-tenant", "name": "Siri Haugen", "roles": ["caseworker"], **changes}


def ansattporten_claims(*numbers: str, **changes: Any) -> dict[str, Any]:
    """What Ansattporten says of somebody who may act for the organisations, with the entry changed."""
    parties = [
        {"orgno": {"authority": "iso6523-actorid-upis", "ID": f"0192:{number}"}, "resource": "portal"}
        for number in numbers
    ]
    entry = {"type": "ansattporten:altinn:resource", "resource": RESOURCE, "authorized_parties": parties, **changes}
    return {"acr": "high", "sub": "siri-sub", "authorization_details": [entry]}


def unsigned(claims: dict[str, Any], **header: str) -> str:
    """A token with `alg: none`."""
    return _signing_input(claims, {"alg": "none", **header}) + "."


def signed_with_public_key(claims: dict[str, Any], key: RSAKey) -> str:
    """A token whose HS256 secret is the provider's public key, for those who take the algorithm from the token."""
    signing_input = _signing_input(claims, {"alg": "HS256", "kid": str(key.kid)})
    return f"{signing_input}.{_base64(hmac.digest(key.as_pem(private=False), signing_input.encode(), 'sha256'))}"


def _signing_input(claims: dict[str, Any], header: dict[str, str]) -> str:
    return f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
