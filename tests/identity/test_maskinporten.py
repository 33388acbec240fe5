"""A machine comes in with a token that holds, for the municipality that it was given to, and no other."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.identity.errors import InvalidToken, IssuerUnavailable, WrongMunicipality
from citizen_portal.identity.maskinporten import TokenVerifier
from citizen_portal.tenancy.models import Municipality
from tests.identity.fake_provider import FakeProvider, make_key, signed_with_public_key, unsigned

ISSUER = "https://maskinporten.example/"
AUDIENCE = "https://portal.example/api"
RINGEBU, OTHER = "940864872", "939849831"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return make_key("maskinporten-1")


@pytest.fixture
def issuer(key: RSAKey) -> FakeProvider:
    provider = FakeProvider(key)
    provider.metadata = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}token", "jwks_uri": f"{ISSUER}jwks"}
    return provider


@pytest.fixture
def verifier(issuer: FakeProvider) -> TokenVerifier:
    return TokenVerifier.for_issuers((ISSUER,), AUDIENCE, issuer.http)


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "scope": "portal:visits.write portal:visits.read",
        "client_id": "care-record",
        "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{RINGEBU}"},
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 120,
        "jti": "1",
    }
    return {name: value for name, value in (claims | changes).items() if value is not ...}


def test_the_care_record_system_comes_in_for_its_municipality(verifier: TokenVerifier, issuer: FakeProvider) -> None:
    supplier = {"authority": "iso6523-actorid-upis", "ID": f"0192:{OTHER}"}
    delegated = {"supplier": supplier, "delegation_source": "https://www.altinn.no"}
    token = verifier.verify("Bearer " + issuer.signed(_claims(**delegated)))
    assert (token.consumer, token.supplier, token.client_id) == (RINGEBU, OTHER, "care-record")
    machine = token.as_machine(Municipality(id=1, organisation_number=RINGEBU))
    assert (machine.municipality_id, machine.scopes) == (1, {"portal:visits.write", "portal:visits.read"})
    assert machine.delegation_source == "https://www.altinn.no"


def test_a_token_of_one_municipality_opens_no_other(verifier: TokenVerifier, issuer: FakeProvider) -> None:
    token = verifier.verify("Bearer " + issuer.signed(_claims()))
    with pytest.raises(WrongMunicipality):
        token.as_machine(Municipality(id=2, organisation_number=OTHER))


@pytest.mark.parametrize("algorithm", ["RS256", "RS512"])
def test_the_algorithms_of_maskinporten_are_taken(
    verifier: TokenVerifier, issuer: FakeProvider, algorithm: str
) -> None:
    assert verifier.verify("bearer " + issuer.signed(_claims(), alg=algorithm)).consumer == RINGEBU


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example/"},
        {"iss": ISSUER.rstrip("/")},
        {"iss": ...},
        {"aud": "https://another-portal.example/api"},
        {"aud": [AUDIENCE, "https://another-portal.example/api"]},
        {"aud": "unspecified"},
        {"aud": ...},
        {"exp": 1},
        {"exp": ...},
        {"iat": ...},
        {"scope": ...},
        {"scope": ["portal:visits.write"]},
        {"client_id": ...},
        {"consumer": ...},
        {"consumer": RINGEBU},
        {"consumer": {"authority": "other", "ID": f"0192:{RINGEBU}"}},
        {"consumer": {"authority": "iso6523-actorid-upis", "ID": RINGEBU}},
        {"consumer": {"authority": "iso6523-actorid-upis", "ID": f"0088:{RINGEBU}"}},
        {"consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{RINGEBU}1"}},
        {"consumer": {"authority": "iso6523-actorid-upis", "ID": 940864872}},
        {"consumer": {"authority": ["iso6523-actorid-upis"], "ID": f"0192:{RINGEBU}"}},
        {"consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:٩٤٠٨٦٤٨٧٢"}},
        {"supplier": "somebody"},
        {"supplier": {"authority": "iso6523-actorid-upis", "ID": f"0192:{OTHER}"}},
        {"supplier": {"authority": "iso6523-actorid-upis", "ID": f"0192:{OTHER}"}, "delegation_source": " "},
        {"supplier": {"authority": "iso6523-actorid-upis", "ID": f"0192:{OTHER}"}, "delegation_source": 7},
        {"supplier": {"authority": "x", "ID": f"0192:{OTHER}"}, "delegation_source": "https://www.altinn.no"},
        {"jti": ...},
        {"jti": ""},
        {"jti": 7},
        {"exp": 10**18},
        {"scope": "x" * 20_000},
    ],
)
def test_a_token_that_is_wrong_or_incomplete_opens_nothing(
    verifier: TokenVerifier, issuer: FakeProvider, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify("Bearer " + issuer.signed(_claims(**changes)))


@pytest.mark.parametrize(("seconds", "holds"), [(-90, False), (-5, True), (5, True), (90, False)])
def test_a_clock_that_is_a_minute_and_a_half_off_is_refused(
    verifier: TokenVerifier, issuer: FakeProvider, seconds: int, holds: bool
) -> None:
    now = int(clock.now().timestamp()) + seconds
    token = "Bearer " + issuer.signed(_claims(iat=now, nbf=now, exp=now + (120 if seconds > 0 else 0)))
    if holds:
        assert verifier.verify(token).consumer == RINGEBU
        return
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_a_new_key_of_the_issuer_is_fetched_when_it_is_first_used(
    verifier: TokenVerifier, issuer: FakeProvider
) -> None:
    for _ in range(2):
        verifier.verify("Bearer " + issuer.signed(_claims()))
    assert issuer.count("/jwks") == 1
    new = make_key("maskinporten-2")
    issuer.published.append(new)
    with clock.frozen(clock.now() + timedelta(seconds=31)):
        for _ in range(2):
            assert verifier.verify("Bearer " + issuer.signed(_claims(), key=new)).consumer == RINGEBU
    assert issuer.count("/jwks") == 2


def test_the_same_name_from_two_issuers_is_two_tokens(issuer: FakeProvider) -> None:
    other = "https://nhn.example/"
    verifiers = TokenVerifier.for_issuers((ISSUER,), AUDIENCE, issuer.http)
    first = verifiers.verify("Bearer " + issuer.signed(_claims()))
    issuer.metadata |= {"issuer": other}
    second = TokenVerifier.for_issuers((other,), AUDIENCE, issuer.http).verify(
        "Bearer " + issuer.signed(_claims(iss=other))
    )
    assert first.token_hash != second.token_hash


def _encoded(*parts: bytes) -> str:
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"signature"))


def test_a_forged_token_opens_nothing(verifier: TokenVerifier, issuer: FakeProvider, key: RSAKey) -> None:
    forged = (
        unsigned(_claims(), kid="maskinporten-1"),
        signed_with_public_key(_claims(), key),
        issuer.signed(_claims(), key=make_key("maskinporten-1")),
        issuer.signed(_claims(), key=make_key("unknown")),
        "",
        "a.b.c",
        _encoded(b'{"alg":"RS256","kid":"maskinporten-1"}', b'{"iss":' + b"[" * 5000 + b"]" * 5000 + b"}"),
        _encoded(b"[" * 5000, b"{}"),
    )
    for token in forged:
        with pytest.raises(InvalidToken):
            verifier.verify(f"Bearer {token}")


def test_only_bearer_tokens_are_read(verifier: TokenVerifier, issuer: FakeProvider) -> None:
    for header in ("Basic a2FyaTprYXJp", "Bearer", issuer.signed(_claims())):
        with pytest.raises(InvalidToken):
            verifier.verify(header)


def test_without_an_audience_of_our_own_nobody_comes_in(issuer: FakeProvider) -> None:
    verifier = TokenVerifier.for_issuers((ISSUER,), "", issuer.http)
    with pytest.raises(InvalidToken):
        verifier.verify("Bearer " + issuer.signed(_claims(aud="")))


def test_an_issuer_that_is_away_is_not_the_callers_fault(verifier: TokenVerifier, issuer: FakeProvider) -> None:
    issuer.answers["/jwks"] = httpx.ConnectError("away")
    with pytest.raises(IssuerUnavailable):
        verifier.verify("Bearer " + issuer.signed(_claims()))
