"""A login by OpenID Connect, at ID-porten or any provider of its kind.

Authorization code flow with PKCE (RFC 7636, S256), pushed authorization requests where the provider offers them
(RFC 9126), client authentication by private_key_jwt (RFC 7523), and `iss` in the answer against mix-up (RFC 9207). What
the id_token says counts only after `tokens.trusted_claims`.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.auth.actor import Assurance
from citizen_portal.identity.errors import (
    InteractionNeeded,
    InvalidAnswer,
    InvalidNationalId,
    LoginCancelled,
    LoginError,
    LoginExpired,
    LoginTooWeak,
    MissingNationalId,
    NoStaffAccess,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    UnknownLevel,
)
from citizen_portal.identity.national_id import NationalId, NationalIdKind
from citizen_portal.identity.provider import TIMEOUT_SECONDS, Provider, ProviderMetadata, json_object
from citizen_portal.identity.staff_claims import NOTHING_SAID, ReadEntitlements
from citizen_portal.identity.tokens import CLOCK_SKEW_SECONDS, LONGEST_TOKEN, Claims, UntrustedToken, trusted_claims

logger = logging.getLogger(__name__)

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60
_AWAY = frozenset({"temporarily_unavailable", "server_error"})
_ASKS = frozenset({"login_required", "interaction_required", "consent_required", "account_selection_required"})
_OURS = frozenset(
    {"invalid_request", "invalid_scope", "unauthorized_client", "unsupported_response_type", "invalid_client"}
)
"""The provider does not accept how we ask: only we can mend it."""
_NOBODY_KNOWN = frozenset({"selfregistered-email"})
_FOREIGN = "eidas-loa-"
"""An `acr` of a login from abroad: without a matched Norwegian number it tells nobody whom we know."""


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """We as the provider knows us, and what we demand of its logins."""

    client_id: str
    signing_key: Callable[[], RSAKey] = field(repr=False)
    """Gives the key that we prove ourselves with now: it may be exchanged while the portal runs."""
    levels: Mapping[str, Assurance]
    """The `acr` values that count, by rank; empty for staff logins, where the employer decides how staff log in."""
    demands_national_id: bool
    allows_synthetic: bool
    """Whether synthetic people are let in, and then nobody else: test and production never mix."""
    subject_claim: str = "sub"
    """The claim that is stable for a person: `sub`, or Entra ID's `oid`."""
    scope: str = "openid profile"
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What this provider is asked beyond the standard."""
    read_entitlements: ReadEntitlements = lambda _claims: NOTHING_SAID
    """What its token says of a member of staff."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What must come back, or be shown, for an answer to count. Secret: it lives in the browser's sealed cookie."""

    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str
    issuer: str
    minimum: Assurance | None
    onbehalfof: str | None = None
    """The municipality on whose behalf a supplier's client asks; the answer must name the same."""

    @classmethod
    def new(
        cls, issuer: str, redirect_uri: str, minimum: Assurance | None, onbehalfof: str | None = None
    ) -> "Challenge":
        """Fresh random values of 256 bits and more."""
        random = generate_token(43), generate_token(43), generate_token(64)
        return cls(*random, redirect_uri, issuer, minimum, onbehalfof)


@dataclass(frozen=True, slots=True)
class Authentication:
    """A login that holds."""

    issuer: str
    subject: str
    national_id: NationalId | None
    acr: str
    assurance: Assurance | None
    sid: str | None
    authenticated_at: datetime
    name: str | None
    locale: str | None
    roles: frozenset[str] | None
    """The roles that a staff provider gives; None when it sends none and leaves them to us."""
    id_token: str = field(repr=False)
    organisations: frozenset[str] | None = None
    """Whom an employee may act for, by organisation number; None when the provider is the employer's own."""


