"""The citizen's pages: find a service, fill in, look over, send, follow."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.applications import queries, service
from citizen_portal.applications.answers import in_words, problems_of_step
from citizen_portal.applications.definitions import current_definition, current_definitions
from citizen_portal.applications.errors import (
    AlreadySent,
    ChangedMeanwhile,
    Incomplete,
    NotPossibleNow,
    PersonChanged,
)
from citizen_portal.applications.forms import StepForm
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.actor import Citizen
from citizen_portal.auth.guards import actor_key, current_actor, current_citizen, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.i18n import content_language
from citizen_portal.identity import reach
from citizen_portal.security import limiter
from citizen_portal.templating import clock_time

bp = Blueprint("applications", __name__)


@bp.get("/soknad")
@public
def catalogue() -> ResponseReturnValue:
    """What can be applied for."""
    with read_only() as session:
        definitions = current_definitions(session, clock.today())
    return render_template("applications/catalogue.html", definitions=definitions)


@bp.get("/soknad/<service>")
@public
def start(service: str) -> ResponseReturnValue:
    """What the service is, who it is for, what you need and how long it takes."""
    actor = current_actor()
    with read_only() as session:
        definition = current_definition(session, service, clock.today())
        if not isinstance(actor, Citizen):
            return render_template("applications/start.html", definition=definition, draft=None)
        draft = queries.open_draft(session, actor, service)
        may_apply = draft is not None or queries.may_apply(session, actor, definition.area)
    is_strong = reach.fits_level(actor, actor.subject_id, definition.area)
    return render_template(
        "applications/start.html", definition=definition, draft=draft, may_apply=may_apply, is_strong=is_strong
    )


@bp.post("/soknad/<definition_id>")
@limiter.limit("20 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def begin(definition_id: str) -> ResponseReturnValue:
    """Start a draft, or go on with the one there is."""
    with transaction() as session:
        draft = service.start_draft(session, current_citizen(), definition_id, content_language(), _shown_for())
    return redirect(url_for(".resume", application_id=draft.id), 303)


@bp.get("/min-side/soknader")
@requires(Permission.APPLICATION_READ)
def overview() -> ResponseReturnValue:
    """My applications, last started first."""
    before, actor = request.args.get("etter", type=UUID), current_citizen()
    with read_only() as session:
        rows = queries.applications_of(session, actor, before=before, size=queries.PAGE_SIZE + 1)
    if actor.acting_for:
        record_reading(actor, EventTag.OVERVIEW_READ, about_person_id=actor.subject_id)
    shown = rows[: queries.PAGE_SIZE]
    older = url_for(".overview", etter=shown[-1].id) if len(rows) > len(shown) else None
    newest = url_for(".overview") if before else None
    return render_template("applications/overview.html", rows=shown, older=older, newest=newest)


@bp.get("/min-side/soknader/<uuid:application_id>")
@requires(Permission.APPLICATION_READ)
def show(application_id: UUID) -> ResponseReturnValue:
    """How one application stands, what happens next and by when."""
    with read_only() as session:
        case = queries.case_for(session, current_citizen(), application_id)
        if case.application.is_draft:
            return redirect(url_for(".resume", application_id=application_id), 303)
        events, documents = queries.timeline(session, case.application), queries.documents(session, case)
    _note_reading(case.application)
    return render_template("applications/show.html", case=case, events=events, documents=documents)


@bp.get("/min-side/soknader/<uuid:application_id>/fortsett")
@requires(Permission.APPLICATION_WRITE)
def resume(application_id: UUID) -> ResponseReturnValue:
    """Go on where the draft stands: the first step that is not answered, or the check of the answers."""
    application = _application(application_id)
    if not application.is_draft:
        return redirect(url_for(".show", application_id=application_id), 303)
    if problems := application.problems:
        return redirect(url_for(".step", application_id=application_id, number=problems[0].step), 303)
    return redirect(url_for(".check", application_id=application_id), 303)


@bp.get("/min-side/soknader/<uuid:application_id>/steg/<int:number>")
@requires(Permission.APPLICATION_WRITE)
def step(application_id: UUID, number: int) -> ResponseReturnValue:
    """One step of the form, with what the draft holds."""
    application = _application(application_id)
    if not application.is_draft:
        return redirect(url_for(".show", application_id=application_id), 303)
    _note_reading(application)
    return _step_page(application, number, with_problems="mangler" in request.args)


@bp.post("/min-side/soknader/<uuid:application_id>/steg/<int:number>")
@requires(Permission.APPLICATION_WRITE)
def save_step(application_id: UUID, number: int) -> ResponseReturnValue:
    """Save the step, whatever was typed, and go where the button leads; not forward past what must be corrected."""
    with transaction() as session:
        application, problems = service.save_step(
            session, current_citizen(), application_id, number, request.form, content_language()
        )
    action = request.form.get("action", "next")
    if action == "next" and problems:
        return _step_page(application, number, with_problems=True), 422
    return redirect(_after_step(application, number, action), 303)


@bp.post("/min-side/soknader/<uuid:application_id>/steg/<int:number>/kladd")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def autosave(application_id: UUID, number: int) -> ResponseReturnValue:
    """Save the step while it is being typed; answers with a short line for the page."""
    with transaction() as session:
        application, _problems = service.save_step(
            session, current_citizen(), application_id, number, request.form, content_language()
        )
    return Response(gettext("Saved %(time)s", time=clock_time(application.saved_at)), mimetype="text/plain")


@bp.get("/min-side/soknader/<uuid:application_id>/se-over")
@requires(Permission.APPLICATION_WRITE)
def check(application_id: UUID) -> ResponseReturnValue:
    """All answers before they are sent, each with a way to change it."""
    application = _application(application_id)
    if not application.is_draft:
        return redirect(url_for(".receipt", application_id=application_id), 303)
    if problems := application.problems:
        return redirect(url_for(".step", application_id=application_id, number=problems[0].step, mangler=1), 303)
    _note_reading(application)
    steps = [
        (number, step, in_words(application.definition, step, application.answers, content_language()))
        for number, step in enumerate(application.definition.steps, start=1)
    ]
    return render_template("applications/check.html", application=application, steps=steps)


@bp.post("/min-side/soknader/<uuid:application_id>/se-over")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def submit(application_id: UUID) -> ResponseReturnValue:
    """Send the application that was looked over."""
    revision = request.form.get("revision", default=-1, type=int)
    with transaction() as session:
        service.submit(session, current_citizen(), application_id, revision)
    return redirect(url_for(".receipt", application_id=application_id), 303)


@bp.get("/min-side/soknader/<uuid:application_id>/kvittering")
@requires(Permission.APPLICATION_READ)
def receipt(application_id: UUID) -> ResponseReturnValue:
    """That it is received, its number, and what happens now with dates."""
    with read_only() as session:
        case = queries.case_for(session, current_citizen(), application_id)
        documents = queries.documents(session, case)
    if case.application.is_draft:
        return redirect(url_for(".resume", application_id=application_id), 303)
    _note_reading(case.application)
    return render_template("applications/receipt.html", case=case, documents=documents)


@bp.post("/min-side/soknader/<uuid:application_id>/trekk")
@requires(Permission.APPLICATION_WRITE)
def withdraw(application_id: UUID) -> ResponseReturnValue:
    """Take the application back."""
    with transaction() as session:
        service.withdraw(session, current_citizen(), application_id)
    flash(gettext("You have withdrawn the application."), "success")
    return redirect(url_for(".show", application_id=application_id), 303)


@bp.post("/min-side/soknader/<uuid:application_id>/slett")
@requires(Permission.APPLICATION_WRITE)
def delete_draft(application_id: UUID) -> ResponseReturnValue:
    """Delete a draft."""
    with transaction() as session:
        service.delete_draft(session, current_citizen(), application_id)
    flash(gettext("The draft is deleted."), "success")
    return redirect(url_for(".overview"), 303)


@bp.get("/min-side/soknader/<uuid:application_id>/dokument/<uuid:file_id>")
@requires(Permission.APPLICATION_READ)
def document(application_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A file of the application, to be saved."""
    with read_only() as session:
        application, found = queries.document_for(session, current_citizen(), application_id, file_id)
    response = send_stored(found.sha256, found.filename, "application/pdf", found.size_bytes)
    _note_reading(application, EventTag.DOCUMENT_READ)
    return response


