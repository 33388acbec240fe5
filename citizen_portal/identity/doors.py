"""The two doors into the portal, citizens' and staff's: begin a login, take the provider's answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from flask import Flask, Response, after_this_request, current_app, redirect, request, session, url_for
from flask_babel import get_locale
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Assurance, Citizen
from citizen_portal.auth.guards import current_actor
from citizen_portal.config import Settings
from citizen_portal.db import current_municipality_id, transaction
from citizen_portal.identity import browser, sessions
from citizen_portal.identity.assurance import IDPORTEN_LEVELS, requested_acr
from citizen_portal.identity.client_keys import KeyFile
from citizen_portal.identity.errors import InvalidAnswer, LoginError, LoginExpired, LoginNotRenewed, LoginTooOld
from citizen_portal.identity.login_attempt import (
    COOKIE_PREFIX,
    LIFETIME,
    AttemptSealer,
    LoginAttempt,
    as_second_try,
    cookie_name,
    is_second_try,
)
from citizen_portal.identity.models import ABSOLUTE_LIMIT
from citizen_portal.identity.oidc import Authentication, Challenge, ClientRegistration, OpenIdClient
from citizen_portal.identity.provider import idporten_like
from citizen_portal.identity.registers.at_login import check_at_login
from citizen_portal.identity.staff_accounts.provisioning import make_known
from citizen_portal.identity.staff_client import staff_registration
from citizen_portal.tenancy.hosts import current_municipality

_EXTENSION = "portal.doors"
_MOST_ATTEMPTS = 4
"""More tabs than this forget the oldest attempt, so that the cookies never outgrow a request's headers."""
_WORTH_BEGINNING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: a provider, where its answer comes, and what a login becomes."""

    client: OpenIdClient
    callback: str
    """Endpoint of the view that takes the answer."""
    home: str
    """Path to go to when nobody asked for another."""
    log_in: Callable[..., str]
    asks_for_level: bool
    prepare: Callable[[Authentication], None]
    """What comes before the transaction in which the session begins, and stays when none does. Raises LoginError."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Both doors, and the seal on the cookies of those who are on their way in."""

    citizen: Door
    staff: Door
    sealer: AttemptSealer
    keys: tuple[KeyFile, ...]
    """What we prove ourselves with at each."""


def init_app(app: Flask, settings: Settings, http: httpx.Client) -> None:
    """Set up both doors. Raises ConfigurationError when a client's key cannot be read."""
    synthetic = settings.environment != "production"
    citizen_keys = KeyFile(settings.idporten_client_id, settings.idporten_private_jwk)
    staff_keys = KeyFile(settings.staff_oidc_client_id, settings.staff_oidc_private_jwk)
    citizen = ClientRegistration(
        settings.idporten_client_id,
        citizen_keys.signing_key,
        levels=IDPORTEN_LEVELS,
        demands_national_id=True,
        allows_synthetic=synthetic,
    )
    staff = staff_registration(settings, staff_keys.signing_key)
    idporten = OpenIdClient(idporten_like(settings.idporten_issuer, http), citizen, http)
    employer = OpenIdClient(idporten_like(settings.staff_oidc_issuer, http), staff, http)
    app.extensions[_EXTENSION] = Doors(
        Door(
            idporten,
            "identity.answer",
            "/min-side",
            sessions.log_in_citizen,
            asks_for_level=True,
            prepare=check_at_login,
        ),
        Door(
            employer,
            "identity.staff_answer",
            "/ansatt",
            sessions.log_in_staff,
            asks_for_level=False,
            prepare=_make_known,
        ),
        AttemptSealer(settings.secret_key.get_secret_value()),
        (citizen_keys, staff_keys),
    )


def doors() -> Doors:
    """The doors of the running application."""
    found: Doors = current_app.extensions[_EXTENSION]
    return found


def begin(
    door: Door,
    next_path: str,
    minimum: Assurance,
    *,
    second_try: bool = False,
    login_again: bool = False,
    again_as: str | None = None,
) -> Response:
    """Send the browser to the provider.

    With `login_again` it asks who it is even where it knows; with `again_as`, also that it is that subject once more.

    Raises:
        ProviderUnavailable, ProviderMisconfigured
    """
    wanted = minimum if door.asks_for_level else None
    onbehalfof = current_municipality().onbehalfof if door.asks_for_level else None
    challenge = Challenge.new(door.client.issuer, url_for(door.callback, _external=True), wanted, onbehalfof)
    if second_try:
        challenge = as_second_try(challenge)
    url = door.client.authorization_url(
        challenge,
        acr_values=None if wanted is None else requested_acr(wanted),
        ui_locales=str(get_locale() or "nb"),
        login_again=login_again or again_as is not None,
    )
    attempt = LoginAttempt(challenge, next_path, current_municipality_id(), clock.now(), _stepping_up(wanted), again_as)
    return _remembering(attempt, url)


