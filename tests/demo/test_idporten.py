"""The demo provider keeps the rules that ID-porten and Maskinporten keep, so that the portal is tried against them."""

import stat
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import html5lib
import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from citizen_portal import clock
from citizen_portal.config import ConfigurationError, Settings
from citizen_portal.demo import idporten
from citizen_portal.demo.people import named_citizens
from citizen_portal.identity.maskinporten import TokenVerifier
from tests.login import RunningProvider

REDIRECT = "http://ringebu.localhost/logg-inn/svar"
AUDIENCE = "https://portal.test/api"
VERIFIER = "a-verifier-that-is-long-enough-for-the-standard-4321"


class Client:
    """A website that logs people in, well behaved unless a test says otherwise."""

    def __init__(self, provider: RunningProvider, kind: str = "citizen") -> None:
        self.issuer = provider.config.issuer
        self.key = idporten.demo_key(provider.settings.instance, f"{kind}-client")
        self.client_id = "portal" if kind == "citizen" else "portal-staff"
        self.redirect = REDIRECT if kind == "citizen" else "http://ringebu.localhost/ansatt/logg-inn/svar"
        self.http = httpx.Client(base_url=self.issuer)

    def assertion(self, key: RSAKey | None = None, **changes: Any) -> str:
        now = int(clock.now().timestamp())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "iat": now, "exp": now + 60}
        claims |= {"jti": token_urlsafe()} | changes
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])

    def post(self, path: str, form: dict[str, str], assertion: str | None = None) -> httpx.Response:
        proof = {
            "client_id": self.client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion() if assertion is None else assertion,
        }
        return self.http.post(path, data=proof | form)

    def push(self, **changes: str) -> httpx.Response:
        form = {
            "response_type": "code",
            "redirect_uri": self.redirect,
            "scope": "openid profile",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": create_s256_code_challenge(VERIFIER),
            "code_challenge_method": "S256",
            "acr_values": "idporten-loa-high",
        }
        return self.post("/par", form | changes)

    def pushed(self, **changes: str) -> dict[str, str]:
        return {"client_id": self.client_id, "request_uri": self.push(**changes).json()["request_uri"]}

    def choose(self, person: str = "kari", level: str = "idporten-loa-high", **changes: str) -> dict[str, str]:
        answer = self.http.post("/authorize", data=self.pushed(**changes) | {"person": person, "level": level})
        return _query(answer)

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect}
        return self.post("/token", form | {"code_verifier": VERIFIER} | changes)

    def claims(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(self.http.get("/jwks.json").json())
        return jwt.decode(token, keys, algorithms=["RS256"]).claims


def _query(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@pytest.fixture
def client(provider: RunningProvider) -> Client:
    return Client(provider)


def test_kari_gets_a_token_as_id_porten_would_give_her(client: Client) -> None:
    answer = client.choose()
    assert (answer["state"], answer["iss"]) == ("the-state", client.issuer)
    token = client.redeem(answer["code"])
    assert token.headers["cache-control"] == "no-store"
    claims = client.claims(token.json()["id_token"])
    assert claims["pid"] == named_citizens()[0].national_id
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (client.issuer, "portal", "the-nonce")
    assert (claims["acr"], claims["amr"], claims["locale"]) == ("idporten-loa-high", ["TestID"], "nb")
    assert claims["exp"] - claims["iat"] == 120
    assert claims["sid"]
    assert claims["sub"] != "kari"


def test_siri_gets_a_token_with_her_roles_and_no_number(provider: RunningProvider) -> None:
    client = Client(provider, "staff")
    claims = client.claims(client.redeem(client.choose("siri")["code"]).json()["id_token"])
    assert (claims["name"], claims["roles"]) == ("Siri Haugen", ["caseworker"])
    assert claims["oid"]
    assert "pid" not in claims


def test_a_citizen_cannot_come_in_by_the_staff_client(provider: RunningProvider) -> None:
    client = Client(provider, "staff")
    page = client.http.post("/authorize", data=client.pushed() | {"person": "kari", "level": "idporten-loa-high"})
    assert page.status_code == 200  # the question again


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"redirect_uri": "https://evil.example/logg-inn/svar"}, 400),
        ({"redirect_uri": REDIRECT + "/"}, 400),
        ({"code_challenge_method": "plain"}, 400),
        ({"code_challenge": ""}, 400),
        ({"nonce": ""}, 400),
        ({"scope": "profile"}, 400),
        ({"response_type": "token"}, 400),
        ({"client_id": "unknown"}, 401),
        ({"client_assertion_type": "none"}, 401),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(client: Client, changes: dict[str, str], status: int) -> None:
    assert client.push(**changes).status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"exp": 1},
        {"iss": "other"},
        {"sub": "other"},
        {"jti": None},
        {"exp": 4_000_000_000},
    ],
)
def test_a_client_that_does_not_prove_itself_is_refused(client: Client, changes: dict[str, Any]) -> None:
    response = client.post("/par", {}, client.assertion(**changes))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_another_key_and_a_used_assertion_are_refused(client: Client, provider: RunningProvider) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": client.key.kid or ""})
    assert client.post("/par", {}, client.assertion(stranger)).status_code == 401
    assertion = client.assertion()
    assert client.post("/par", {}, assertion).json()["error"] == "invalid_request"
    assert client.post("/par", {}, assertion).json()["error"] == "invalid_client"