@bp.errorhandler(AlreadySent)
def _say_already_sent(_error: AlreadySent) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return Response(status=409)
    flash(gettext("The application is already sent, so it cannot be changed. Write about the case instead."), "info")
    return redirect(url_for(".show", application_id=_id_in_path()), 303)


@bp.errorhandler(PersonChanged)
def _say_person_changed(_error: PersonChanged) -> ResponseReturnValue:
    flash(
        gettext("You have chosen another person since you opened the page. See whom it is about, and start again."),
        "warning",
    )
    return redirect(url_for(".start", service=(request.view_args or {})["definition_id"]), 303)


@bp.errorhandler(ChangedMeanwhile)
def _say_changed(_error: ChangedMeanwhile) -> ResponseReturnValue:
    flash(gettext("The answers were changed in another window. Look over them once more, then send."), "warning")
    return redirect(url_for(".check", application_id=_id_in_path()), 303)


@bp.errorhandler(Incomplete)
def _show_what_is_missing(_error: Incomplete) -> ResponseReturnValue:
    return redirect(url_for(".check", application_id=_id_in_path()), 303)


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    flash(gettext("The application is dealt with already. Below you see how it stands."), "info")
    return redirect(url_for(".show", application_id=_id_in_path()), 303)


def _id_in_path() -> UUID:
    application_id: UUID = (request.view_args or {})["application_id"]
    return application_id


def _application(application_id: UUID) -> Application:
    with read_only() as session:
        return queries.application_for(session, current_citizen(), application_id)


def _shown_for() -> UUID:
    """Whom the page with the button was shown for; a form that does not say so was for the citizen herself."""
    return request.form.get("for", type=UUID) or current_citizen().person_id


def _note_reading(application: Application, tag: EventTag = EventTag.APPLICATION_READ) -> None:
    """The read log: what a representative reads of the one whom she acts for."""
    if application.person_id != current_citizen().person_id:
        record_reading(current_citizen(), tag, subject=application, about_person_id=application.person_id)


def _step_page(application: Application, number: int, *, with_problems: bool) -> str:
    form = StepForm(application.definition, number, application.answers, content_language())
    if with_problems:
        form.show(problems_of_step(application.definition, number, application.answers))
    back_to_check = request.values.get("fra") == "se-over"
    return render_template("applications/step.html", application=application, form=form, back_to_check=back_to_check)


def _after_step(application: Application, number: int, action: str) -> str:
    if action == "pause":
        flash(gettext("The draft is saved. You find it here when you want to go on."), "success")
        return url_for(".overview")
    if action == "back" and number > 1:
        return url_for(".step", application_id=application.id, number=number - 1)
    if action == "next" and (request.values.get("fra") == "se-over" or number == len(application.definition.steps)):
        return url_for(".check", application_id=application.id)
    return url_for(".step", application_id=application.id, number=number + (action == "next"))
