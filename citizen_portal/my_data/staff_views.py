"""The pages on which staff answer what people ask about their own data."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.my_data import queries, service
from citizen_portal.my_data.errors import AlreadyAnswered
from citizen_portal.my_data.forms import AnswerForm
from citizen_portal.my_data.queries import RequestLine

bp = Blueprint("my_data_staff", __name__, url_prefix="/ansatt/innsyn-og-retting")


@bp.get("")
@requires(Permission.CASE_HANDLE)
def overview() -> ResponseReturnValue:
    """What waits for an answer, and what has one."""
    answered = request.args.get("liste") == "besvart"
    with read_only() as session:
        lines = queries.requests_to_answer(session, current_staff(), answered=answered)
    return render_template("my_data/staff_overview.html", lines=lines, answered=answered)


@bp.get("/<uuid:request_id>")
@requires(Permission.CASE_HANDLE)
def show(request_id: UUID) -> ResponseReturnValue:
    """One request. Reading it is noted."""
    line = _load(request_id)
    audit.record_reading(
        current_staff(),
        EventTag.DATA_REQUEST_READ,
        subject=line.request,
        about_person_id=line.request.person_id,
        purpose=Purpose.ACCESS_REQUEST,
    )
    return render_template("my_data/staff_show.html", line=line, form=AnswerForm())


@bp.post("/<uuid:request_id>")
@requires(Permission.CASE_HANDLE)
def answer(request_id: UUID) -> ResponseReturnValue:
    """Answer a request."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return render_template("my_data/staff_show.html", line=_load(request_id), form=form), 422
    with transaction() as session:
        service.answer_request(session, current_staff(), request_id, form.chosen_outcome, form.answer.data or "")
    flash(gettext("The answer is sent, and the citizen is told."), "success")
    return redirect(url_for(".overview"), 303)


@bp.errorhandler(AlreadyAnswered)
def _say_that_it_is_answered(_error: AlreadyAnswered) -> ResponseReturnValue:
    flash(gettext("A colleague has answered already. Below you see what."), "info")
    return redirect(url_for(".show", **(request.view_args or {})), 303)


def _load(request_id: UUID) -> RequestLine:
    with read_only() as session:
        return queries.request_for(session, current_staff(), request_id)
