"""The auditor's pages: unusual readings, and what citizens wonder about."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.access_log import queries, report, service
from citizen_portal.access_log.staff_forms import RULE_NAMES, AnswerForm, ReportForm, ReviewForm
from citizen_portal.access_log.views import HIGHEST, page_start
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.rules import figures_on
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import Conflict
from citizen_portal.tenancy.queries import units

bp = Blueprint("access_report", __name__, url_prefix="/ansatt/innsyn-oppfolging")


@bp.get("")
@requires(Permission.AUDIT_REPORT)
def overview() -> ResponseReturnValue:
    """The unusual readings of a period, and the questions that wait. Looking is noted."""
    form, before, size = ReportForm(request.args), page_start(), report.PAGE_SIZE
    with read_only() as session:
        form.offer(known := units(session))
        found = report.findings(session, form.period, form.wanted(known), before=before, size=size + 1)
        questions = queries.open_complaints(session)
    shown, more = found[:size], found[size:]
    _note_look(EventTag.ACCESS_REPORT_READ)
    older = url_for(".overview", **form.in_address, etter=shown[-1].event.sequence_number) if more else None
    newest = url_for(".overview", **form.in_address) if before is not None else None
    lists = {"findings": shown, "questions": questions, "older": older, "newest": newest}
    return render_template("access_log/staff_report.html", form=form, **lists, **_rules())


@bp.get(f"/lesing/<int(max={HIGHEST}):sequence_number>")
@requires(Permission.AUDIT_REPORT)
def finding(sequence_number: int) -> ResponseReturnValue:
    """One unusual reading, with a place for what came of looking at it. Looking is noted."""
    return _finding_page(sequence_number, ReviewForm())


@bp.post(f"/lesing/<int(max={HIGHEST}):sequence_number>")
@requires(Permission.AUDIT_REPORT)
def review(sequence_number: int) -> ResponseReturnValue:
    """Mark the reading as looked at."""
    form = ReviewForm()
    if not form.validate_on_submit():
        return _finding_page(sequence_number, form), 422
    with transaction() as session:
        service.review(session, current_staff(), sequence_number, (form.note.data or "").strip())
    flash(gettext("The reading is marked as looked at."), "success")
    return redirect(url_for(".overview"), 303)


@bp.get("/sporsmal/<uuid:complaint_id>")
@requires(Permission.AUDIT_REPORT)
def question(complaint_id: UUID) -> ResponseReturnValue:
    """What a citizen wonders about a reading. Looking is noted."""
    return _question_page(complaint_id, AnswerForm())


@bp.post("/sporsmal/<uuid:complaint_id>")
@requires(Permission.AUDIT_REPORT)
def answer(complaint_id: UUID) -> ResponseReturnValue:
    """Answer the citizen."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _question_page(complaint_id, form), 422
    try:
        with transaction() as session:
            service.answer(session, current_staff(), complaint_id, (form.answer.data or "").strip())
    except Conflict:
        flash(gettext("The question is answered already. Below you see the answer."), "info")
        return redirect(url_for(".question", complaint_id=complaint_id), 303)
    flash(gettext("The answer is sent, and the citizen can read it in the log."), "success")
    return redirect(url_for(".overview"), 303)


def _finding_page(sequence_number: int, form: ReviewForm) -> str:
    with read_only() as session:
        event = queries.staff_reading(session, sequence_number)
        found = report.finding(session, event)
    _note_look(EventTag.ACCESS_LOG_READ, event.about_person_id)
    is_own = event.actor_id == current_staff().actor_id
    return render_template(
        "access_log/staff_finding.html", event=event, found=found, form=form, is_own=is_own, **_rules()
    )


def _question_page(complaint_id: UUID, form: AnswerForm) -> str:
    with read_only() as session:
        complaint, event, person = queries.complaint_with_event(session, complaint_id)
    _note_look(EventTag.ACCESS_LOG_READ, person.id)
    line, is_own = queries.LogLine(event, complaint), event.actor_id == current_staff().actor_id
    return render_template("access_log/staff_question.html", line=line, person=person, form=form, is_own=is_own)


def _rules() -> dict[str, Any]:
    """What the templates tell about the rules."""
    return {"rule_names": RULE_NAMES, "figures": figures_on(clock.today())}


def _note_look(tag: EventTag, about_person_id: UUID | None = None) -> None:
    with transaction() as session:
        service.note_look(session, current_staff(), tag, about_person_id)
