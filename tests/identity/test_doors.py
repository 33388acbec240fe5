"""The keys that we prove ourselves with, and the sealed memory of a login on its way."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.auth.actor import Assurance
from citizen_portal.config import ConfigurationError
from citizen_portal.identity.errors import LoginExpired
from citizen_portal.identity.login_attempt import AttemptSealer, LoginAttempt, as_second_try, cookie_name, is_second_try
from citizen_portal.identity.oidc import Challenge
from citizen_portal.identity.private_keys import private_key


@pytest.fixture
def attempt() -> LoginAttempt:
    challenge = Challenge.new("https://login.example", "https://ringebu.example/logg-inn/svar", Assurance.HIGH)
    return LoginAttempt(challenge, "/min-side", 1, clock.now())


def test_an_attempt_comes_back_as_it_was(attempt: LoginAttempt) -> None:
    sealer = AttemptSealer("a secret")
    assert sealer.open(sealer.seal(attempt)) == attempt
    staff = replace(attempt, challenge=replace(attempt.challenge, minimum=None))
    assert sealer.open(sealer.seal(staff)) == staff


def test_nobody_reads_or_makes_an_attempt_without_our_secret(attempt: LoginAttempt) -> None:
    sealed = AttemptSealer("a secret").seal(attempt)
    assert attempt.challenge.code_verifier not in sealed
    head, *rest, tail = sealed.split(".")
    for forged in ("", "x", sealed[:-4] + "AAAA", ".".join((head, *rest[:-1], "AAAA", tail)), "ø"):
        with pytest.raises(LoginExpired):
            AttemptSealer("a secret").open(forged)
    with pytest.raises(LoginExpired):
        AttemptSealer("another secret").open(sealed)


@pytest.mark.parametrize(("minutes", "holds"), [(0, True), (10, True), (11, False), (-1, False)])
def test_an_attempt_holds_for_ten_minutes(attempt: LoginAttempt, minutes: int, holds: bool) -> None:
    sealer = AttemptSealer("a secret")
    sealed = sealer.seal(attempt)
    with clock.frozen(attempt.created_at + timedelta(minutes=minutes)):
        if holds:
            assert sealer.open(sealed) == attempt
        else:
            with pytest.raises(LoginExpired):
                sealer.open(sealed)


def test_a_second_try_is_seen_on_its_state_and_the_cookie_hides_the_state(attempt: LoginAttempt) -> None:
    assert not is_second_try(attempt.challenge.state)
    second = as_second_try(attempt.challenge)
    assert is_second_try(second.state)
    assert second.nonce == attempt.challenge.nonce
    assert attempt.challenge.state not in cookie_name(attempt.challenge.state)


def test_a_challenge_does_not_print_its_secrets(attempt: LoginAttempt) -> None:
    assert attempt.challenge.nonce not in repr(attempt)
    assert attempt.challenge.code_verifier not in repr(attempt)


def test_a_client_key_must_be_private_and_named(tmp_path: Path) -> None:
    key = RSAKey.generate_key(2048, {"kid": "portal-1"})
    good, public, nameless, broken = (tmp_path / name for name in ("good", "public", "nameless", "broken"))
    good.write_text(json.dumps(key.as_dict(private=True)))
    public.write_text(json.dumps(key.as_dict(private=False)))
    nameless.write_text(json.dumps({name: v for name, v in key.as_dict(private=True).items() if name != "kid"}))
    broken.write_text("{")
    assert private_key(good).kid == "portal-1"
    for path in (public, nameless, broken, tmp_path / "missing"):
        with pytest.raises(ConfigurationError):
            private_key(path)
