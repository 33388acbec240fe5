"""The caseworker's pages of an appeal: what it says, where it goes, and what the body above us answered."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.applications.appeals import queries, service
from citizen_portal.applications.appeals.forms import AnswerForm, ForwardForm
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.files.queries import files_by_purpose
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.errors import NotFound
from citizen_portal.forms import upload_limits
from citizen_portal.i18n import content_language
from citizen_portal.identity.grounds import ground_for

bp = Blueprint("appeals_staff", __name__, url_prefix="/ansatt/saker/<uuid:case_file_id>/klage")


@bp.get("")
@requires(Permission.CASE_HANDLE)
def show(case_file_id: UUID) -> ResponseReturnValue:
    """The appeals of a case, and what can be done with the newest. Reading them is noted."""
    return _page(case_file_id)


@bp.get("/<uuid:appeal_id>")
@requires(Permission.CASE_HANDLE)
def document(case_file_id: UUID, appeal_id: UUID) -> ResponseReturnValue:
    """An appeal as it was journaled."""
    with read_only() as session:
        found = queries.appealed_case(session, current_staff(), case_file_id)
        appeal = next((each for each in found.appeals if each.id == appeal_id), None)
        if appeal is None:
            raise NotFound
        file = queries.document_of(session, appeal)
        application = found.case.application
        ground = ground_for(session, current_staff(), application.unit_id, application.person_id)
    response = send_stored(file.sha256, "klage.pdf", "application/pdf", file.size_bytes)
    about = application.person_id
    audit.record_reading(
        current_staff(), EventTag.DOCUMENT_READ, subject=application, about_person_id=about, **ground.facts
    )
    return response


@bp.post("/send-videre")
@requires(Permission.CASE_HANDLE)
def forward(case_file_id: UUID) -> ResponseReturnValue:
    """Uphold the decision and send the appeal on."""
    form = ForwardForm()
    if not form.validate_on_submit():
        return _page(case_file_id, forward_form=form), 422
    said = (form.to.data or "").strip(), (form.contact.data or "").strip(), (form.assessment.data or "").strip()
    with transaction() as session:
        service.forward(session, current_staff(), case_file_id, *said)
    flash(gettext("The appeal is sent on, and the citizen is told."), "success")
    return redirect(url_for(".show", case_file_id=case_file_id), 303)


@bp.post("/svar")
@requires(Permission.CASE_HANDLE)
def register_answer(case_file_id: UUID) -> ResponseReturnValue:
    """Register what the body above us decided."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(case_file_id, answer_form=form), 422
    with transaction() as session:
        service.register_answer(session, current_staff(), case_file_id, form.answer)
    flash(gettext("The answer is registered, and the citizen is told."), "success")
    return redirect(url_for(".show", case_file_id=case_file_id), 303)


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return redirect(url_for("staff.case", case_file_id=(request.view_args or {})["case_file_id"]), 303)


def _page(case_file_id: UUID, *, forward_form: ForwardForm | None = None, answer_form: AnswerForm | None = None) -> str:
    actor = current_staff()
    with read_only() as session:
        found = queries.appealed_case(session, actor, case_file_id)
        case, applicant = found.case, found.applicant
        ground = ground_for(session, actor, case.application.unit_id, applicant.id)
        files = files_by_purpose(session, case.application)
    audit.record_reading(
        actor, EventTag.APPLICATION_READ, subject=case.application, about_person_id=applicant.id, **ground.facts
    )
    return render_template(
        "applications/appeals/staff_show.html",
        case=case,
        appeals=found.appeals,
        applicant=applicant,
        files=files,
        max_bytes=upload_limits().max_bytes,
        handles=case.application.unit_id == actor.unit_id,
        forward_form=forward_form or ForwardForm(data=_prefilled(case)),
        answer_form=answer_form or AnswerForm(data={"received": f"{clock.today():%d.%m.%Y}"}),
    )


def _prefilled(case: ApplicationCase) -> dict[str, str]:
    rule = case.application.definition.decision
    return {"to": rule.appeal_body.in_language(content_language())} if rule else {}
