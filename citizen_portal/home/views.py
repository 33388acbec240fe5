"""The front page, the overview of what waits, and the pages that every municipality must have."""

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from citizen_portal import clock
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.auth.guards import current_actor, current_citizen, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.home import queries
from citizen_portal.home.forms import LanguageForm, TextSizeForm
from citizen_portal.i18n import COOKIE, LANGUAGES
from citizen_portal.security import local_path
from citizen_portal.templating import TEXT_SIZE_COOKIE

bp = Blueprint("home", __name__)

TEXT_SIZES: Final = frozenset({"md", "lg"})
"""As Designsystemet names them: ordinary, and large."""


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
    is_known = form.validate_on_submit() and form.language.data in LANGUAGES
    return _remembering(COOKIE, form.language.data if is_known else None, form.next.data)


@bp.post("/tekststorrelse")
@public
def choose_text_size() -> ResponseReturnValue:
    """Remember the chosen size of the text in this browser for a year."""
    form = TextSizeForm()
    is_known = form.validate_on_submit() and form.size.data in TEXT_SIZES
    return _remembering(TEXT_SIZE_COOKIE, form.size.data if is_known else None, form.next.data)


def _remembering(cookie: str, value: str | None, path: str | None) -> Response:
    """Back to the page, with the choice kept in the browser; without one as it was."""
    response = redirect(local_path(path), 303)
    if value:
        response.set_cookie(cookie, value, 365 * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@bp.get("/")
@public
def front() -> ResponseReturnValue:
    """The municipality's front page; those who are logged in go straight to what waits for them."""
    match current_actor():
        case Citizen():
            return redirect(url_for(".overview"), 303)
        case Staff():
            return redirect(url_for("staff.work_list"), 303)
        case _:
            return render_template("home/front.html")


@bp.get("/min-side")
@requires(Permission.OVERVIEW_READ)
def overview() -> ResponseReturnValue:
    """What waits for me, my people's visits today, what is under way."""
    citizen = current_citizen()
    with read_only() as session:
        found = queries.overview(session, citizen)
    if found.visits or citizen.acting_for:
        _note_reading(citizen, found)
    return render_template("home/overview.html", overview=found)


def _note_reading(citizen: Citizen, overview: queries.Overview) -> None:
    """The read log: whose visits were shown, and for whom the rest was."""
    with transaction() as session:
        for day in overview.visits or ():
            today = clock.today().isoformat()
            record(session, citizen, EventTag.VISITS_READ, about_person_id=day.person.id, day=today)
        if citizen.acting_for:
            record(session, citizen, EventTag.OVERVIEW_READ, about_person_id=citizen.subject_id)


@bp.get("/tilgjengelighet")
@public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement (forskrift om universell utforming av IKT-løsninger)."""
    return render_template("home/accessibility.html")


@bp.get("/personvern")
@public
def privacy() -> ResponseReturnValue:
    """What we keep about people, why and for how long (GDPR articles 13 and 14)."""
    return render_template("home/privacy.html")
