"""The citizen's page with which she adds to a sent application."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications import queries as applications
from citizen_portal.applications.additions import service
from citizen_portal.applications.additions.forms import FILES, AdditionForm
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.files.forms import receive
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.forms import upload_limits
from citizen_portal.security import limiter

bp = Blueprint("additions", __name__, url_prefix="/min-side/soknader/<uuid:application_id>/legg-ved")


@bp.get("")
@requires(Permission.APPLICATION_WRITE)
def write(application_id: UUID) -> ResponseReturnValue:
    """What she wants to add, with the files that she has chosen so far."""
    return _page(application_id, AdditionForm())


@bp.post("")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def add(application_id: UUID) -> ResponseReturnValue:
    """Keep the files that were chosen; send them with the words when that is the button."""
    form = AdditionForm()
    if not form.validate():
        return _page(application_id, form), 422
    received = receive(FILES)
    addition, is_sending = form.addition(received), request.form.get("action") == "send"
    sends = is_sending and not received.refusals
    with transaction() as session:
        outcome = service.add(session, current_citizen(), application_id, addition, sends=sends)
    if outcome is service.Outcome.SENT:
        flash(gettext("We have received what you added."), "success")
        return redirect(url_for("applications.show", application_id=application_id), 303)
    form.show(outcome, received, is_sending=is_sending)
    return _page(application_id, form), 422 if form.errors else 200


@bp.errorhandler(NotPossibleNow)
def _say_over(_error: NotPossibleNow) -> ResponseReturnValue:
    flash(gettext("The case is dealt with, so nothing can be added to it. Write or call if there is more."), "info")
    application_id: UUID = (request.view_args or {})["application_id"]
    return redirect(url_for("applications.show", application_id=application_id), 303)


def _page(application_id: UUID, form: AdditionForm) -> str:
    actor = current_citizen()
    with read_only() as session:
        case = applications.case_for(session, actor, application_id)
        files = service.waiting_files(session, case.application)
    application = case.application
    if not application.is_under_way:
        raise NotPossibleNow
    if application.person_id != actor.person_id:
        record_reading(actor, EventTag.APPLICATION_READ, subject=application, about_person_id=application.person_id)
    limits = {"max_bytes": upload_limits().max_bytes, "most": service.MOST_FILES}
    return render_template("applications/additions/write.html", case=case, form=form, files=files, **limits)
