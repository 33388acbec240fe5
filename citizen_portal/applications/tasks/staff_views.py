"""The caseworker's pages of tasks: ask, see what came, move the deadline, withdraw."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications import queries as applications
from citizen_portal.applications import reminders
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.applications.tasks import queries, service
from citizen_portal.applications.tasks.errors import IdTaken, NoLongerAsked
from citizen_portal.applications.tasks.forms import AskForm, DeadlineForm
from citizen_portal.applications.tasks.models import Task
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.identity.grounds import ground_for
from citizen_portal.security import limiter

bp = Blueprint("tasks_staff", __name__, url_prefix="/ansatt/saker/<uuid:case_file_id>")
DAILY_JOB = reminders.begin_day
"""Declared where the feature is registered, so that the worker knows it."""


@bp.get("/be-om-noe")
@requires(Permission.CASE_HANDLE)
def ask(case_file_id: UUID) -> ResponseReturnValue:
    """What the citizen shall be asked for."""
    return _ask_page(_load_to_handle(case_file_id), AskForm.proposed())


@bp.post("/be-om-noe")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def give(case_file_id: UUID) -> ResponseReturnValue:
    """Ask the citizen."""
    case, form = _load_to_handle(case_file_id), AskForm()
    if not form.validate_on_submit():
        return _ask_page(case, form), 422
    with transaction() as session:
        service.give(session, current_staff(), case.application.id, form.asked)
    flash(gettext("The citizen is asked, and the answer time stands still until the answer comes."), "success")
    return redirect(_case_url(case_file_id), 303)


@bp.get("/oppgaver/<uuid:task_id>")
@requires(Permission.CASE_READ)
def show(case_file_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """One task: what was asked, and what came of it."""
    case, task = _load(case_file_id, task_id)
    return _task_page(case, task, DeadlineForm(data={"due": f"{task.due_date:%d.%m.%Y}"}))


@bp.post("/oppgaver/<uuid:task_id>/frist")
@requires(Permission.CASE_HANDLE)
def move_deadline(case_file_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Give the citizen another deadline."""
    case, task = _load(case_file_id, task_id)
    form = DeadlineForm()
    if not form.validate_on_submit() or form.due.day is None:
        return _task_page(case, task, form), 422
    with transaction() as session:
        service.move_deadline(session, current_staff(), case.application.id, task_id, form.due.day)
    flash(gettext("The deadline is moved, and the citizen is told."), "success")
    return redirect(url_for(".show", case_file_id=case_file_id, task_id=task_id), 303)


@bp.post("/oppgaver/<uuid:task_id>/trekk")
@requires(Permission.CASE_HANDLE)
def withdraw(case_file_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Say that it is not needed any more."""
    with transaction() as session:
        case = applications.case_by_case_file(session, current_staff(), case_file_id)
        service.withdraw(session, current_staff(), case.application.id, task_id)
    flash(gettext("The citizen is told that it is not needed any more."), "success")
    return redirect(_case_url(case_file_id), 303)


@bp.post("/sett")
@requires(Permission.CASE_HANDLE)
def note_seen(case_file_id: UUID) -> ResponseReturnValue:
    """Say that somebody has looked at what the citizen sent."""
    with transaction() as session:
        case = applications.case_by_case_file(session, current_staff(), case_file_id)
        service.note_news_seen(session, current_staff(), case.application.id)
    return redirect(_case_url(case_file_id), 303)


@bp.errorhandler(NoLongerAsked)
@bp.errorhandler(NotPossibleNow)
@bp.errorhandler(IdTaken)
def _say_changed(_error: NoLongerAsked | NotPossibleNow | IdTaken) -> ResponseReturnValue:
    case_file_id: UUID = (request.view_args or {})["case_file_id"]
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return redirect(_case_url(case_file_id), 303)


def _case_url(case_file_id: UUID) -> str:
    return url_for("staff.case", case_file_id=case_file_id)


def _load(case_file_id: UUID, task_id: UUID) -> tuple[ApplicationCase, Task]:
    with read_only() as session:
        case = applications.case_by_case_file(session, current_staff(), case_file_id)
        return case, queries.task_of(session, case.application, task_id)


def _load_to_handle(case_file_id: UUID) -> ApplicationCase:
    with read_only() as session:
        case = applications.case_by_case_file(session, current_staff(), case_file_id)
    if case.application.unit_id != current_staff().unit_id:
        raise NotFound
    return case


def _ask_page(case: ApplicationCase, form: AskForm) -> str:
    _note_reading(case)
    return render_template("applications/tasks/staff_ask.html", case=case, form=form)


def _task_page(case: ApplicationCase, task: Task, form: DeadlineForm) -> str:
    _note_reading(case)
    with read_only() as session:
        files = service.files_of_task(session, case.application, task)
    handles = case.application.unit_id == current_staff().unit_id
    page = {"case": case, "task": task, "files": files, "form": form, "handles": handles}
    return render_template("applications/tasks/staff_show.html", **page)


def _note_reading(case: ApplicationCase) -> None:
    """The read log: what is shown was read."""
    application = case.application
    with transaction() as session:
        ground = ground_for(session, current_staff(), application.unit_id, application.person_id)
        facts = {"case_number": case.case_file.number if case.case_file else "", **ground.facts}
        tag, about = EventTag.APPLICATION_READ, application.person_id
        audit.record(session, current_staff(), tag, subject=application, about_person_id=about, **facts)
