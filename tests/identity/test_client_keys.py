"""The keys that we log in with are renewed while the portal runs, and somebody is told before they expire."""

import json
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from joserfc.jwk import RSAKey

from citizen_portal import clock, db
from citizen_portal.app import create_app
from citizen_portal.auth.actor import Role
from citizen_portal.cli import main
from citizen_portal.config import ConfigurationError, Settings
from citizen_portal.identity import client_keys
from citizen_portal.identity.client_keys import KeyFile
from citizen_portal.identity.models import StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.conftest import ClientFor, LogIn, give_roles, strict_app
from tests.login import Browser, RunningProvider

OpenBrowser = Callable[..., Browser]
TOKEN = "a token of the operator's"


@cache
def _key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid})


def _jwk(kid: str, *, days: float | None = None) -> dict[str, object]:
    end = {} if days is None else {"exp": int((clock.now() + timedelta(days=days)).timestamp())}
    return _key(kid).as_dict(private=True) | end


def _write(path: Path, *jwks: dict[str, object]) -> None:
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(json.dumps({"keys": list(jwks)}))
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file with one key, as the operator made it at first."""
    file = tmp_path / "client.jwk"
    file.write_text(json.dumps(_jwk("first", days=20)))
    return file


def test_the_first_key_signs_and_all_are_published(path: Path) -> None:
    _write(path, _jwk("new", days=300), _jwk("old", days=20))
    keys = KeyFile("portal", path)
    assert keys.signing_key().kid == "new"
    published = keys.published()
    assert [half["kid"] for half in published] == ["new", "old"]
    assert all(not set(half) & {"d", "p", "q", "dp", "dq", "qi", "exp"} for half in published)
    assert [(state.kid, state.signs, state.alarms) for state in keys.states()] == [
        ("new", True, False),
        ("old", False, False),
    ]


def test_a_new_file_is_read_without_a_restart_and_a_broken_one_is_not(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = KeyFile("portal", path)
    _write(path, _jwk("second"), json.loads(path.read_text()))
    assert keys.signing_key().kid == "second"
    for broken in ("{", "[]", '{"keys": []}', '{"keys": 7}', '{"keys": [{"kty": "RSA"}]}', "null"):
        path.write_text(broken + " " * len(caplog.records))
        assert keys.signing_key().kid == "second", broken
    path.unlink()
    assert keys.signing_key().kid == "second"
    assert "the former keys stay in use" in caplog.text
    with pytest.raises(ConfigurationError):
        KeyFile("portal", path)


def test_a_rotation_puts_the_new_key_first_and_keeps_the_former(path: Path) -> None:
    new = client_keys.rotate(path)
    assert [key.kid for key in client_keys.read_keys(path)] == [new.kid, "first"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [state, _former] = KeyFile("portal", path).states()
    assert state.days_left == 364
    assert list(path.parent.iterdir()) == [path]


def test_a_prepared_key_is_known_before_it_signs(path: Path) -> None:
    assert client_keys.rotate(path, prepare=True).kid == "first"
    [_first, prepared] = [key.kid for key in client_keys.read_keys(path)]
    assert client_keys.rotate(path).kid == prepared
    assert [key.kid for key in client_keys.read_keys(path)] == [prepared, "first"]


def test_expired_keys_go_and_there_are_never_more_than_five(path: Path) -> None:
    _write(path, *(_jwk(f"key-{number}", days=days) for number, days in enumerate((9, -1, 8, 7, 6, 5))))
    client_keys.rotate(path)
    assert [key.kid for key in client_keys.read_keys(path)][1:] == ["key-0", "key-2", "key-3", "key-4"]


@pytest.mark.parametrize(("days", "alarms"), [(31, False), (29.9, True), (-1, True), (None, False)])
def test_the_alarm_goes_thirty_days_before(path: Path, days: float | None, alarms: bool) -> None:
    _write(path, _jwk("first", days=days))
    assert KeyFile("portal", path).states()[0].alarms == alarms


def test_a_date_that_is_none_is_none(path: Path) -> None:
    for nonsense in ("soon", True, 10**40):
        _write(path, _jwk("first") | {"exp": nonsense})
        try:
            keys = KeyFile("portal", path)
        except ConfigurationError:
            continue
        assert keys.states()[0].days_left is None


def test_kari_logs_in_before_and_after_a_rotation(
    in_ringebu: Municipality, provider: RunningProvider, browser: OpenBrowser
) -> None:
    karis = browser()
    assert karis.log_in("kari").status_code == 303
    former = KeyFile("x", provider.settings.idporten_private_jwk).signing_key().kid
    new = client_keys.rotate(provider.settings.idporten_private_jwk)
    assert new.kid != former
    assert karis.log_in("kari", "/logg-inn?paa-nytt=1").status_code == 303


# What is shown of them.


@pytest.fixture
def watched(settings: Settings, path: Path) -> Settings:
    """An installation whose citizens' key expires in twenty days, and that is measured."""
    return settings.model_validate(
        {
            **settings.model_dump(by_alias=True),
            "DATABASE_URL": settings.database_url,
            "idporten_private_jwk": path,
            "metrics_token": TOKEN,
        }
    )


