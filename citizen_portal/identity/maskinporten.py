"""Bearer tokens of other systems, as Maskinporten issues them (Digdir, "API-tilbyder"; RFC 7519, RFC 6750).

Access is given to the organisation in `consumer`, never to the client that happens to hold its key. The audience must
be this installation's own: otherwise another portal with the same scope could replay the tokens it is sent (RFC 8707).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from citizen_portal.auth.actor import Machine
from citizen_portal.identity.errors import (
    InvalidToken,
    IssuerUnavailable,
    ProviderMisconfigured,
    ProviderUnavailable,
    WrongMunicipality,
)
from citizen_portal.identity.organisation import organisation_number
from citizen_portal.identity.provider import Provider, ServerMetadata, maskinporten_like
from citizen_portal.identity.tokens import Claims, UntrustedToken, issuer_of, trusted_claims
from citizen_portal.tenancy.models import Municipality

_ALGORITHMS = ("RS256", "RS384", "RS512")


@dataclass(frozen=True, slots=True)
class MachineToken:
    """What a token that holds says of its bearer."""

    client_id: str
    consumer: str
    """Organisation number of whom the token acts for."""
    supplier: str | None
    """Organisation number of the supplier that the consumer delegated to in Altinn."""
    scopes: frozenset[str]
    delegation_source: str | None
    """Where the consumer delegated to the supplier."""
    token_hash: bytes = field(repr=False)
    """SHA-256 of issuer and `jti`: what makes the token one of a kind."""
    expires_at: datetime

    def as_machine(self, municipality: Municipality) -> Machine:
        """The actor in the municipality that was asked. Raises WrongMunicipality when the consumer is another one."""
        if self.consumer != municipality.organisation_number:
            raise WrongMunicipality
        return Machine(
            municipality.id, self.consumer, self.supplier, self.client_id, self.scopes, self.delegation_source
        )


class TokenVerifier:
    """Knows the issuers that we trust and the audience that we are. Threads may share it."""

    def __init__(self, issuers: Mapping[str, Provider[ServerMetadata]], audience: str) -> None:
        self._issuers = issuers
        self._audience = audience

    @classmethod
    def for_issuers(cls, issuers: tuple[str, ...], audience: str, http: httpx.Client) -> "TokenVerifier":
        """The verifier for issuers by name; their keys are fetched when the first token comes."""
        return cls({issuer: maskinporten_like(issuer, http) for issuer in issuers}, audience)

    def verify(self, authorization: str) -> MachineToken:
        """What the token in an `Authorization` header says.

        Raises:
            InvalidToken: it does not hold.
            IssuerUnavailable: the issuer's keys cannot be fetched, so nobody can tell.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not self._audience:
            raise InvalidToken("scheme")
        try:
            provider = self._issuers.get(issuer_of(token))
            if provider is None:
                raise InvalidToken("iss")
            claims = trusted_claims(
                token, provider.key, issuers=(provider.issuer,), audience=self._audience, algorithms=_ALGORITHMS
            )
        except (UntrustedToken, ProviderMisconfigured) as error:
            raise InvalidToken(str(error)) from error
        except ProviderUnavailable as error:
            raise IssuerUnavailable from error
        return _machine_token(claims)


def _machine_token(claims: Claims) -> MachineToken:
    scope, client_id, token_id = claims.get("scope"), claims.get("client_id"), claims.get("jti")
    if not isinstance(scope, str) or not isinstance(client_id, str) or not client_id:
        raise InvalidToken("scope or client_id")
    if not isinstance(token_id, str) or not token_id:
        raise InvalidToken("jti")
    supplier, delegation_source = _delegation(claims)
    return MachineToken(
        client_id=client_id,
        consumer=_organisation(claims.get("consumer")),
        supplier=supplier,
        scopes=frozenset(scope.split()),
        delegation_source=delegation_source,
        token_hash=hashlib.sha256(json.dumps([claims["iss"], token_id]).encode()).digest(),
        expires_at=_instant(claims["exp"]),
    )


def _delegation(claims: Claims) -> tuple[str | None, str | None]:
    """The supplier and where it was delegated to. A supplier that nobody delegated to is refused."""
    if claims.get("supplier") is None:
        return None, None
    source = claims.get("delegation_source")
    if not isinstance(source, str) or not source.strip():
        raise InvalidToken("delegation_source")
    return _organisation(claims["supplier"]), source


def _organisation(claim: object) -> str:
    """The number in `{"authority": "iso6523-actorid-upis", "ID": "0192:…"}`; anything else is refused."""
    number = organisation_number(claim.get("authority"), claim.get("ID")) if isinstance(claim, dict) else None
    if number is None:
        raise InvalidToken("organisation")
    return number


def _instant(seconds: object) -> datetime:
    """`exp` as an instant. Raises InvalidToken for what no calendar holds."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidToken("exp") from error