def test_requests_must_be_pushed(client: Client) -> None:
    response = client.http.get("/authorize", params={"client_id": "portal", "redirect_uri": REDIRECT})
    assert response.status_code == 400
    assert client.http.get("/authorize", params=client.pushed() | {"client_id": "portal-staff"}).status_code == 400


def test_a_code_works_once_for_its_own_client_with_its_own_verifier(client: Client) -> None:
    code = client.choose()["code"]
    assert client.redeem(code).status_code == 200
    assert client.redeem(code).json()["error"] == "invalid_grant"
    for changes in ({"code_verifier": "another"}, {"redirect_uri": "http://nord-fron.localhost/logg-inn/svar"}):
        assert client.redeem(client.choose()["code"], **changes).json()["error"] == "invalid_grant"
    assert client.redeem(code, grant_type="password").json()["error"] == "unsupported_grant_type"


def test_the_page_of_people_is_valid_and_can_be_searched(client: Client) -> None:
    request = client.pushed()
    for query in ({}, {"q": "moe"}, {"q": "nobody has this name"}):
        page = client.http.get("/authorize", params=request | query)
        html5lib.HTMLParser(strict=True).parse(page.text)
        assert "Kari Moen" in page.text
    assert 'lang="nb"' in page.text
    assert "Ingen heter det" in page.text


def test_single_sign_on_asks_only_once_and_steps_up_within_the_same_session(client: Client) -> None:
    low = client.claims(
        client.redeem(
            client.choose(level="idporten-loa-substantial", acr_values="idporten-loa-substantial")["code"]
        ).json()["id_token"]
    )
    silent = client.http.get("/authorize", params=client.pushed(acr_values="idporten-loa-substantial"))
    assert "code" in _query(silent)
    assert client.http.get("/authorize", params=client.pushed()).status_code == 200  # high was asked for
    high = client.claims(client.redeem(client.choose()["code"]).json()["id_token"])
    assert (low["sid"], high["acr"]) == (high["sid"], "idporten-loa-high")
    assert client.http.get("/authorize", params=client.pushed(prompt="login")).status_code == 200


def test_a_silent_login_without_a_session_says_so(client: Client) -> None:
    answer = client.http.get("/authorize", params=client.pushed(prompt="none"))
    assert _query(answer)["error"] == "login_required"


def test_logging_out_calls_every_site_and_returns_only_where_it_may(client: Client) -> None:
    token = client.redeem(client.choose()["code"]).json()["id_token"]
    sid = client.claims(token)["sid"]
    form = {"id_token_hint": token, "post_logout_redirect_uri": "https://evil.example"}
    page = client.http.post("/logout", data=form)
    assert (
        f"http://ringebu.localhost/logg-ut/fra-id-porten?iss={client.issuer.replace(':', '%3A').replace('/', '%2F')}"
        in page.text
    )
    assert f"sid={sid}" in page.text
    assert "evil.example" not in page.text
    assert client.http.get("/authorize", params=client.pushed()).status_code == 200


def test_logging_out_with_a_forged_hint_logs_nobody_out(client: Client) -> None:
    client.choose()
    page = client.http.post("/logout", data={"id_token_hint": "a.b.c", "post_logout_redirect_uri": REDIRECT})
    assert "iframe" not in page.text
    assert "code" in _query(client.http.get("/authorize", params=client.pushed()))


def _machine_answer(provider: RunningProvider, **changes: Any) -> httpx.Response:
    client = Client(provider)
    client.key = idporten.demo_key(provider.settings.instance, "care-record")
    claims = {"iss": idporten.CARE_RECORD_CLIENT, "scope": "portal:visits.write", "consumer_org": "940837685"}
    assertion = client.assertion(**({"resource": AUDIENCE} | claims | changes))
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return client.http.post("/token", data=form)


@pytest.mark.parametrize("resource", [AUDIENCE, [AUDIENCE]])
def test_the_care_record_system_gets_a_token_that_the_portal_takes(
    provider: RunningProvider, resource: str | list[str]
) -> None:
    token = _machine_answer(provider, resource=resource).json()["access_token"]
    with httpx.Client() as http:
        verified = TokenVerifier.for_issuers((provider.config.issuer,), AUDIENCE, http).verify(f"Bearer {token}")
    assert (verified.consumer, verified.client_id) == ("940837685", idporten.CARE_RECORD_CLIENT)
    assert verified.scopes == {"portal:visits.write"}


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "portal:everything"},
        {"scope": ""},
        {"consumer_org": "999999999"},
        {"iss": "unknown"},
        {"aud": "https://other.example"},
        {"exp": 4_000_000_000},
    ],
)
def test_a_machine_gets_no_more_than_it_was_given(provider: RunningProvider, changes: dict[str, Any]) -> None:
    assert _machine_answer(provider, **changes).status_code in (400, 401)


def test_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    key = idporten.demo_key(tmp_path, "provider")
    assert idporten.demo_key(tmp_path, "provider").as_dict() == key.as_dict()
    [file] = (tmp_path / "demo-keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_production_does_not_load_the_demo(settings: Settings) -> None:
    production = settings.model_copy(update={"environment": "production"})
    with pytest.raises(ConfigurationError):
        idporten.demo_provider_config(production, "https://login.example", ["https://ringebu.example"])
