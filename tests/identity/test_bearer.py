"""The door of the API: machines with a token that holds come in, nobody else; refusals say what the standard allows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from joserfc import jwt
from werkzeug.test import TestResponse

from citizen_portal import clock, db
from citizen_portal.identity.errors import InvalidToken
from citizen_portal.identity.maskinporten import MachineToken
from citizen_portal.identity.models import Person, UsedToken
from citizen_portal.identity.used_tokens import use_once
from citizen_portal.tenancy.models import Municipality
from tests.conftest import ClientFor, LogIn
from tests.login import RunningProvider

API = "/api/fhir"


@pytest.fixture
def push(trusting_app: Flask, provider: RunningProvider, in_ringebu: Municipality) -> Callable[..., TestResponse]:
    """`push(scope=…, consumer=…)` sends an empty bundle with a token that says so."""

    def send(authorization: str | None = None, host: str = "ringebu.localhost", **claims: Any) -> TestResponse:
        now = int(clock.now().timestamp())
        consumer = claims.pop("consumer", in_ringebu.organisation_number)
        token = {
            "iss": provider.config.issuer,
            "aud": provider.settings.api_audience,
            "client_id": "care-record",
            "scope": "portal:visits.write",
            "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{consumer}"},
            "iat": now,
            "exp": now + 120,
            "jti": str(uuid4()),
        } | claims
        key = provider.config.signing_key
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, token, key, algorithms=["RS256"])
        return trusting_app.test_client().post(
            API,
            base_url=f"http://{host}",
            headers={"Authorization": f"Bearer {signed}" if authorization is None else authorization},
            data="{}",
            content_type="application/fhir+json",
        )

    return send


def _assert_problem(response: TestResponse, status: int, challenge: str) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.json is not None
    assert response.json["status"] == status
    assert response.headers["WWW-Authenticate"].startswith(challenge)


def test_a_machine_with_the_right_token_comes_in(push: Callable[..., TestResponse]) -> None:
    assert push().status_code not in (401, 403)  # what it sent is another matter


def test_without_a_token_nobody_comes_in(push: Callable[..., TestResponse]) -> None:
    _assert_problem(push(authorization=""), 401, "Bearer")


@pytest.mark.parametrize(
    "claims", [{"aud": "https://another.example/api"}, {"exp": 1}, {"iss": "https://evil.example"}]
)
def test_a_token_that_does_not_hold_is_401(push: Callable[..., TestResponse], claims: dict[str, Any]) -> None:
    _assert_problem(push(**claims), 401, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("header", ["Bearer x.y.z", "Bearer ", "Basic a2FyaTprYXJp"])
def test_what_is_no_token_is_401(push: Callable[..., TestResponse], header: str) -> None:
    _assert_problem(push(authorization=header), 401, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("scope", ["portal:visits.read", "", "portal:visits.write.all"])
def test_a_token_without_the_scope_is_403(push: Callable[..., TestResponse], scope: str) -> None:
    _assert_problem(push(scope=scope), 403, 'Bearer error="insufficient_scope"')


def test_a_token_of_another_municipality_is_403(push: Callable[..., TestResponse], nord_fron: Municipality) -> None:
    _assert_problem(push(consumer=nord_fron.organisation_number), 403, "Bearer error=")
    _assert_problem(push(host="nord-fron.localhost"), 403, "Bearer error=")


def test_a_persons_session_does_not_open_the_api(kari: Person, client_for: ClientFor) -> None:
    response = client_for(kari).post(API, data="{}", content_type="application/fhir+json")
    assert response.status_code == 401


def test_a_machines_token_does_not_open_peoples_pages(
    push: Callable[..., TestResponse], trusting_app: Flask, kari: Person, log_in: LogIn
) -> None:
    assert log_in(kari)
    token = push().request.headers["Authorization"]
    page = trusting_app.test_client().get(
        "/min-side", base_url="http://ringebu.localhost", headers={"Authorization": token}
    )
    assert page.status_code == 303
    assert page.location.startswith("/logg-inn?")


def test_a_token_opens_the_door_once(push: Callable[..., TestResponse]) -> None:
    token = push().request.headers["Authorization"]
    _assert_problem(push(authorization=token), 401, 'Bearer error="invalid_token"')


def test_another_token_with_the_same_jti_is_refused(push: Callable[..., TestResponse]) -> None:
    assert push(jti="the-same").status_code != 401
    _assert_problem(push(jti="the-same", scope="portal:visits.write portal:visits.read"), 401, "Bearer error=")


def test_a_token_shown_to_many_processes_at_once_opens_one_door(
    push: Callable[..., TestResponse], in_ringebu: Municipality
) -> None:
    token = MachineToken("care-record", in_ringebu.organisation_number, None, frozenset(), None, b"x" * 32, clock.now())

    def show(_number: int) -> bool:
        try:
            with db.as_municipality(in_ringebu.id), db.transaction() as session:
                use_once(session, token)
        except InvalidToken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(show, range(8))) == 1


def test_used_tokens_are_forgotten_when_they_have_run_out(push: Callable[..., TestResponse]) -> None:
    push()
    push()
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        push()
    with db.read_only() as session:
        assert session.query(UsedToken).count() == 1
