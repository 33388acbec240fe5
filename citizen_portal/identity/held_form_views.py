"""Hold what was typed when a login no longer suffices, and give it back to the same person after the next login."""

import re
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.auth.guards import current_actor, current_citizen, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.identity import browser, held_forms, sessions
from citizen_portal.identity.held_forms import Fields, Held
from citizen_portal.identity.models import LoginSession

bp = Blueprint("held_forms", __name__)

MARK: Final = "held_form"
"""The field by which a form that is sent again names itself, so that it is let go once it has been taken."""
_NOT_TYPED: Final = frozenset({"csrf_token", MARK})
_MADE_BY_US: Final = re.compile(r"[a-z0-9_-]{0,64}|[0-9a-f-]{36}|/.*|.{1,4}")
"""A choice's value, an id, a path: kept with the rest, and nothing to read."""


def init_app(app: Flask) -> None:
    """Let go of what has been sent again."""
    app.register_blueprint(bp)
    app.after_request(_let_go_of_what_was_taken)


def typed() -> Fields:
    """What the form of this request carries."""
    return [(name, text) for name, text in request.form.items(multi=True) if name not in _NOT_TYPED]


def is_from_our_page() -> bool:
    """Whether a page of this very site sent the form: no other may put words into somebody's mouth."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    return site in (None, "same-origin") and (origin is None or urlsplit(origin).netloc == request.host)


def hold_typed(audience: str) -> str | None:
    """Hold what was typed for whom the browser belongs to; the path where it is found again, None if it cannot be.

    `audience` is whom the page is for: what a citizen wrote is not held for an employee in the same browser.
    """
    fields, token = typed(), browser.token_of(request)
    if not fields or token is None or not is_from_our_page():
        return None
    path = request.full_path.rstrip("?")
    with transaction() as session:
        owner = sessions.session_of(session, token)
        if owner is None or _audience(owner) != audience:
            return None
        form_id = held_forms.hold(session, owner, path, fields, had_files=has_files())
    if form_id is None:
        return None
    g.holds_anew = True
    return url_for("held_forms.staff_show" if audience == "staff" else "held_forms.show", form_id=form_id)


def has_files() -> bool:
    """Whether the form of this request brings files, which are not kept."""
    return any(file.filename for file in request.files.values())


@bp.get("/fortsett/<uuid:form_id>")
@requires(Permission.OVERVIEW_READ)
def show(form_id: UUID) -> ResponseReturnValue:
    """What a citizen had typed before she had to log in, ready to be sent."""
    with read_only() as session:
        return _page(held_forms.held_form(session, current_citizen(), form_id))


@bp.post("/fortsett/<uuid:form_id>/forkast")
@requires(Permission.OVERVIEW_READ)
def discard(form_id: UUID) -> ResponseReturnValue:
    """Throw away what a citizen had typed."""
    return _discard(current_citizen(), form_id, "/min-side")


@bp.get("/ansatt/fortsett/<uuid:form_id>")
@requires(Permission.STAFF_HOME)
def staff_show(form_id: UUID) -> ResponseReturnValue:
    """What an employee had typed, ready to be sent."""
    with read_only() as session:
        return _page(held_forms.held_form(session, current_staff(), form_id))


@bp.post("/ansatt/fortsett/<uuid:form_id>/forkast")
@requires(Permission.STAFF_HOME)
def staff_discard(form_id: UUID) -> ResponseReturnValue:
    """Throw away what an employee had typed."""
    return _discard(current_staff(), form_id, "/ansatt")


def _discard(actor: Citizen | Staff, form_id: UUID, home: str) -> ResponseReturnValue:
    with transaction() as session:
        held = held_forms.held_form(session, actor, form_id)
        held_forms.let_go(session, actor, held.id)
    flash(_("What you had written is deleted."), "success")
    return redirect(home, 303)


def _page(held: Held) -> str:
    readable = [text for _name, text in held.fields if not _MADE_BY_US.fullmatch(text.strip())]
    others = sum(bool(text.strip()) for _name, text in held.fields) - len(readable)
    discard_path = url_for(".discard" if isinstance(current_actor(), Citizen) else ".staff_discard", form_id=held.id)
    return render_template(
        "identity/go_on.html", held=held, mark=MARK, readable=readable, others=others, discard_path=discard_path
    )


def _audience(owner: LoginSession) -> str:
    return "staff" if owner.staff_id is not None else "citizen"


def _let_go_of_what_was_taken(response: Response) -> Response:
    """A form that was sent again and taken is not offered again. A transaction of its own: the first is done."""
    if request.method != "POST" or response.status_code != 303 or g.get("holds_anew") or MARK not in request.form:
        return response
    actor = current_actor()
    try:
        form_id = UUID(request.form[MARK])
    except ValueError:
        return response
    if isinstance(actor, Citizen | Staff):
        with transaction() as session:
            held_forms.let_go(session, actor, form_id)
    return response
