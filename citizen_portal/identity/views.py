"""Log in and log out: citizens at ID-porten, staff at their employer's provider."""

import logging

import httpx
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from citizen_portal.auth.actor import Assurance, Citizen, Staff
from citizen_portal.auth.guards import current_actor, public
from citizen_portal.config import Settings
from citizen_portal.db import read_only, transaction
from citizen_portal.identity import browser, doors, held_form_views, keys_staff_views, registers, sessions
from citizen_portal.identity.doors import Door
from citizen_portal.identity.errors import LoginError, ProviderMisconfigured, ProviderUnavailable
from citizen_portal.identity.stopped import explanation_of
from citizen_portal.security import allow_forms_to, allow_framing_by, csrf, limiter, local_path

logger = logging.getLogger(__name__)

bp = Blueprint("identity", __name__)

LOGINS_PER_MINUTE = "120 per minute"
"""From one address: a whole town hall may share one."""
LONGEST_SID = 255
RETRY_AFTER_SECONDS = 120


def init_app(app: Flask, settings: Settings) -> None:
    """Set up logins and find out who makes each request."""
    http = httpx.Client(
        headers={"User-Agent": "citizen-portal"},
        limits=httpx.Limits(max_keepalive_connections=0),  # logins are rare: an idle connection would be a stale one
        trust_env=not settings.is_demo,
    )
    registers.configure(settings)
    doors.init_app(app, settings, http)
    browser.init_app(app, settings, http)
    app.register_blueprint(bp)
    held_form_views.init_app(app)
    keys_staff_views.init_app(app, settings)
    app.register_error_handler(LoginError, _show_stopped)


@bp.get("/logg-inn")
@public
@limiter.limit(LOGINS_PER_MINUTE)
def log_in() -> ResponseReturnValue:
    """Send a citizen to ID-porten: `neste` is the path to come back to, `niva=high` asks for the highest level.

    With `paa-nytt=1` ID-porten asks who she is even if it knows.
    """
    minimum = Assurance.HIGH if request.args.get("niva") == "high" else Assurance.SUBSTANTIAL
    next_path = _next_path(doors.doors().citizen)
    actor = current_actor()
    login_again = request.args.get("paa-nytt") == "1"
    if isinstance(actor, Citizen) and actor.assurance >= minimum and not login_again:
        return redirect(next_path, 303)
    return doors.begin(doors.doors().citizen, next_path, minimum, login_again=login_again)


@bp.get("/logg-inn/svar")
@public
@limiter.limit(LOGINS_PER_MINUTE)
def answer() -> ResponseReturnValue:
    """Take ID-porten's answer."""
    return doors.take_answer(doors.doors().citizen)


@bp.get("/ansatt/logg-inn")
@public
@limiter.limit(LOGINS_PER_MINUTE)
def staff_log_in() -> ResponseReturnValue:
    """Send an employee to the employer's provider; `fersk=1` asks one who is logged in to log in once more."""
    door, actor = doors.doors().staff, current_actor()
    again_as = None
    if request.args.get("fersk") == "1" and isinstance(actor, Staff):
        with read_only() as database:
            again_as = sessions.subject_of(database, actor)
    return doors.begin(door, _next_path(door), Assurance.SUBSTANTIAL, again_as=again_as)


@bp.get("/ansatt/logg-inn/svar")
@public
@limiter.limit(LOGINS_PER_MINUTE)
def staff_answer() -> ResponseReturnValue:
    """Take the staff provider's answer."""
    return doors.take_answer(doors.doors().staff)


@bp.post("/logg-ut")
@public
def log_out() -> ResponseReturnValue:
    """End the session here first, then at the provider."""
    token = browser.token_of(request)
    with transaction() as database:
        ended = sessions.log_out(database, token) if token else None
    session.clear()
    response = make_response(redirect(url_for(".logged_out"), 303))
    if ended is not None:
        door = doors.doors().citizen if ended.staff_id is None else doors.doors().staff
        fields = _provider_logout(door, ended.id_token)
        response = (
            make_response(render_template("identity/leaving.html", provider_logout=fields)) if fields else response
        )
    browser.forget(response)
    return response


@bp.get("/logget-ut")
@public
def logged_out() -> ResponseReturnValue:
    """Say that it is done."""
    return render_template("identity/logged_out.html")


@bp.post("/innlogging/forleng")
@public
def keep_alive() -> ResponseReturnValue:
    """Begin another half hour for somebody who says that she is still there; how many seconds are left, as JSON."""
    login_session = browser.current_login_session()
    if login_session is None:
        return {}, 401
    with transaction() as database:
        kept = sessions.keep_alive(database, login_session.id)
    return ({}, 401) if kept is None else dict(browser.limits_of(kept)._asdict())


csrf.exempt(keep_alive)  # the page's token may be from before a login in another tab; no other site sends our cookie


@bp.get("/logg-ut/fra-id-porten", strict_slashes=False)
@public
def logged_out_elsewhere() -> ResponseReturnValue:
    """End the sessions that rest on a provider session which ended elsewhere (OpenID Connect Front-Channel Logout 1.0).

    The call comes in a frame and without cookies, to one host for the whole installation; it is always answered 200.
    """
    issuer, sid = (_only(name) for name in ("iss", "sid"))
    known = {door.client.issuer.removesuffix("/"): door.client.issuer for door in _both_doors()}
    issuer = known.get(issuer.removesuffix("/"), "")
    if issuer and sid.isprintable() and 0 < len(sid) <= LONGEST_SID:
        with transaction() as database:
            logger.info("logout elsewhere: %d sessions ended", sessions.end_everywhere(database, issuer, sid))
    else:
        logger.warning("logout elsewhere ignored: %s", "sid" if issuer else "iss")
    allow_framing_by(" ".join(sorted(frozenset().union(*(door.client.origins() for door in _both_doors())))))
    return Response("", mimetype="text/plain")


def _both_doors() -> tuple[Door, Door]:
    return doors.doors().citizen, doors.doors().staff


def _only(name: str) -> str:
    """The value of a parameter that comes once; a repeated one says nothing."""
    values = request.args.getlist(name)
    return values[0] if len(values) == 1 else ""


def _next_path(door: Door) -> str:
    asked = request.args.get("neste")
    return local_path(asked) if asked else door.home


def _provider_logout(door: Door, id_token: str) -> tuple[str, dict[str, str]] | None:
    """Address and fields of the form that logs out at the provider too; None when that is not possible now."""
    try:
        form = door.client.logout_form(id_token, url_for("identity.logged_out", _external=True))
    except (ProviderUnavailable, ProviderMisconfigured):
        return None
    allow_forms_to(*door.client.origins())
    return form


def _show_stopped(error: LoginError) -> ResponseReturnValue:
    logger.warning("login stopped: %s %s", type(error).__name__, *(error.args or ("",))[:1])
    explanation = explanation_of(error)
    is_staff = request.endpoint in ("identity.staff_log_in", "identity.staff_answer")
    door = doors.doors().staff if is_staff else doors.doors().citizen
    fields = _provider_logout(door, error.id_token) if error.id_token else None
    page = render_template(
        "identity/stopped.html",
        explanation=explanation,
        try_again=url_for("identity.staff_log_in" if is_staff else "identity.log_in"),
        provider_logout=fields,
    )
    response = current_app.make_response((page, explanation.status))
    if explanation.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
