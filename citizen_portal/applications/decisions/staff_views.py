"""The caseworker's pages of decisions: writing, approving and sending one, and letters that go on paper."""

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import documents
from citizen_portal.applications.decisions import queries, service
from citizen_portal.applications.decisions.errors import NotApproved, OwnWriting, PartsMissing
from citizen_portal.applications.decisions.forms import DecisionForm, PostedForm, ReturnForm
from citizen_portal.applications.decisions.letter import Desk
from citizen_portal.applications.decisions.models import Decision
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import permissions_of
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import as_attachment, send_stored
from citizen_portal.errors import NotFound
from citizen_portal.identity.grounds import Ground, ground_for
from citizen_portal.security import limiter
from citizen_portal.templating import clock_time

bp = Blueprint("decisions_staff", __name__, url_prefix="/ansatt")

CASE = "/saker/<uuid:case_file_id>/vedtak"


@bp.get("/vedtak")
@requires(Permission.CASE_HANDLE)
def overview() -> ResponseReturnValue:
    """What waits for the actor's approval, and letters that must be posted on paper."""
    return _overview()


@bp.get(CASE)
@requires(Permission.CASE_HANDLE)
def write(case_file_id: UUID) -> ResponseReturnValue:
    """What is decided in the case and how it reached the party; and the next decision, as far as it is written."""
    return _write_page(case_file_id)


@bp.post(CASE)
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def save(case_file_id: UUID) -> ResponseReturnValue:
    """Save what was written, right or wrong; and go on to look it over when nothing lacks."""
    if not DecisionForm().validate_on_submit():
        return _write_page(case_file_id), 422
    _save(case_file_id)
    if request.form.get("action") != "check":
        flash(gettext("The decision is saved. Nobody but your unit sees it yet."), "success")
        return redirect(url_for(".write", case_file_id=case_file_id), 303)
    desk = _desk(case_file_id)[0]
    if not desk.is_whole:
        return _write_page(case_file_id, with_missing=True), 422
    return redirect(url_for(".check", case_file_id=case_file_id), 303)


@bp.post(f"{CASE}/kladd")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def autosave(case_file_id: UUID) -> ResponseReturnValue:
    """Save while it is being written; answers with a short line for the page."""
    if not DecisionForm().validate_on_submit():
        return Response(status=422)
    decision = _save(case_file_id)
    return Response(gettext("Saved %(time)s", time=clock_time(decision.saved_at)), mimetype="text/plain")


@bp.get(f"{CASE}/se-over")
@requires(Permission.CASE_HANDLE)
def check(case_file_id: UUID) -> ResponseReturnValue:
    """The decision as the party will read it, before it is approved or sent."""
    return _check_page(case_file_id, ReturnForm())


@bp.get(f"{CASE}/forhandsvisning")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def preview(case_file_id: UUID) -> ResponseReturnValue:
    """The PDF as it would be sent now."""
    desk, ground = _desk(case_file_id)
    _note_reading(desk.application, ground, EventTag.DOCUMENT_READ)
    name = f"utkast-{desk.case_file.case_year}-{desk.case_file.case_sequence_number}.pdf"
    headers = {"Content-Disposition": as_attachment(name)}
    return Response(documents.render(desk.letter), mimetype="application/pdf", headers=headers)


@bp.post(f"{CASE}/til-godkjenning")
@requires(Permission.CASE_HANDLE)
def ask_for_approval(case_file_id: UUID) -> ResponseReturnValue:
    """Let a colleague look it over."""
    with transaction() as session:
        service.ask_for_approval(session, current_staff(), case_file_id, _revision())
    flash(gettext("The decision waits for approval by a deputy or manager."), "success")
    return redirect(url_for(".check", case_file_id=case_file_id), 303)


@bp.post(f"{CASE}/godkjenn")
@requires(Permission.DECISION_APPROVE)
def approve(case_file_id: UUID) -> ResponseReturnValue:
    """Let it be sent as it stands."""
    with transaction() as session:
        service.approve(session, current_staff(), case_file_id, _revision())
    flash(gettext("The decision is approved and can be sent."), "success")
    return redirect(url_for(".check", case_file_id=case_file_id), 303)


@bp.post(f"{CASE}/send-tilbake")
@requires(Permission.DECISION_APPROVE)
def send_back(case_file_id: UUID) -> ResponseReturnValue:
    """Say what must be mended."""
    form = ReturnForm()
    if not form.validate_on_submit():
        page = make_response(_check_page(case_file_id, form))
        page.status_code = 422 if page.status_code == 200 else page.status_code
        return page
    with transaction() as session:
        service.send_back(session, current_staff(), case_file_id, _revision(), form.note.data or "")
    flash(gettext("The decision is sent back to the one who wrote it."), "success")
    return redirect(url_for(".overview"), 303)


@bp.post(f"{CASE}/send")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def send(case_file_id: UUID) -> ResponseReturnValue:
    """Send the decision that was looked over."""
    decision_id = request.form.get("decision", type=UUID) or UUID(int=0)
    with transaction() as session:
        service.send(session, current_staff(), case_file_id, decision_id, _revision())
    flash(gettext("The decision is sent, and the citizen is told that there is something to read."), "success")
    return redirect(url_for(".write", case_file_id=case_file_id), 303)


