"""What a provider publishes: its metadata (OpenID Connect Discovery 1.0, RFC 8414) and signing keys (RFC 7517)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from pydantic import BaseModel, ConfigDict, ValidationError

from citizen_portal import clock
from citizen_portal.identity.errors import ProviderMisconfigured, ProviderUnavailable
from citizen_portal.identity.tokens import UntrustedToken

logger = logging.getLogger(__name__)

METADATA_LIFETIME = timedelta(hours=24)
KEY_REFRESH_INTERVAL = timedelta(seconds=30)
"""How often an unknown `kid` may make us fetch the keys: forged tokens must not turn us against the provider."""
RETRY_INTERVAL = timedelta(seconds=60)
FAILURE_PAUSE = timedelta(seconds=5)
"""For so long after a failure nobody waits for a provider that we have never reached."""
TIMEOUT_SECONDS = 5.0
_MIN_RSA_BITS = 2048
_MAX_DOCUMENT_BYTES = 1024 * 1024

Value = TypeVar("Value")


class ServerMetadata(BaseModel):
    """The part that any authorization server publishes, Maskinporten among them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    token_endpoint: str
    jwks_uri: str


class ProviderMetadata(ServerMetadata):
    """What an OpenID provider publishes, as far as we use it."""

    authorization_endpoint: str
    end_session_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False
    code_challenge_methods_supported: tuple[str, ...] = ()
    id_token_signing_alg_values_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()


Metadata = TypeVar("Metadata", bound=ServerMetadata)


class Kept(Generic[Value]):
    """A published document, fetched again when it is old, and kept while the provider is away. Safe between threads."""

    def __init__(self, fetch: Callable[[], Value], lifetime: timedelta = METADATA_LIFETIME) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._lock = Lock()
        self._value: Value | None = None
        self._fetched_at: datetime | None = None
        self._fresh_until: datetime | None = None
        self._failed_at: datetime | None = None

    def get(self) -> Value:
        """The document. Raises ProviderUnavailable when there is none yet and the provider does not answer."""
        with self._lock:
            if self._value is None or self._fresh_until is None or clock.now() >= self._fresh_until:
                self._refresh()
            return self._required()

    def get_newer(self, min_age: timedelta) -> Value:
        """The document, fetched anew unless that was done less than `min_age` ago."""
        with self._lock:
            if self._fetched_at is None or clock.now() - self._fetched_at >= min_age:
                self._refresh()
            return self._required()

    def _refresh(self) -> None:
        now = clock.now()
        if self._failed_at is not None and timedelta(0) <= now - self._failed_at < FAILURE_PAUSE:
            raise ProviderUnavailable("failed a moment ago")
        try:
            self._value = self._fetch()
        except ProviderUnavailable:
            if self._value is None:
                self._failed_at = now
                raise
            logger.warning("provider away, keeping what it last published")
            self._fresh_until = now + RETRY_INTERVAL
        else:
            self._fresh_until = now + self._lifetime
        self._fetched_at = now

    def _required(self) -> Value:
        if self._value is None:
            raise ProviderUnavailable("nothing fetched")
        return self._value


class Provider(Generic[Metadata]):
    """An authorization server by its issuer. Nothing is fetched before it is needed."""

    def __init__(self, issuer: str, http: httpx.Client, metadata_type: type[Metadata], well_known: str) -> None:
        self.issuer = issuer
        self._http = http
        self._metadata_type = metadata_type
        self._well_known = well_known
        self._metadata = Kept(self._fetch_metadata)
        self._keys = Kept(self._fetch_keys)

    @property
    def metadata(self) -> Metadata:
        """The provider's metadata, at most 24 hours old while the provider answers.

        Raises:
            ProviderUnavailable: it does not answer.
            ProviderMisconfigured: it answers something else than the standard says, or for another issuer.
        """
        return self._metadata.get()

    def key(self, kid: str) -> RSAKey:
        """The signing key with that id; asks again for the keys when it is new to us.

        Raises:
            UntrustedToken: the provider has no such RSA key for signatures, of 2048 bits at least.
            ProviderUnavailable: the keys cannot be fetched.
        """
        found = _find(self._keys.get(), kid) or _find(self._keys.get_newer(KEY_REFRESH_INTERVAL), kid)
        if found is None:
            raise UntrustedToken("kid")
        return found

    def _fetch_metadata(self) -> Metadata:
        document = fetch_json(self._http, f"{self.issuer.rstrip('/')}/.well-known/{self._well_known}")
        try:
            metadata = self._metadata_type.model_validate(document)
        except ValidationError as error:
            raise ProviderMisconfigured("metadata") from error
        if metadata.issuer != self.issuer:
            raise ProviderMisconfigured("issuer")
        endpoints = (value for name, value in metadata if name.endswith(("_endpoint", "_uri")) and value is not None)
        if not all(is_safe_url(endpoint) for endpoint in endpoints):
            raise ProviderMisconfigured("endpoint without TLS")
        return metadata

    def _fetch_keys(self) -> KeySet:
        try:
            return KeySet.import_key_set(fetch_json(self._http, self.metadata.jwks_uri))  # type: ignore[arg-type]  # checked by the call
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderMisconfigured("jwks") from error


def idporten_like(issuer: str, http: httpx.Client) -> Provider[ProviderMetadata]:
    """An OpenID provider by its issuer."""
    return Provider(issuer, http, ProviderMetadata, "openid-configuration")


def maskinporten_like(issuer: str, http: httpx.Client) -> Provider[ServerMetadata]:
    """An OAuth 2 authorization server by its issuer."""
    return Provider(issuer, http, ServerMetadata, "oauth-authorization-server")


def is_safe_url(url: str) -> bool:
    """Whether secrets may travel there: https, or http that does not leave the machine (RFC 8252 section 8.3)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_local = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_local))


def fetch_json(http: httpx.Client, url: str) -> dict[str, Any]:
    """The JSON object published at `url`. Raises ProviderUnavailable or ProviderMisconfigured."""
    if not is_safe_url(url):
        raise ProviderMisconfigured("url without TLS")
    try:
        response = http.get(
            url, headers={"Accept": "application/json"}, timeout=TIMEOUT_SECONDS, follow_redirects=False
        )
    except httpx.HTTPError as error:
        raise ProviderUnavailable(type(error).__name__) from error
    if response.status_code >= 500 or response.status_code == 429:
        raise ProviderUnavailable(str(response.status_code))
    if response.status_code != 200:
        raise ProviderMisconfigured(str(response.status_code))
    return json_object(response)


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in an answer. Raises ProviderMisconfigured when it is something else."""
    try:
        document = response.json() if len(response.content) <= _MAX_DOCUMENT_BYTES else None
    except ValueError as error:
        raise ProviderMisconfigured("json") from error
    if not isinstance(document, dict):
        raise ProviderMisconfigured("json")
    return document


def _find(keys: KeySet, kid: str) -> RSAKey | None:
    for key in keys:
        if key.kid == kid and isinstance(key, RSAKey) and key.get("use", "sig") == "sig":
            return key if key.raw_value.key_size >= _MIN_RSA_BITS else None
    return None
