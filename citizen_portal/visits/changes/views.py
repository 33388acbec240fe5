"""The citizen's page with which she cancels a visit or asks for another time."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import limiter
from citizen_portal.visits.changes import queries, service
from citizen_portal.visits.changes.errors import AnsweredAlready, AskedAlready, TooLate
from citizen_portal.visits.changes.forms import AskForm

bp = Blueprint("visit_changes", __name__, url_prefix="/min-side/besok/endre")


@bp.get("/<uuid:visit_id>")
@requires(Permission.VISIT_CHANGE)
def show(visit_id: UUID) -> ResponseReturnValue:
    """The visit, and what can be asked of it or has been."""
    return _page(visit_id, AskForm())


@bp.post("/<uuid:visit_id>")
@limiter.limit("20 per minute", key_func=actor_key)
@requires(Permission.VISIT_CHANGE)
def ask(visit_id: UUID) -> ResponseReturnValue:
    """Ask for it."""
    form = AskForm()
    if not form.validate():
        return _page(visit_id, form), 422
    try:
        with transaction() as session:
            service.ask(session, current_citizen(), visit_id, form.asked)
    except AskedAlready:
        flash(gettext("Somebody has asked for a change of this visit already."), "info")
    except TooLate:
        flash(gettext("It is too late to change the visit here. Call, and we help you."), "warning")
    else:
        flash(gettext("We have got your message. You are told when it is answered."), "success")
    return redirect(url_for(".show", visit_id=visit_id), 303)


@bp.post("/<uuid:visit_id>/trekk")
@requires(Permission.VISIT_CHANGE)
def withdraw(visit_id: UUID) -> ResponseReturnValue:
    """Take it back."""
    try:
        with transaction() as session:
            service.withdraw(session, current_citizen(), visit_id)
    except AnsweredAlready:
        flash(gettext("It is answered already. Call if the visit should be as before."), "warning")
    else:
        flash(gettext("It is taken back. The visit is as it was planned."), "success")
    return redirect(url_for(".show", visit_id=visit_id), 303)


def _page(visit_id: UUID, form: AskForm) -> str:
    citizen = current_citizen()
    with read_only() as session:
        found = queries.changeable(session, citizen, visit_id)
    record_reading(citizen, EventTag.VISITS_READ, about_person_id=found.recipient.id)
    return render_template("visits/changes/show.html", found=found, form=form)