class OpenIdClient:
    """We, at one provider. Threads may share it."""

    def __init__(
        self, provider: Provider[ProviderMetadata], registration: ClientRegistration, http: httpx.Client
    ) -> None:
        self._provider = provider
        self._registration = registration
        self._http = http

    @property
    def issuer(self) -> str:
        """The provider's issuer."""
        return self._provider.issuer

    def authorization_url(
        self, challenge: Challenge, *, acr_values: str | None, ui_locales: str, login_again: bool = False
    ) -> str:
        """Where to send the browser.

        Raises:
            ProviderUnavailable, ProviderMisconfigured
        """
        metadata = self._checked_metadata()
        parameters = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": challenge.redirect_uri,
            "scope": self._registration.scope,
            "state": challenge.state,
            "nonce": challenge.nonce,
            "code_challenge": create_s256_code_challenge(challenge.code_verifier),  # type: ignore[no-untyped-call]  # untyped in its stubs
            "code_challenge_method": "S256",
            "ui_locales": ui_locales,
            **({"acr_values": acr_values} if acr_values else {}),
            **({"onbehalfof": challenge.onbehalfof} if challenge.onbehalfof else {}),
            **({"prompt": "login"} if login_again else {}),
            **self._registration.parameters,
        }
        if metadata.pushed_authorization_request_endpoint:
            parameters = self._push(metadata.pushed_authorization_request_endpoint, parameters)
        return str(httpx.URL(metadata.authorization_endpoint).copy_merge_params(parameters))

    def authenticate(self, challenge: Challenge, answer: Mapping[str, str]) -> Authentication:
        """The login that the answer (the query of the redirect back to us) stands for.

        Raises:
            LoginExpired, LoginCancelled: nothing is wrong, begin again.
            InvalidAnswer, LoginTooWeak, MissingNationalId, NoStaffAccess: the login does not count.
            ProviderUnavailable, ProviderMisconfigured
        """
        metadata = self._checked_metadata()
        code = self._code(challenge, answer, metadata)
        id_token = self._redeem(metadata, code, challenge)
        self._refuse_endless(id_token)
        try:
            claims = trusted_claims(
                id_token,
                self._provider.key,
                issuers=(self.issuer,),
                audience=self._registration.client_id,
                algorithms=("RS256",),
            )
        except UntrustedToken as error:
            raise InvalidAnswer(str(error)) from error
        if not hmac.compare_digest(_text(claims, "nonce").encode(), challenge.nonce.encode()):
            raise InvalidAnswer("nonce")
        if challenge.onbehalfof and _on_behalf_of(claims) != {challenge.onbehalfof}:
            raise InvalidAnswer("onbehalfof")
        try:
            return self._authentication(claims, id_token, challenge.minimum)
        except LoginError as error:
            error.id_token = id_token
            raise

    def logout_form(self, id_token: str, post_logout_redirect_uri: str) -> tuple[str, dict[str, str]] | None:
        """Address and fields to POST for a logout at the provider too; None when it has no such endpoint.

        A POST, since the id_token holds the person's number, which must not stand in an address.
        Source: OpenID Connect RP-Initiated Logout 1.0, section 2.
        """
        endpoint = self._provider.metadata.end_session_endpoint
        if endpoint is None:
            return None
        fields = {
            "id_token_hint": id_token,
            "post_logout_redirect_uri": post_logout_redirect_uri,
            "client_id": self._registration.client_id,
        }
        return endpoint, fields

    def origins(self) -> frozenset[str]:
        """Where the provider's pages are, as far as known now: they may frame our logout and get our logout form."""
        known = [self.issuer]
        with suppress(ProviderUnavailable, ProviderMisconfigured):
            metadata = self._provider.metadata
            known += [metadata.authorization_endpoint, metadata.end_session_endpoint or self.issuer]
        return frozenset(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, known))

    def _checked_metadata(self) -> ProviderMetadata:
        metadata = self._provider.metadata
        if "S256" not in metadata.code_challenge_methods_supported:
            raise ProviderMisconfigured("no S256")
        if "RS256" not in metadata.id_token_signing_alg_values_supported:
            raise ProviderMisconfigured("no RS256")
        if "private_key_jwt" not in metadata.token_endpoint_auth_methods_supported:
            raise ProviderMisconfigured("no private_key_jwt")
        return metadata

    def _code(self, challenge: Challenge, answer: Mapping[str, str], metadata: ProviderMetadata) -> str:
        if challenge.issuer != self.issuer or not hmac.compare_digest(
            answer.get("state", "").encode(), challenge.state.encode()
        ):
            raise LoginExpired("state")
        issuer = answer.get("iss")
        if issuer is None and metadata.authorization_response_iss_parameter_supported:
            raise InvalidAnswer("iss missing")
        if issuer is not None and issuer != self.issuer:
            raise InvalidAnswer("iss")
        if "error" in answer:
            raise _answered_error(answer["error"])
        if not answer.get("code"):
            raise InvalidAnswer("code missing")
        return answer["code"]

    def _push(self, endpoint: str, parameters: dict[str, str]) -> dict[str, str]:
        response = self._post(endpoint, parameters)
        request_uri = json_object(response).get("request_uri")
        if response.status_code not in (200, 201) or not isinstance(request_uri, str):
            raise ProviderMisconfigured(f"par {response.status_code}")
        return {"client_id": self._registration.client_id, "request_uri": request_uri}

    def _redeem(self, metadata: ProviderMetadata, code: str, challenge: Challenge) -> str:
        response = self._post(
            metadata.token_endpoint,
            {
                "grant_type": "authorization_code",
                "client_id": self._registration.client_id,
                "code": code,
                "redirect_uri": challenge.redirect_uri,
                "code_verifier": challenge.code_verifier,
            },
        )
        document = json_object(response)
        if document.get("error") == "invalid_grant":
            raise LoginExpired("invalid_grant")
        if response.status_code != 200 or not isinstance(document.get("id_token"), str):
            raise ProviderMisconfigured(f"token {response.status_code}")
        return str(document["id_token"])

    def _post(self, endpoint: str, parameters: Mapping[str, str]) -> httpx.Response:
        form = {**parameters, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": self._assertion()}
        try:
            response = self._http.post(endpoint, data=form, timeout=TIMEOUT_SECONDS, follow_redirects=False)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(type(error).__name__) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise ProviderUnavailable(str(response.status_code))
        return response

    def _assertion(self) -> str:
        """Proof that we are the client: for one minute, once, at this provider (FAPI 2.0: audience is the issuer)."""
        now = int(clock.now().timestamp())
        key = self._registration.signing_key()
        return private_key_jwt_sign(
            key,
            self._registration.client_id,
            self.issuer,
            alg="RS256",
            header={"kid": key.kid},
            issued_at=now,
            expires_at=now + _ASSERTION_SECONDS,
        )

    def _authentication(self, claims: Claims, id_token: str, minimum: Assurance | None) -> Authentication:
        acr = _text(claims, "acr")
        assurance = self._assurance(claims, acr, minimum)
        subject = _text(claims, self._registration.subject_claim)
        if not subject:
            raise InvalidAnswer(self._registration.subject_claim)
        entitlements = self._registration.read_entitlements(claims)
        return Authentication(
            issuer=self.issuer,
            subject=subject,
            national_id=self._national_id(claims),
            acr=acr,
            assurance=assurance,
            sid=_text(claims, "sid") or None,
            authenticated_at=self._authenticated_at(claims),
            name=_name(claims),
            locale=_text(claims, "locale") or None,
            roles=entitlements.roles,
            id_token=id_token,
            organisations=entitlements.organisations,
        )

    def _assurance(self, claims: Claims, acr: str, minimum: Assurance | None) -> Assurance | None:
        """The level of the answer, whatever was asked for; None where levels do not count."""
        if not self._registration.levels:
            return None
        if acr in _NOBODY_KNOWN or (acr.startswith(_FOREIGN) and not _text(claims, "pid")):
            raise MissingNationalId(acr if acr in _NOBODY_KNOWN else _FOREIGN)
        assurance = self._registration.levels.get(acr)
        if assurance is None:
            raise UnknownLevel("unknown acr")
        if minimum is not None and assurance < minimum:
            raise LoginTooWeak(acr)
        return assurance

    def _refuse_endless(self, id_token: str) -> None:
        """Thousands of directory groups make a token that nobody reads: no role, and the page that says so."""
        if len(id_token) > LONGEST_TOKEN and not self._registration.demands_national_id:
            error = NoStaffAccess("token too large")
            error.id_token = id_token
            raise error

    def _authenticated_at(self, claims: Claims) -> datetime:
        """When the person logged in. An employer who does not say it may have seen her yesterday: never fresh."""
        unsaid = claims["iat"] if self._registration.demands_national_id else 0
        authenticated_at = _instant(claims.get("auth_time", unsaid))
        if authenticated_at > clock.now() + timedelta(seconds=CLOCK_SKEW_SECONDS):  # it would stay fresh for long
            raise InvalidAnswer("auth_time")
        return authenticated_at

    def _national_id(self, claims: Claims) -> NationalId | None:
        pid = _text(claims, "pid")
        if not self._registration.demands_national_id:
            return None
        if not pid:
            raise MissingNationalId
        try:
            national_id = NationalId.parse(pid)
        except InvalidNationalId as error:
            raise InvalidAnswer("pid") from error
        is_test_number = national_id.is_synthetic or national_id.kind is NationalIdKind.HELP_NUMBER
        if is_test_number != self._registration.allows_synthetic:
            raise InvalidAnswer("pid of another world")
        return national_id


def _answered_error(code: str) -> LoginError:
    if code == "access_denied":
        return LoginCancelled(code)
    if code in _ASKS:
        return InteractionNeeded(code)
    if code in _AWAY:
        return ProviderUnavailable(code)
    if code in _OURS:
        return ProviderMisconfigured(f"authorize {code}")
    return ProviderRefused(f"authorize {code}" if code.isidentifier() and len(code) <= 40 else "authorize")


def _on_behalf_of(claims: Claims) -> set[str]:
    """The documentation names the claim both ways; where both come they must agree."""
    return {str(claims[name]) for name in ("client_onbehalfof", "aud_onbehalfof") if name in claims}


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and "\0" not in value else ""


def _name(claims: Claims) -> str | None:
    parts = (_text(claims, "given_name"), _text(claims, "family_name"))
    return _text(claims, "name") or " ".join(part for part in parts if part) or None


def _instant(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise InvalidAnswer("auth_time")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise InvalidAnswer("auth_time") from error
