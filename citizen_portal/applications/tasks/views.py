"""The citizen's page of one task: what we ask for, her answer, and what came of it."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import queries as applications
from citizen_portal.applications.files.forms import Received, Uploads, file_to_remove, receive, take_one
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.applications.tasks import queries, service
from citizen_portal.applications.tasks.forms import AnswerForm, slot_name
from citizen_portal.applications.tasks.models import MOST_FILES, Task
from citizen_portal.applications.tasks.service import Attempt
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.forms import upload_limits
from citizen_portal.security import limiter
from citizen_portal.templating import clock_time

bp = Blueprint("tasks", __name__, url_prefix="/min-side/soknader/<uuid:application_id>/oppgave")


@bp.get("/<uuid:task_id>")
@requires(Permission.APPLICATION_READ)
def show(application_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """What we ask for, with what she has typed and chosen so far, or what she has sent."""
    case, task = _load(application_id, task_id)
    return _page(case, task, AnswerForm.as_kept(task))


@bp.post("/<uuid:task_id>")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def answer(application_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Keep what was typed and chosen; send it when that is the button."""
    case, task = _load(application_id, task_id)
    form = AnswerForm()
    if not form.validate():
        return _page(case, task, form), 422
    received = {number: receive(slot_name(number)) for number in task.slot_numbers}
    is_refused = any(found.refusals for found in received.values())
    sends = request.form.get("action") == "send" and not is_refused
    with transaction() as session:
        attempt = _attempt(form, received)
        done = service.answer(session, current_citizen(), application_id, task_id, attempt, sends=sends)
    if is_refused or done.lacks or done.full:
        form.show(received, done.lacks, done.full)
        return _page(case, done.task, form), 422
    return _after(case, done.task, form, sends=sends)


@bp.post("/<uuid:task_id>/kladd")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def autosave(application_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Keep the words while they are typed; answers with a short line for the page."""
    form = AnswerForm()
    if not form.validate():
        return Response(status=422)
    with transaction() as session:
        service.save_draft(session, current_citizen(), application_id, task_id, form.words)
    return Response(gettext("Saved %(time)s", time=clock_time(clock.now())), mimetype="text/plain")


@bp.post("/<uuid:task_id>/filer/<int:number>")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def upload(application_id: UUID, task_id: UUID, number: int) -> ResponseReturnValue:
    """Take one file from a page with JavaScript; answers with the page as it is now, or with why not."""

    def keep(session: Session, uploads: Uploads) -> None:
        service.keep_file(session, current_citizen(), application_id, task_id, number, uploads)

    return take_one(slot_name(number), keep) or show(application_id=application_id, task_id=task_id)


def _load(application_id: UUID, task_id: UUID) -> tuple[ApplicationCase, Task]:
    with read_only() as session:
        case = applications.case_for(session, current_citizen(), application_id)
        return case, queries.task_of(session, case.application, task_id)


def _attempt(form: AnswerForm, received: dict[int, Received]) -> Attempt:
    uploads = {number: found.uploads for number, found in received.items()}
    return Attempt(form.words, form.has_nothing.data, uploads, file_to_remove())


def _after(case: ApplicationCase, task: Task, form: AnswerForm, *, sends: bool) -> ResponseReturnValue:
    """Where it goes on: where nothing could be sent any more, the page says so and holds what was typed."""
    if task.answered_at is not None and form.words.strip() and form.words != task.answer_text:
        return _page(case, task, form, unsent=form.words), 409
    if sends and task.answered_at is not None:
        flash(gettext("We have received your answer. The case goes on."), "success")
    elif request.form.get("action") == "pause":
        flash(gettext("What you wrote is saved. You find it under “Waiting for you”."), "success")
        return redirect(url_for("home.overview"), 303)
    return redirect(url_for(".show", application_id=task.application_id, task_id=task.id), 303)


def _page(case: ApplicationCase, task: Task, form: AnswerForm, unsent: str = "") -> str:
    application, actor = case.application, current_citizen()
    with read_only() as session:
        files = service.files_of_task(session, application, task)
    if application.person_id != actor.person_id:
        record_reading(actor, EventTag.APPLICATION_READ, subject=application, about_person_id=application.person_id)
    facts = {"unsent": unsent, "max_bytes": upload_limits().max_bytes, "most": MOST_FILES}
    return render_template("applications/tasks/show.html", case=case, task=task, form=form, files=files, **facts)
