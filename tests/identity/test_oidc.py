"""A login counts only when everything about it holds."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.auth.actor import Assurance
from citizen_portal.identity.assurance import IDPORTEN_LEVELS
from citizen_portal.identity.errors import (
    InteractionNeeded,
    InvalidAnswer,
    LoginCancelled,
    LoginError,
    LoginExpired,
    LoginTooWeak,
    MissingNationalId,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    UnknownLevel,
)
from citizen_portal.identity.oidc import Authentication, Challenge, ClientRegistration, OpenIdClient
from citizen_portal.identity.provider import idporten_like
from tests.identity.fake_provider import (
    CLIENT_ID,
    ISSUER,
    KARI,
    FakeProvider,
    make_key,
    signed_with_public_key,
    unsigned,
)

REDIRECT = "https://ringebu.example/logg-inn/svar"


@pytest.fixture(scope="module")
def provider_key() -> RSAKey:
    return make_key("provider-1")


@pytest.fixture(scope="module")
def client_key() -> RSAKey:
    return make_key("portal-1")


@pytest.fixture
def provider(provider_key: RSAKey) -> FakeProvider:
    return FakeProvider(provider_key)


@pytest.fixture
def client(provider: FakeProvider, client_key: RSAKey) -> OpenIdClient:
    registration = ClientRegistration(
        CLIENT_ID, lambda: client_key, levels=IDPORTEN_LEVELS, demands_national_id=True, allows_synthetic=True
    )
    return OpenIdClient(idporten_like(ISSUER, provider.http), registration, provider.http)


@pytest.fixture
def challenge(client: OpenIdClient) -> Challenge:
    return Challenge.new(ISSUER, REDIRECT, Assurance.SUBSTANTIAL)


def _begin(client: OpenIdClient, challenge: Challenge) -> str:
    return client.authorization_url(challenge, acr_values="idporten-loa-substantial", ui_locales="nb")


def _finish(client: OpenIdClient, challenge: Challenge, **changes: str | None) -> Authentication:
    _begin(client, challenge)
    answer = {"code": "the-code", "state": challenge.state, "iss": ISSUER} | changes
    return client.authenticate(challenge, {name: value for name, value in answer.items() if value is not None})


def test_kari_logs_in(client: OpenIdClient, challenge: Challenge) -> None:
    authentication = _finish(client, challenge)
    assert authentication.national_id is not None
    assert authentication.national_id.value == KARI
    assert authentication.assurance is Assurance.HIGH
    assert (authentication.name, authentication.sid, authentication.locale) == ("Kari Moen", "the-sid", "nb")
    assert KARI not in repr(authentication)


def test_the_browser_is_sent_with_a_reference_and_nothing_else(client: OpenIdClient, challenge: Challenge) -> None:
    url = urlsplit(_begin(client, challenge))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/authorize"
    assert parse_qs(url.query) == {"client_id": [CLIENT_ID], "request_uri": ["urn:example:1"]}


def test_a_provider_without_pushed_requests_gets_them_in_the_address(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    del provider.metadata["pushed_authorization_request_endpoint"]
    sent = {name: values[0] for name, values in parse_qs(urlsplit(_begin(client, challenge)).query).items()}
    assert sent["code_challenge_method"] == "S256"
    assert sent["redirect_uri"] == REDIRECT
    assert (sent["state"], sent["nonce"]) == (challenge.state, challenge.nonce)
    assert challenge.code_verifier not in sent.values()


def test_we_prove_who_we_are_to_this_provider_once(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, client_key: RSAKey
) -> None:
    _finish(client, challenge)
    assertions = [
        jwt.decode(provider.form(path)["client_assertion"], client_key, algorithms=["RS256"])
        for path in ("/par", "/token")
    ]
    for assertion in assertions:
        assert assertion.header["kid"] == "portal-1"
        assert (assertion.claims["iss"], assertion.claims["sub"]) == (CLIENT_ID, CLIENT_ID)
        assert assertion.claims["aud"] == ISSUER
        assert 0 < assertion.claims["exp"] - assertion.claims["iat"] <= 120
    assert assertions[0].claims["jti"] != assertions[1].claims["jti"]
    assert provider.form("/token")["client_id"] == CLIENT_ID


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "forged"}, LoginExpired),
        ({"state": None}, LoginExpired),
        ({"iss": "https://other.example"}, InvalidAnswer),
        ({"iss": ISSUER + "/"}, InvalidAnswer),
        ({"iss": None}, InvalidAnswer),
        ({"code": None}, InvalidAnswer),
        ({"error": "access_denied"}, LoginCancelled),
        ({"error": "access_denied", "iss": "https://other.example"}, InvalidAnswer),
        ({"error": "temporarily_unavailable"}, ProviderUnavailable),
        ({"error": "invalid_request"}, ProviderMisconfigured),
        ({"error": "server_error"}, ProviderUnavailable),
        ({"error": "login_required"}, InteractionNeeded),
        ({"error": "interaction_required"}, InteractionNeeded),
        ({"error": "consent_required"}, InteractionNeeded),
        ({"error": "invalid_scope"}, ProviderMisconfigured),
        ({"error": "unauthorized_client"}, ProviderMisconfigured),
        ({"error": "unsupported_response_type"}, ProviderMisconfigured),
        ({"error": "invalid_client"}, ProviderMisconfigured),
        ({"error": "something_new"}, ProviderRefused),
        ({"error": "<script>"}, ProviderRefused),
    ],
)
def test_an_answer_that_does_not_hold_is_refused(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, changes: dict[str, str], error: type[LoginError]
) -> None:
    with pytest.raises(error):
        _finish(client, challenge, **changes)
    assert provider.count("/token") == 0


def test_a_provider_that_promises_no_iss_need_not_send_it(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    del provider.metadata["authorization_response_iss_parameter_supported"]
    assert _finish(client, challenge, iss=None).sid == "the-sid"


def test_an_attempt_begun_at_another_provider_is_not_ours(client: OpenIdClient) -> None:
    with pytest.raises(LoginExpired):
        _finish(client, Challenge.new("https://other.example", REDIRECT, None))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": ISSUER + "/"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT_ID, "somebody-else"]},
        {"aud": []},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": float("nan")},
        {"exp": None},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["a"]},
        {"sub": ""},
        {"sub": 7},
        {"auth_time": "now"},
        {"auth_time": 10**30},
        {"auth_time": 10**18},
        {"auth_time": 4_000_000_000},
        {"pid": "21879498013"},
        {"pid": "02013299997"},  # a real person's form, and this is a test installation
    ],
)
def test_a_token_that_says_something_wrong_is_refused(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, claims: dict[str, object]
) -> None:
    provider.claims = claims
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "nonce", "sub"])
def test_a_token_that_leaves_something_out_is_refused(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, claim: str
) -> None:
    provider.dropped = {claim}
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_a_clock_that_is_a_few_seconds_off_is_forgiven(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    now = int(clock.now().timestamp())
    provider.claims = {"iat": now + 5, "exp": now - 5}
    assert _finish(client, challenge).sid == "the-sid"


@pytest.mark.parametrize(
    "acr", ["idporten-loa-low", "idporten-loa-substantial-limited", "eidas-loa-substantial", "entraid", "", "4"]
)
def test_a_level_that_is_not_on_the_list_is_too_weak(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, acr: str
) -> None:
    provider.claims = {"acr": acr}
    with pytest.raises(UnknownLevel) as stopped:
        _finish(client, challenge)
    assert stopped.value.id_token  # she is logged in there, and must be able to log out


def test_substantial_is_not_high(client: OpenIdClient, provider: FakeProvider) -> None:
    provider.claims = {"acr": "idporten-loa-substantial"}
    assert _finish(client, Challenge.new(ISSUER, REDIRECT, Assurance.SUBSTANTIAL)).assurance is Assurance.SUBSTANTIAL
    with pytest.raises(LoginTooWeak):
        _finish(client, Challenge.new(ISSUER, REDIRECT, Assurance.HIGH))


def test_a_foreign_login_counts_when_it_has_a_norwegian_number(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    provider.claims = {"acr": "eidas-loa-high"}
    assert _finish(client, challenge).assurance is Assurance.HIGH
    provider.dropped = {"pid"}
    with pytest.raises(MissingNationalId):
        _finish(client, challenge)


@pytest.mark.parametrize("acr", ["eidas-loa-substantial", "eidas-loa-high", "selfregistered-email"])
def test_who_has_no_norwegian_number_is_told_how_to_reach_us(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, acr: str
) -> None:
    provider.claims, provider.dropped = {"acr": acr}, {"pid"}
    with pytest.raises(MissingNationalId) as stopped:
        _finish(client, challenge)
    assert stopped.value.id_token


@pytest.mark.parametrize(
    ("claims", "holds"),
    [
        ({"client_onbehalfof": "ringebu"}, True),
        ({"aud_onbehalfof": "ringebu"}, True),
        ({"client_onbehalfof": "ringebu", "aud_onbehalfof": "ringebu"}, True),
        ({"client_onbehalfof": "nord-fron"}, False),
        ({"client_onbehalfof": "ringebu", "aud_onbehalfof": "nord-fron"}, False),
        ({"client_onbehalfof": ["ringebu"]}, False),
        ({}, False),
    ],
)
def test_a_supplier_who_asks_for_ringebu_gets_answers_for_ringebu_alone(
    client: OpenIdClient, provider: FakeProvider, claims: dict[str, object], holds: bool
) -> None:
    challenge = Challenge.new(ISSUER, REDIRECT, Assurance.SUBSTANTIAL, "ringebu")
    provider.claims = claims
    if holds:
        assert _finish(client, challenge).sid == "the-sid"
        assert provider.form("/par")["onbehalfof"] == "ringebu"
    else:
        with pytest.raises(InvalidAnswer):
            _finish(client, challenge)


@pytest.mark.parametrize("seconds", [90, -150])
def test_a_clock_that_is_a_minute_and_a_half_off_is_not_forgiven(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, seconds: int
) -> None:
    now = int(clock.now().timestamp())
    provider.claims = {"iat": now + seconds, "exp": now + seconds + 60}
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_production_lets_no_synthetic_person_in(
    provider: FakeProvider, client_key: RSAKey, challenge: Challenge
) -> None:
    registration = ClientRegistration(
        CLIENT_ID, lambda: client_key, levels=IDPORTEN_LEVELS, demands_national_id=True, allows_synthetic=False
    )
    client = OpenIdClient(idporten_like(ISSUER, provider.http), registration, provider.http)
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)
    provider.claims = {"pid": "02013299997"}
    assert _finish(client, challenge).national_id is not None


def test_an_unsigned_token_is_refused(client: OpenIdClient, provider: FakeProvider, challenge: Challenge) -> None:
    for header in ({}, {"kid": "provider-1"}, {"kid": "provider-1", "alg": "None"}):
        provider.sign = lambda claims, header=header: unsigned(claims, **header)
        with pytest.raises(InvalidAnswer):
            _finish(client, challenge)


def test_the_public_key_is_no_shared_secret(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, provider_key: RSAKey
) -> None:
    provider.sign = lambda claims: signed_with_public_key(claims, provider_key)
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_only_the_agreed_algorithm_counts(client: OpenIdClient, provider: FakeProvider, challenge: Challenge) -> None:
    provider.sign = lambda claims: provider.signed(claims, alg="RS512")
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_somebody_elses_signature_under_the_providers_key_id_is_refused(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    provider.sign = lambda claims: provider.signed(claims, key=make_key("provider-1"))
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_a_key_for_encryption_signs_nothing(client: OpenIdClient, provider: FakeProvider, challenge: Challenge) -> None:
    other = RSAKey.generate_key(2048, {"kid": "for-encryption", "use": "enc"})
    provider.published.append(other)
    signing = RSAKey.import_key(other.as_dict(private=True) | {"use": "sig"})
    provider.sign = lambda claims: provider.signed(claims, key=signing)
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_a_changed_token_is_refused(client: OpenIdClient, provider: FakeProvider, challenge: Challenge) -> None:
    def tampered(claims: dict[str, object]) -> str:
        header, _, signature = provider.signed(claims).split(".")
        return ".".join((header, provider.signed(claims | {"sub": "another"}).split(".")[1], signature))

    provider.sign = tampered
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "a.b.c.d.e", "é.é.é", "x" * 20_000])
def test_what_is_no_token_is_refused(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, token: str
) -> None:
    provider.sign = lambda claims: token
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)


def test_a_new_key_is_fetched_once_and_then_at_most_every_half_minute(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    _finish(client, challenge)
    assert provider.count("/jwks") == 1
    new = make_key("provider-2")
    provider.sign = lambda claims: provider.signed(claims, key=new)
    with pytest.raises(InvalidAnswer):
        _finish(client, challenge)
    assert provider.count("/jwks") == 1  # fetched a moment ago
    provider.published.append(new)
    with clock.frozen(clock.now() + timedelta(seconds=31)):
        assert _finish(client, challenge).sid == "the-sid"
        assert _finish(client, challenge).sid == "the-sid"
    assert provider.count("/jwks") == 2


def test_metadata_is_fetched_once_a_day_and_survives_an_outage(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    path = "/.well-known/openid-configuration"
    _finish(client, challenge)
    _finish(client, challenge)
    assert provider.count(path) == 1
    provider.answers[path] = httpx.ConnectError("away")
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert _finish(client, challenge).sid == "the-sid"
    assert provider.count(path) == 2


def test_nobody_queues_for_a_provider_that_failed_a_moment_ago(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge
) -> None:
    path = "/.well-known/openid-configuration"
    provider.answers[path] = httpx.ConnectTimeout("slow")
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            _begin(client, challenge)
    assert provider.count(path) == 1
    del provider.answers[path]
    with clock.frozen(clock.now() + timedelta(seconds=6)):
        assert _begin(client, challenge)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": ISSUER + "/"},
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://login.example/token"},
        {"jwks_uri": "http://login.example/jwks"},
        {"authorization_endpoint": None},
        {"code_challenge_methods_supported": ["plain"]},
        {"id_token_signing_alg_values_supported": ["HS256"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
    ],
)
def test_a_provider_that_speaks_otherwise_is_not_used(
    client: OpenIdClient, provider: FakeProvider, challenge: Challenge, metadata: dict[str, object]
) -> None:
    provider.metadata |= metadata
    with pytest.raises(ProviderMisconfigured):
        _begin(client, challenge)


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("/.well-known/openid-configuration", httpx.ConnectTimeout("slow"), ProviderUnavailable),
        ("/.well-known/openid-configuration", httpx.Response(503), ProviderUnavailable),
        ("/.well-known/openid-configuration", httpx.Response(302), ProviderMisconfigured),
        ("/.well-known/openid-configuration", httpx.Response(200, text="<html>"), ProviderMisconfigured),
        ("/.well-known/openid-configuration", httpx.Response(200, json=[]), ProviderMisconfigured),
        ("/par", httpx.Response(401, json={"error": "invalid_client"}), ProviderMisconfigured),
        ("/par", httpx.Response(500), ProviderUnavailable),
        ("/token", httpx.ReadTimeout("slow"), ProviderUnavailable),
        ("/token", httpx.Response(429), ProviderUnavailable),
        ("/token", httpx.Response(400, json={"error": "invalid_grant"}), LoginExpired),
        ("/token", httpx.Response(400, json={"error": "invalid_client"}), ProviderMisconfigured),
        ("/token", httpx.Response(200, json={"access_token": "a"}), ProviderMisconfigured),
        ("/jwks", httpx.Response(200, json={"keys": []}), ProviderMisconfigured),
        ("/jwks", httpx.Response(200, json={}), ProviderMisconfigured),
        ("/jwks", httpx.ConnectError("away"), ProviderUnavailable),
    ],
)
def test_a_provider_in_trouble_is_told_from_one_that_is_set_up_wrong(
    client: OpenIdClient,
    provider: FakeProvider,
    challenge: Challenge,
    path: str,
    answer: httpx.Response | httpx.HTTPError,
    error: type[LoginError],
) -> None:
    provider.answers[path] = answer
    with pytest.raises(error):
        _finish(client, challenge)


def test_logging_out_at_the_provider_keeps_the_number_out_of_the_address(client: OpenIdClient) -> None:
    form = client.logout_form("the-id-token", "https://ringebu.example/logget-ut")
    assert form is not None
    assert form[0] == f"{ISSUER}/logout"
    assert form[1]["id_token_hint"] == "the-id-token"
