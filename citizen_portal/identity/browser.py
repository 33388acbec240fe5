"""The browser's side of a login session: its cookie, and who makes this request."""

from dataclasses import dataclass
from typing import NamedTuple

import httpx
from flask import Flask, Request, Response, current_app, flash, g, request
from flask_babel import gettext
from flask_login import LoginManager

from citizen_portal import clock
from citizen_portal.auth.actor import Actor, Citizen
from citizen_portal.auth.guards import current_actor
from citizen_portal.config import Settings
from citizen_portal.db import read_only, transaction
from citizen_portal.identity import acting_for, sessions
from citizen_portal.identity.maskinporten import TokenVerifier
from citizen_portal.identity.models import ABSOLUTE_LIMIT, IDLE_LIMIT, RECOGNISED_FOR, LoginSession
from citizen_portal.identity.used_tokens import use_once
from citizen_portal.tenancy.hosts import current_municipality

_EXTENSION = "portal.token_verifier"
_API = "/api/"


@dataclass(frozen=True, slots=True)
class RequestUser:
    """What flask-login calls a user: the actor of this request. It is only ever made for somebody who is logged in."""

    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """The actor's id; flask-login asks for one."""
        return self.actor.actor_id


def init_app(app: Flask, settings: Settings, http: httpx.Client) -> None:
    """Let `auth.guards.current_actor` find who makes a request, and templates know it as `actor`."""
    app.extensions[_EXTENSION] = TokenVerifier.for_issuers(settings.maskinporten_issuers, settings.api_audience, http)
    manager = LoginManager()
    manager.session_protection = None  # our own session rows replace flask-login's
    manager.init_app(app, add_context_processor=False)
    manager.request_loader(_load)
    app.context_processor(_know_actor)


class Limits(NamedTuple):
    """How many seconds a login session has left: while nothing happens, and at the most."""

    idle: int
    absolute: int


def limits_of(login_session: LoginSession) -> Limits:
    """What the session has left now."""
    now = clock.now()
    idle = login_session.last_seen_at + IDLE_LIMIT - now
    return Limits(int(idle.total_seconds()), int((login_session.ends_at - now).total_seconds()))


def _know_actor() -> dict[str, object]:
    if request.path.startswith(_API):
        return {"actor": None, "login_limits": None}
    login_session = current_login_session()
    return {"actor": current_actor(), "login_limits": limits_of(login_session) if login_session else None}


def token_of(incoming: Request) -> str | None:
    """The token of the browser's login session."""
    return incoming.cookies.get(cookie_name(is_secure=incoming.is_secure)) or None


def cookie_name(*, is_secure: bool) -> str:
    """`__Host-` binds the cookie to exactly this host, over TLS; without TLS browsers refuse that prefix."""
    return "__Host-portal" if is_secure else "portal"


def remember(response: Response, token: str) -> None:
    """Give the browser the token, for as long as a session can last and be recognised after its end."""
    response.set_cookie(
        cookie_name(is_secure=request.is_secure),
        token,
        max_age=ABSOLUTE_LIMIT + RECOGNISED_FOR,
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
        path="/",
    )


def forget(response: Response) -> None:
    """Take the token from the browser."""
    response.delete_cookie(
        cookie_name(is_secure=request.is_secure), httponly=True, secure=request.is_secure, samesite="Lax", path="/"
    )


def current_login_session() -> LoginSession | None:
    """The login session of this request."""
    current_actor()
    login_session: LoginSession | None = g.get("login_session")
    return login_session


def _load(incoming: Request) -> RequestUser | None:
    """The API is for machines with a token, everything else for people with a session: never one for the other."""
    if "municipality" not in g:
        return None
    if incoming.path.startswith(_API):
        return _load_machine(incoming.headers.get("Authorization"))
    return _load_person(token_of(incoming))


def _load_machine(authorization: str | None) -> RequestUser | None:
    if not authorization:
        return None
    verifier: TokenVerifier = current_app.extensions[_EXTENSION]
    token = verifier.verify(authorization)
    machine = token.as_machine(current_municipality())
    with transaction() as session:
        use_once(session, token)
    return RequestUser(machine)


def _say_that_it_ended(actor: Actor) -> None:
    """What let her act for the chosen person has ended: she sees for herself from now on, and is told so."""
    assert isinstance(actor, Citizen)  # noqa: S101  for the type checker: nobody else acts for somebody
    with transaction() as session:
        acting_for.forget_person(session, actor)
    flash(
        gettext("You can no longer see or do anything for the person you had chosen. You now see for yourself."), "info"
    )


def _load_person(token: str | None) -> RequestUser | None:
    if token is None:
        return None
    with read_only() as session:
        login = sessions.active_login(session, token)
    if login is None:
        return None
    if login.login_session.needs_stamp:
        with transaction() as session:
            sessions.stamp_seen(session, login.login_session.id)
        login.login_session.last_seen_at = clock.now()
    if login.has_lost_person:
        _say_that_it_ended(login.actor)
    g.login_session = login.login_session
    return RequestUser(login.actor)
