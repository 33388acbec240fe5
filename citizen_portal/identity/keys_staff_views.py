"""The keys that we log in with: published for providers, listed for those who renew them, measured for the alarm."""

import hmac
from itertools import chain

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from citizen_portal import clock
from citizen_portal.auth.guards import current_actor, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import permissions_of
from citizen_portal.config import Settings
from citizen_portal.errors import NotFound
from citizen_portal.identity import doors
from citizen_portal.identity.client_keys import KeyState

bp = Blueprint("keys", __name__)

_METRIC = "portal_login_key_expires_seconds"
_SETTINGS = "portal.metrics_token"


def init_app(app: Flask, settings: Settings) -> None:
    """Serve the pages, and let staff pages ask which keys are about to expire."""
    app.extensions[_SETTINGS] = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    app.register_blueprint(bp)
    app.jinja_env.globals["expiring_keys"] = expiring_keys


def expiring_keys() -> list[KeyState]:
    """The keys that stop logins within a month, for those who may see them; nothing for anybody else."""
    actor = current_actor()
    if actor is None or Permission.KEYS_READ not in permissions_of(actor):
        return []
    return [state for state in _states() if state.alarms]


@bp.get("/ansatt/nokler")
@requires(Permission.KEYS_READ)
def overview() -> ResponseReturnValue:
    """Every key, and how long it lives."""
    return render_template("keys/staff_overview.html", keys=_states())


@bp.get("/.well-known/jwks.json")
@public
def published() -> ResponseReturnValue:
    """The public halves of all our keys (RFC 7517), for a provider that fetches them."""
    halves = {key["kid"]: key for key in chain.from_iterable(file.published() for file in doors.doors().keys)}
    response = jsonify(keys=list(halves.values()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """How long the keys live, in Prometheus' text format; for whoever has the operator's token."""
    token: str | None = current_app.extensions[_SETTINGS]
    if token is None:
        raise NotFound
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return Response("", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    lines = [
        f"# HELP {_METRIC} Seconds until a key that we log in with expires at its provider.",
        f"# TYPE {_METRIC} gauge",
        *(_sample(state) for state in _states() if state.expires_at is not None),
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _states() -> list[KeyState]:
    return list(chain.from_iterable(file.states() for file in doors.doors().keys))


def _sample(state: KeyState) -> str:
    left = int((state.expires_at - clock.now()).total_seconds()) if state.expires_at else 0
    return f'{_METRIC}{{client="{_label(state.client)}",kid="{_label(state.kid)}"}} {left}'


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
