"""The citizen's pages of an appeal: write, look over, send, follow, take back."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications.appeals import queries, service
from citizen_portal.applications.appeals.errors import AppealIncomplete
from citizen_portal.applications.appeals.forms import AppealForm
from citizen_portal.applications.appeals.models import FILES
from citizen_portal.applications.appeals.queries import Appealable
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.files.forms import file_to_remove, receive
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.errors import NotFound
from citizen_portal.forms import upload_limits
from citizen_portal.security import limiter, reads_large_files
from citizen_portal.templating import clock_time

bp = Blueprint("appeals", __name__, url_prefix="/min-side/soknader/<uuid:application_id>/klage")


@bp.get("")
@requires(Permission.APPLICATION_WRITE)
def write(application_id: UUID) -> ResponseReturnValue:
    """The form, with what is written so far."""
    found, files = _load_draft(application_id)
    if not found.may_appeal:
        return _to_case(application_id)
    return _write_page(found, files, AppealForm.of(found.appeal))


@bp.post("")
@reads_large_files
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def save(application_id: UUID) -> ResponseReturnValue:
    """Save what was written and the files, and go on to look it over when nothing lacks."""
    form, action = AppealForm(), request.form.get("action", "")
    if not form.validate_on_submit():
        return _write_page(*_load_draft(application_id), form), 422
    _save(application_id, form)
    found, files = _load_draft(application_id)
    if form.errors:
        return _write_page(found, files, form), 422
    if file_to_remove() or action.startswith("add-file"):
        return redirect(url_for(".write", application_id=application_id, _anchor=FILES), 303)
    if action == "pause":
        flash(gettext("The draft is saved. You find it here when you want to go on."), "success")
        return _to_case(application_id)
    if missing := _missing(found, files):
        form.show_missing(missing)
        return _write_page(found, files, form), 422
    return redirect(url_for(".check", application_id=application_id), 303)


@bp.post("/filer")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def upload(application_id: UUID) -> ResponseReturnValue:
    """Take one file from a page with JavaScript; answers with the page as it is now, or with why not."""
    form = AppealForm.of(None)
    _save(application_id, form)
    if form.files.errors:
        return Response(form.files.errors[0], 422, mimetype="text/plain")
    found, files = _load_draft(application_id)
    return _write_page(found, files, AppealForm.of(found.appeal))


@bp.post("/kladd")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def autosave(application_id: UUID) -> ResponseReturnValue:
    """Save while it is being written; answers with a short line for the page."""
    form = AppealForm()
    if not form.validate_on_submit():
        return Response(status=422)
    with transaction() as session:
        appeal = service.save(session, current_citizen(), application_id, form.said)
    return Response(gettext("Saved %(time)s", time=clock_time(appeal.saved_at)), mimetype="text/plain")


@bp.get("/se-over")
@requires(Permission.APPLICATION_WRITE)
def check(application_id: UUID) -> ResponseReturnValue:
    """The appeal before it is sent."""
    found, files = _load_draft(application_id)
    if not found.may_appeal:
        return redirect(url_for(".receipt", application_id=application_id), 303)
    if found.appeal is None or _missing(found, files):
        return redirect(url_for(".write", application_id=application_id), 303)
    _note_reading(found.application)
    return render_template("applications/appeals/check.html", found=found, files=files)


@bp.post("/se-over")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def send(application_id: UUID) -> ResponseReturnValue:
    """Send the appeal that was looked over."""
    revision = request.form.get("revision", default=-1, type=int)
    with transaction() as session:
        service.send(session, current_citizen(), application_id, revision)
    return redirect(url_for(".receipt", application_id=application_id), 303)


@bp.get("/kvittering")
@requires(Permission.APPLICATION_READ)
def receipt(application_id: UUID) -> ResponseReturnValue:
    """That it is received, and what happens now."""
    found = _load(application_id)
    if found.appeal is None or found.appeal.is_draft:
        return _to_case(application_id)
    _note_reading(found.application)
    return render_template("applications/appeals/receipt.html", found=found)


@bp.get("/dokument")
@requires(Permission.APPLICATION_READ)
def document(application_id: UUID) -> ResponseReturnValue:
    """The newest appeal as it was sent, to be saved."""
    with read_only() as session:
        found = queries.appealable_for(session, current_citizen(), application_id)
        appeals = queries.appeals_of(session, found.application)
        if not appeals:
            raise NotFound
        file = queries.document_of(session, appeals[0])
    response = send_stored(file.sha256, "klage.pdf", "application/pdf", file.size_bytes)
    _note_reading(found.application, EventTag.DOCUMENT_READ)
    return response


@bp.post("/trekk")
@requires(Permission.APPLICATION_WRITE)
def withdraw(application_id: UUID) -> ResponseReturnValue:
    """Take the appeal back."""
    with transaction() as session:
        service.withdraw(session, current_citizen(), application_id)
    flash(gettext("You have withdrawn the appeal. The decision stands."), "success")
    return _to_case(application_id)


@bp.errorhandler(ChangedMeanwhile)
def _say_changed(_error: ChangedMeanwhile) -> ResponseReturnValue:
    flash(gettext("The appeal was changed in another window. Look over it once more, then send."), "warning")
    return redirect(url_for(".check", **(request.view_args or {})), 303)


@bp.errorhandler(AppealIncomplete)
def _show_what_is_missing(error: AppealIncomplete) -> ResponseReturnValue:
    application_id = (request.view_args or {})["application_id"]
    found, files = _load_draft(application_id)
    form = AppealForm.of(found.appeal)
    form.show_missing(error.fields)
    return _write_page(found, files, form), 422


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return Response(status=409)
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return _to_case((request.view_args or {})["application_id"])


def _load(application_id: UUID) -> Appealable:
    with read_only() as session:
        return queries.appealable_for(session, current_citizen(), application_id)


def _load_draft(application_id: UUID) -> tuple[Appealable, Sequence[ApplicationFile]]:
    """The decision with what is written of an appeal over it, and the papers that shall go with it."""
    with read_only() as session:
        found = queries.appealable_for(session, current_citizen(), application_id)
        return found, queries.files_with(session, found.application, found.appeal)


def _save(application_id: UUID, form: AppealForm) -> None:
    """Save what was written and the files that can be kept; the form says why others cannot."""
    received = receive(FILES)
    form.files.errors = list(received.refusals)
    try:
        with transaction() as session:
            service.save(session, current_citizen(), application_id, form.said, form.chosen(received))
    except TooManyFiles:
        form.say_full()


def _missing(found: Appealable, files: Sequence[ApplicationFile]) -> tuple[str, ...]:
    return found.appeal.missing(files, is_late=found.is_late) if found.appeal else ()


def _to_case(application_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("applications.show", application_id=application_id), 303)


def _write_page(found: Appealable, files: Sequence[ApplicationFile], form: AppealForm) -> str:
    _note_reading(found.application)
    limits = {"max_bytes": upload_limits().max_bytes, "most": service.MOST_FILES}
    return render_template("applications/appeals/write.html", found=found, files=files, form=form, **limits)


def _note_reading(application: Application, tag: EventTag = EventTag.APPLICATION_READ) -> None:
    """The read log: what a representative reads of the one whom she acts for."""
    if application.person_id != current_citizen().person_id:
        record_reading(current_citizen(), tag, subject=application, about_person_id=application.person_id)
