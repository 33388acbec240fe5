"""The citizen's files: download, and add and remove while the form is filled in."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from citizen_portal.applications import queries as applications
from citizen_portal.applications.errors import AlreadySent
from citizen_portal.applications.files import answering
from citizen_portal.applications.files.downloads import send_file
from citizen_portal.applications.files.forms import Received, Uploads, file_to_remove, no_room, receive, take_one
from citizen_portal.applications.models import Application
from citizen_portal.applications.views import after_step, say_already_sent, step_page
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import new_id, read_only, transaction
from citizen_portal.forms import upload_limits
from citizen_portal.i18n import content_language
from citizen_portal.security import limiter, reads_large_files

bp = Blueprint("application_files", __name__, url_prefix="/min-side/soknader/<uuid:application_id>")
bp.add_app_template_global(new_id, "upload_id")
bp.add_app_template_global(upload_limits, "upload_limits")
bp.register_error_handler(AlreadySent, say_already_sent)


@bp.get("/filer/<uuid:file_id>")
@requires(Permission.APPLICATION_READ)
def download(application_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A file as it was sent."""
    return send_file(current_citizen(), application_id, file_id)


@bp.post("/steg/<int:number>/filer")
@reads_large_files
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def save_step(application_id: UUID, number: int) -> ResponseReturnValue:
    """Save a step that takes files, whatever came, and go where the button leads."""
    action = request.form.get("action", "next")
    received = {name: receive(name) for name in answering.file_fields(_draft(application_id), number)}
    uploads = {name: one.uploads for name, one in received.items() if one.uploads}
    with transaction() as session:
        application, problems, full = answering.save_step(
            session, current_citizen(), application_id, number, request.form, content_language(),
            action=action, uploads=uploads, remove=file_to_remove(),
        )  # fmt: skip
    refusals = _refusals(received, full)
    if refusals or (action == "next" and problems):
        return step_page(application, number, with_problems=action == "next", refusals=refusals), 422
    if file_to_remove() or action.startswith("add-file"):
        return redirect(_same_field(application, number, action, list(received)), 303)
    return redirect(after_step(application, number, action), 303)


@bp.post("/steg/<int:number>/filer/<name>")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def upload(application_id: UUID, number: int, name: str) -> ResponseReturnValue:
    """Take one file from a page with JavaScript; answers with the page as it is now, or with why not."""
    answering.file_fields(_draft(application_id), number)

    def keep(session: Session, uploads: Uploads) -> None:
        answering.add_to_field(session, current_citizen(), application_id, number, name, uploads)

    return take_one(name, keep) or step_page(_draft(application_id), number, with_problems=False)


def _draft(application_id: UUID) -> Application:
    with read_only() as session:
        return applications.application_for(session, current_citizen(), application_id)


def _refusals(received: dict[str, Received], full: dict[str, int]) -> dict[str, list[str]]:
    """Why files were not taken, by field; only of fields where something was not."""
    of_field = {name: [*one.refusals] for name, one in received.items()}
    for name, most in full.items():
        of_field[name].append(no_room(most))
    return {name: said for name, said in of_field.items() if said}


def _same_field(application: Application, number: int, action: str, names: list[str]) -> str:
    """The page again, at the field whose files came or went."""
    name = action.partition(":")[2] if action.startswith("add-file:") else names[0] if len(names) == 1 else None
    anchor = name if name in names else None
    return url_for(
        "applications.step", application_id=application.id, number=number, fra=request.values.get("fra"), _anchor=anchor
    )