@pytest.fixture
def app(watched: Settings) -> Flask:
    """The application of that installation."""
    return strict_app(watched)


@pytest.fixture
def owner(siri: StaffMember) -> StaffMember:
    """Siri, who looks after the system too."""
    give_roles(siri, Role.SYSTEM_OWNER)
    return siri


def test_the_public_halves_are_there_for_the_provider_once_each(client_for: ClientFor, ringebu: Municipality) -> None:
    answer = client_for().get("/.well-known/jwks.json")
    assert answer.json is not None
    assert [key["kid"] for key in answer.json["keys"]] == ["first", "portal-test"]
    assert all("d" not in key for key in answer.json["keys"])
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_who_looks_after_the_system_sees_the_keys_and_the_alarm(client_for: ClientFor, owner: StaffMember) -> None:
    browser = client_for(owner)
    page = browser.page("/ansatt/nokler")
    assert page.h1 == "Nøkler for innlogging"
    assert "En nøkkel for innlogging går snart ut" in page.text
    assert "19 dager igjen" in page.text
    assert "Ingen har notert når" in page.text
    assert "Se nøklene" in browser.page("/ansatt").text


def test_nobody_else_does(client_for: ClientFor, siri: StaffMember, astrid: StaffMember) -> None:
    for member in (siri, astrid):
        browser = client_for(member)
        assert browser.get("/ansatt/nokler").status_code == 403
        assert "Se nøklene" not in browser.page("/ansatt").text
    assert client_for().get("/ansatt/nokler").status_code == 303


def test_the_alarm_stands_on_the_front_page_of_who_has_no_cases(client_for: ClientFor, jonas: StaffMember) -> None:
    give_roles(jonas, Role.SYSTEM_OWNER)
    assert "Se nøklene" in client_for(jonas).page("/ansatt").text


def test_the_operator_measures_how_long_the_keys_live(app: Flask, ringebu: Municipality) -> None:
    client = app.test_client()
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer æ"}):
        assert client.get("/metrics", headers=header, base_url="http://10.0.0.1").status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, base_url="http://10.0.0.1")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    [sample] = [line for line in answer.text.splitlines() if not line.startswith("#")]
    name, _, seconds = sample.rpartition(" ")
    assert name == 'portal_login_key_expires_seconds{client="portal",kid="first"}'
    assert 19 * 86400 < int(seconds) <= 20 * 86400


def test_without_a_token_there_is_nothing_to_measure(settings: Settings, ringebu: Municipality) -> None:
    app = create_app(settings)
    assert app.test_client().get("/metrics", base_url="http://ringebu.localhost").status_code == 404
    db.dispose()


def test_the_command_line_lists_and_rotates(
    monkeypatch: pytest.MonkeyPatch, watched: Settings, path: Path, log_in: LogIn
) -> None:
    monkeypatch.setattr("citizen_portal.cli.connection.settings", lambda: watched)
    run = CliRunner()
    listed = run.invoke(main, ["keys", "list"])
    assert "portal  first  signs" in listed.output
    assert "portal-staff  portal-test  signs  no date noted" in listed.output
    rotated = run.invoke(main, ["keys", "rotate", "--client", "citizen", "--days", "100"])
    assert rotated.exit_code == 0, rotated.output
    published = json.loads(rotated.output.splitlines()[-1])["keys"]
    assert published[1]["kid"] == "first"
    assert all("d" not in key for key in published)
    assert run.invoke(main, ["keys", "rotate", "--client", "citizen", "--days", "400"]).exit_code != 0
