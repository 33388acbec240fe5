"""The front page, the overview of what waits, and the pages that every municipality must have."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from citizen_portal.auth.guards import public
from citizen_portal.home.forms import LanguageForm
from citizen_portal.i18n import COOKIE, LANGUAGES
from citizen_portal.security import local_path

bp = Blueprint("home", __name__)


@bp.get("/helse")
@public
def health() -> ResponseReturnValue:
    """Whether this process answers at all; for load balancers and the supervisor."""
    return {"status": "ok"}


@bp.post("/sprak")
@public
def choose_language() -> ResponseReturnValue:
    """Remember the chosen language in this browser for a year."""
    form = LanguageForm()
    response = redirect(local_path(form.next.data), 303)
    if form.validate_on_submit() and form.language.data in LANGUAGES:
        lifetime = 365 * 24 * 3600
        response.set_cookie(
            COOKIE, form.language.data, lifetime, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response