def _remembering(attempt: LoginAttempt, url: str) -> Response:
    response = current_app.make_response(redirect(url, 303))
    _forget_oldest_attempts(response)
    response.set_cookie(
        _name(attempt.challenge.state),
        doors().sealer.seal(attempt),
        max_age=LIFETIME,
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
    )
    return response


def take_answer(door: Door) -> Response:
    """Let in whom the provider's answer stands for; an answer that we cannot place starts the login again, once.

    Raises:
        LoginError: the login did not end in a session.
    """
    answer = {name: values[0] for name, values in request.args.lists() if len(values) == 1}
    state = answer.get("state", "")
    after_this_request(lambda response: _forget_attempt(response, state))
    next_path, minimum, again_as = door.home, Assurance.SUBSTANTIAL, None
    try:
        attempt = _attempt(state)
        next_path, minimum, again_as = attempt.next_path, attempt.challenge.minimum or minimum, attempt.again_as
        authentication = door.client.authenticate(attempt.challenge, answer)
        _refuse_old(door, authentication)
    except LoginExpired as error:
        if is_second_try(state):
            raise
        again = isinstance(error, LoginTooOld)
        return begin(door, next_path, minimum, second_try=True, login_again=again, again_as=again_as)
    _refuse_another(attempt, authentication)
    return _let_in(door, authentication, attempt)


def _refuse_another(attempt: LoginAttempt, authentication: Authentication) -> None:
    """Who must log in anew must do so herself, and now. Raises LoginNotRenewed."""
    if not attempt.is_renewed_by(authentication):
        stopped = LoginNotRenewed("auth_time" if authentication.subject == attempt.again_as else "another person")
        stopped.id_token = authentication.id_token
        raise stopped


def _refuse_old(door: Door, authentication: Authentication) -> None:
    """A single sign-on at its end would make a session that is over before the first page. Raises LoginTooOld."""
    age = clock.now() - authentication.authenticated_at
    if door.asks_for_level and age > ABSOLUTE_LIMIT - _WORTH_BEGINNING:
        raise LoginTooOld("auth_time")


def _stepping_up(wanted: Assurance | None) -> UUID | None:
    """Who asks for a stronger login than she has."""
    actor = current_actor()
    weaker = isinstance(actor, Citizen) and wanted is not None and actor.assurance < wanted
    return actor.person_id if isinstance(actor, Citizen) and weaker else None


def _let_in(door: Door, authentication: Authentication, attempt: LoginAttempt) -> Response:
    try:
        door.prepare(authentication)
        with transaction() as database:
            token = _log_in(door, database, authentication, attempt)
    except LoginError as error:
        error.id_token = authentication.id_token
        raise
    session.clear()  # a form token from before the login must not live on after it
    response = current_app.make_response(redirect(attempt.next_path, 303))
    browser.remember(response, token)
    return response


def _make_known(authentication: Authentication) -> None:
    with transaction() as database:
        make_known(database, authentication)


def _log_in(door: Door, database: Session, authentication: Authentication, attempt: LoginAttempt) -> str:
    only = {"stepping_up": attempt.stepping_up} if attempt.stepping_up else {}
    return door.log_in(database, authentication, replacing=browser.token_of(request), **only)


def _attempt(state: str) -> LoginAttempt:
    if not state:
        raise InvalidAnswer("state missing")
    attempt = doors().sealer.open(request.cookies.get(_name(state), ""))
    if attempt.municipality_id != current_municipality_id():
        raise LoginExpired("begun in another municipality")
    return attempt


def _forget_attempt(response: Response, state: str) -> Response:
    if _name(state) in request.cookies:
        response.delete_cookie(_name(state), httponly=True, secure=request.is_secure, samesite="Lax")
    return response


def _forget_oldest_attempts(response: Response) -> None:
    prefix = _name_prefix()
    opened = [(name, value) for name, value in request.cookies.items() if name.startswith(prefix)]
    for name, _ in sorted(opened, key=lambda item: _age_order(item[1]))[: max(0, len(opened) - _MOST_ATTEMPTS + 1)]:
        response.delete_cookie(name, httponly=True, secure=request.is_secure, samesite="Lax")


def _age_order(sealed: str) -> float:
    try:
        return doors().sealer.open(sealed).created_at.timestamp()
    except LoginExpired:
        return 0.0


def _name_prefix() -> str:
    return ("__Host-" if request.is_secure else "") + COOKIE_PREFIX


def _name(state: str) -> str:
    return ("__Host-" if request.is_secure else "") + cookie_name(state)
