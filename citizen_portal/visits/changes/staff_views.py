"""What citizens ask of their visits, for the unit that carries them out."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.visits.changes import deeds, queries, service
from citizen_portal.visits.changes.errors import AnsweredAlready
from citizen_portal.visits.changes.forms import AnswerForm

bp = Blueprint("visit_changes_staff", __name__, url_prefix="/ansatt/besok/onsker")
NOTE_DEEDS = deeds.note_deeds_everywhere
"""Declared where the feature is registered, so that the worker knows it."""


@bp.get("")
@requires(Permission.VISIT_CHANGE_ANSWER)
def overview() -> ResponseReturnValue:
    """What waits for an answer, the oldest first."""
    with read_only() as session:
        found = queries.waiting(session, current_staff(), request.args.get("etter", type=UUID))
    shown, has_more = found[: queries.PAGE_SIZE], len(found) > queries.PAGE_SIZE
    return render_template("visits/changes/staff_overview.html", waiting=shown, has_more=has_more)


@bp.get("/<uuid:request_id>")
@requires(Permission.VISIT_CHANGE_ANSWER)
def show(request_id: UUID) -> ResponseReturnValue:
    """One of them."""
    return _page(request_id, AnswerForm())


@bp.post("/<uuid:request_id>")
@requires(Permission.VISIT_CHANGE_ANSWER)
def answer(request_id: UUID) -> ResponseReturnValue:
    """Answer it."""
    form = AnswerForm()
    if not form.validate():
        return _page(request_id, form), 422
    try:
        with transaction() as session:
            granted = form.outcome.data == "yes"
            service.answer(session, current_staff(), request_id, is_granted=granted, text=form.words)
    except AnsweredAlready:
        flash(gettext("It is answered already, or the citizen has taken it back."), "info")
    else:
        flash(gettext("The citizen gets your answer."), "success")
    return redirect(url_for(".overview"), 303)


def _page(request_id: UUID, form: AnswerForm) -> str:
    staff = current_staff()
    with read_only() as session:
        found = queries.waiting_one(session, staff, request_id)
    record_reading(staff, EventTag.VISITS_READ, about_person_id=found.recipient.id, purpose=Purpose.CARE)
    return render_template("visits/changes/staff_show.html", found=found, form=form)
