"""A login ends when it must: what the page knows of it, how it is prolonged, and how another site ends it."""

import logging
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest

from citizen_portal import clock, db
from citizen_portal.identity import doors, sessions
from citizen_portal.identity.models import LoginSession, Person, StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.conftest import CITIZEN_ISSUER, ClientFor, LogIn
from tests.login import Browser
from tests.reading import StrictClient

OpenBrowser = Callable[..., Browser]
LOGOUT = "/logg-ut/fra-id-porten"


def _warning(browser: StrictClient) -> dict[str, int]:
    [dialog] = browser.page("/logget-ut").all("//dialog[@id='session-warning']")
    return {name: int(dialog.get(f"data-{name}")) for name in ("idle", "absolute")}


def test_the_page_knows_when_the_login_ends_and_says_nothing_to_a_stranger(client_for: ClientFor, kari: Person) -> None:
    karis = client_for(kari)
    left = _warning(karis)
    assert 1790 <= left["idle"] <= 1800
    assert 7190 <= left["absolute"] <= 7200
    assert client_for().page("/logget-ut").all("//dialog") == []


def test_kari_says_that_she_is_still_there(client_for: ClientFor, kari: Person) -> None:
    karis, began = client_for(kari), clock.now()
    with clock.frozen(began + timedelta(minutes=29)):
        answer = karis.post("/innlogging/forleng")
        assert answer.status_code == 200
        assert answer.json is not None
        assert answer.json["idle"] == 1800
        assert answer.json["absolute"] <= 91 * 60
    with clock.frozen(began + timedelta(minutes=58)):
        assert _warning(karis)["idle"] == 1800


def test_nothing_prolongs_a_login_beyond_two_hours(client_for: ClientFor, kari: Person) -> None:
    karis, began = client_for(kari), clock.now()
    for minutes in range(25, 120, 25):
        with clock.frozen(began + timedelta(minutes=minutes)):
            karis.post("/innlogging/forleng")
    with clock.frozen(began + timedelta(minutes=119)):
        answer = karis.post("/innlogging/forleng")
        assert answer.json is not None
        assert answer.json["absolute"] <= 60
    with clock.frozen(began + timedelta(minutes=121)):
        assert karis.post("/innlogging/forleng").status_code == 401


def test_a_stranger_prolongs_nothing(client_for: ClientFor, kari: Person, nord_fron: Municipality) -> None:
    assert client_for().post("/innlogging/forleng").status_code == 401
    karis = client_for(kari)
    assert karis.post("/innlogging/forleng", base_url="http://nord-fron.localhost").status_code == 401


def test_an_employees_login_lasts_two_hours_however_old_the_employers_is(siri: StaffMember, log_in: LogIn) -> None:
    log_in(siri)
    with db.read_only() as session:
        row = session.query(LoginSession).one()
    assert row.ends_at == row.created_at + timedelta(minutes=120)


def test_a_provider_that_vouches_for_an_old_login_is_asked_once_more_and_no_third_time(
    in_ringebu: Municipality, browser: OpenBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "_WORTH_BEGINNING", timedelta(minutes=120))  # every login is at its end
    karis = browser()
    again = karis.return_to(karis.choose(karis.ask_to_log_in(), "kari"))
    assert again.status_code == 303
    assert karis.provider.get(again.location).status_code == 200  # she is asked, though she is logged in there
    stopped = karis.return_to(karis.choose(again.location, "kari"))
    assert stopped.status_code == 403
    assert "to timer" in stopped.text
    with db.read_only() as session:
        assert session.query(LoginSession).count() == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sid={sid}",
        "?iss={iss}",
        "?iss={iss}&sid=",
        "?iss=https://evil.example&sid={sid}",
        "?iss={iss}//&sid={sid}",
        "?iss={iss}&iss={iss}&sid={sid}",
        "?iss={iss}&sid={sid}&sid={sid}",
        "?iss={iss}&sid=" + "x" * 5000,
        "?iss={iss}&sid=%00",
        "?iss={iss}&sid=ukjent",
    ],
)
def test_a_forged_or_stale_logout_call_ends_nothing_and_is_answered_like_any_other(
    client_for: ClientFor, kari: Person, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    client_for(kari)
    sid = f"sid-of-{kari.id}"
    with caplog.at_level(logging.INFO):
        answer = client_for().get(LOGOUT + query.format(iss=quote(CITIZEN_ISSUER), sid=sid))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "X-Frame-Options" not in answer.headers
    assert "frame-ancestors http://127.0.0.1:9" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    with db.read_only() as session:
        assert session.query(LoginSession).count() == 1
    assert sid not in caplog.text
    assert "logout elsewhere" in caplog.text


@pytest.mark.parametrize(("path", "slash"), [(LOGOUT, ""), (LOGOUT + "/", "/")])
def test_a_logout_call_ends_the_sessions_of_every_municipality_at_once(
    client_for: ClientFor, kari: Person, ola: Person, nord_fron: Municipality, log_in: LogIn, path: str, slash: str
) -> None:
    log_in(kari)
    log_in(ola)
    with db.as_municipality(nord_fron.id):
        with db.transaction() as session:
            copy = Person(
                municipality_id=nord_fron.id,
                id=kari.id,
                national_id_encrypted=b"x",
                national_id_hash=b"x",
                name="Kari Moen",
                created_at=clock.now(),
            )
            session.add(copy)
        with db.transaction() as session:
            row = LoginSession(
                person_id=kari.id,
                token_hash=b"x",
                acr="idporten-loa-high",
                assurance=4,
                issuer=CITIZEN_ISSUER,
                sid=f"sid-of-{kari.id}",
                id_token_encrypted=b"x",
                authenticated_at=clock.now(),
                created_at=clock.now(),
                ends_at=clock.now(),
                last_seen_at=clock.now(),
            )
            session.add(row)
    assert client_for().get(f"{path}?iss={quote(CITIZEN_ISSUER)}{slash}&sid=sid-of-{kari.id}").status_code == 200
    with db.read_only() as session:
        assert [row.person_id for row in session.query(LoginSession)] == [ola.id]
    with db.as_municipality(nord_fron.id), db.read_only() as session:
        assert session.query(LoginSession).count() == 0


def test_the_transaction_is_back_in_its_own_municipality_afterwards(
    kari: Person, nord_fron: Municipality, log_in: LogIn
) -> None:
    log_in(kari)
    with db.transaction() as session:
        assert sessions.end_everywhere(session, CITIZEN_ISSUER, "nobody") == 0
        assert session.query(LoginSession).count() == 1
