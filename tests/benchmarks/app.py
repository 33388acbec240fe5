"""The portal as it is, and one bare page: same layout, same session, no feature query."""

from flask import Blueprint, Flask, render_template_string
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, event

from citizen_portal.app import create_app
from citizen_portal.auth.guards import public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.security import limiter

BARE = """{% extends "base.html" %}{% from "components/text.html" import page_title %}
{% set title = "Bare" %}{% block content %}{{ page_title(title) }}{% endblock %}"""

bp = Blueprint("bench", __name__)
statements = 0


@bp.get("/bench/bare")
@requires(Permission.OVERVIEW_READ)
def bare() -> ResponseReturnValue:
    """The frame around every page, and nothing in it."""
    return render_template_string(BARE)


@bp.get("/bench/staff")
@requires(Permission.STAFF_HOME)
def bare_for_staff() -> ResponseReturnValue:
    """The same for an employee."""
    return render_template_string(BARE)


@bp.get("/bench/statements")
@public
def count() -> ResponseReturnValue:
    """How many statements this process has sent, this request's own included."""
    return str(statements)


def make() -> Flask:
    """The application for gunicorn: `tests.benchmarks.app:make()`."""
    app = create_app()
    app.register_blueprint(bp)
    limiter.enabled = False  # it counts by address, and the whole load comes from one
    event.listen(Engine, "before_cursor_execute", _count)
    return app


def _count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    global statements
    if "set_config('portal.municipality_id'" not in statement:
        statements += 1