@bp.get("/brev/<uuid:delivery_id>")
@requires(Permission.CASE_READ)
def letter(delivery_id: UUID) -> ResponseReturnValue:
    """A letter that was sent, to be printed or read."""
    with read_only() as session:
        application, found = queries.letter_for(session, current_staff(), delivery_id)
        ground = ground_for(session, current_staff(), application.unit_id, application.person_id)
    response = send_stored(found.file.sha256, found.filename, "application/pdf", found.file.size_bytes)
    _note_reading(application, ground, EventTag.DOCUMENT_READ)
    return response


@bp.post("/brev/<uuid:delivery_id>/sendt")
@requires(Permission.CASE_HANDLE)
def post_letter(delivery_id: UUID) -> ResponseReturnValue:
    """Note the day on which a letter was posted."""
    form = PostedForm()
    if not form.validate_on_submit():
        return _overview(form.for_line(delivery_id), delivery_id), 422
    with transaction() as session:
        service.post_letter(session, current_staff(), delivery_id, form.day)
    flash(gettext("The letter is marked as sent."), "success")
    return redirect(url_for(".overview"), 303)


@bp.errorhandler(PartsMissing)
def _show_what_is_missing(_error: PartsMissing) -> ResponseReturnValue:
    return _write_page(_case_in_path(), with_missing=True), 422


@bp.errorhandler(ChangedMeanwhile)
def _say_changed(_error: ChangedMeanwhile) -> ResponseReturnValue:
    flash(gettext("The decision was changed in another window. Look over it once more."), "warning")
    return redirect(url_for(".check", case_file_id=_case_in_path()), 303)


@bp.errorhandler(NotApproved)
def _say_not_approved(_error: NotApproved) -> ResponseReturnValue:
    flash(gettext("Somebody else must approve the decision as it stands now, before it is sent."), "warning")
    return redirect(url_for(".check", case_file_id=_case_in_path()), 303)


@bp.errorhandler(OwnWriting)
def _say_own_writing(_error: OwnWriting) -> ResponseReturnValue:
    flash(gettext("You have written in this decision. Somebody else must approve it."), "warning")
    return redirect(url_for(".check", case_file_id=_case_in_path()), 303)


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return Response(status=409)
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return redirect(url_for("staff.case", case_file_id=_case_in_path()), 303)


def _case_in_path() -> UUID:
    case_file_id: UUID = (request.view_args or {})["case_file_id"]
    return case_file_id


def _revision() -> int:
    return request.form.get("revision", default=-1, type=int)


def _desk(case_file_id: UUID) -> tuple[Desk, Ground]:
    with read_only() as session:
        desk = queries.desk(session, current_staff(), case_file_id)
        return desk, ground_for(session, current_staff(), desk.unit.id, desk.applicant.id)


def _save(case_file_id: UUID) -> Decision:
    form = DecisionForm()
    with transaction() as session:
        return service.save(
            session,
            current_staff(),
            case_file_id,
            form.chosen,
            form.language.data or "",
            form.said,
            shown=form.shown_with,
        )


def _note_reading(application: Application, ground: Ground, tag: EventTag = EventTag.APPLICATION_READ) -> None:
    audit.record_reading(
        current_staff(), tag, subject=application, about_person_id=application.person_id, **ground.facts
    )


def _write_page(case_file_id: UUID, *, with_missing: bool = False) -> str:
    with read_only() as session:
        desk = queries.desk(session, current_staff(), case_file_id)
        ground = ground_for(session, current_staff(), desk.unit.id, desk.applicant.id)
        letters = queries.letters_of(session, desk.application)
    _note_reading(desk.application, ground)
    form = DecisionForm.of(desk)
    if with_missing:
        form.show_missing(desk)
    elif request.method == "POST":
        form.validate()
    return render_template("applications/decisions/staff_write.html", desk=desk, letters=letters, form=form)


def _check_page(case_file_id: UUID, form: ReturnForm) -> ResponseReturnValue:
    desk, ground = _desk(case_file_id)
    if desk.decision is None or not desk.is_whole:
        return redirect(url_for(".write", case_file_id=case_file_id), 303)
    _note_reading(desk.application, ground)
    approves = _may_approve() and current_staff().staff_id not in desk.decision.writer_ids
    return render_template("applications/decisions/staff_check.html", desk=desk, form=form, approves=approves)


def _overview(refused: PostedForm | None = None, refused_id: UUID | None = None) -> str:
    with read_only() as session:
        letters = queries.letters_to_post(session, current_staff())
        waiting = queries.for_approval(session, current_staff()) if _may_approve() else []
    forms = {line.delivery.id: PostedForm.today().for_line(line.delivery.id) for line in letters}
    if refused is not None and refused_id is not None:
        if refused_id not in forms:
            raise NotFound
        forms[refused_id] = refused
    return render_template(
        "applications/decisions/staff_overview.html", letters=letters, waiting=waiting, forms=forms, refused=refused
    )


def _may_approve() -> bool:
    return Permission.DECISION_APPROVE in permissions_of(current_staff())
