"""The citizen's pages: fill in, look over, send, follow."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications import people, queries, service
from citizen_portal.applications.answers import (
    Answers,
    Offered,
    RowChange,
    asked_steps,
    in_words,
    problems_of,
    problems_of_step,
    shown_fields,
    under_headings,
    with_names,
)
from citizen_portal.applications.case_documents import document_for, documents_of
from citizen_portal.applications.catalogue.queries import measured_time
from citizen_portal.applications.decisions import shown
from citizen_portal.applications.decisions.reaching import note_opening
from citizen_portal.applications.definitions import FileField, FormField
from citizen_portal.applications.drafts import deleting
from citizen_portal.applications.errors import (
    AlreadySent,
    ChangedMeanwhile,
    Incomplete,
    NotPossibleNow,
    SignatureNeeded,
)
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.files.queries import files_of
from citizen_portal.applications.forms import StepForm
from citizen_portal.applications.models import Application
from citizen_portal.applications.prefill import prefilled
from citizen_portal.applications.signatures.queries import last_request, signed_by, standing
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.i18n import content_language
from citizen_portal.journal.scans import service as scans
from citizen_portal.security import limiter
from citizen_portal.templating import clock_time

bp = Blueprint("applications", __name__)

NOTHING_REFUSED: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


@bp.get("/min-side/soknader")
@requires(Permission.APPLICATION_READ)
def overview() -> ResponseReturnValue:
    """My applications, last started first."""
    before, actor = request.args.get("etter", type=UUID), current_citizen()
    with read_only() as session:
        rows = queries.applications_of(session, actor, before=before, size=queries.PAGE_SIZE + 1)
        waiting = standing(session, actor, {row.id for row in rows if row.is_draft})
        signed = signed_by(session, actor) if not (before or actor.acting_for) else []
    if actor.acting_for:
        record_reading(actor, EventTag.OVERVIEW_READ, about_person_id=actor.subject_id)
    shown = rows[: queries.PAGE_SIZE]
    older = url_for(".overview", etter=shown[-1].id) if len(rows) > len(shown) else None
    newest = url_for(".overview") if before else None
    signatures = {"waiting": waiting, "signed": signed}
    return render_template("applications/overview.html", rows=shown, older=older, newest=newest, **signatures)


@bp.get("/min-side/soknader/<uuid:application_id>")
@requires(Permission.APPLICATION_READ)
def show(application_id: UUID) -> ResponseReturnValue:
    """How one application stands, what happens next and by when."""
    with read_only() as session:
        case = queries.case_with_history(session, current_citizen(), application_id)
        if case.application.is_draft:
            return redirect(url_for(".resume", application_id=application_id), 303)
        documents = documents_of(session, case)
        stopped = [file for file in files_of(session, case.application) if file.is_infected]
        decided = shown.decided(session, case.application)
    _note_reading(case.application)
    if decided and request.method == "GET":
        note_opening(current_citizen(), case.application, decided.letter.delivery)
    history = {"events": case.application.events, "tasks": case.application.tasks}
    found = {"documents": documents, "stopped": stopped, "decided": decided, **history}
    return render_template("applications/show.html", case=case, **found)


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
    application.definition.step(number)
    if number not in asked_steps(application.definition, application.answers):
        return redirect(url_for(".resume", application_id=application_id), 303)
    _note_reading(application)
    return step_page(application, number, with_problems="mangler" in request.args)


@bp.post("/min-side/soknader/<uuid:application_id>/steg/<int:number>")
@requires(Permission.APPLICATION_WRITE)
def save_step(application_id: UUID, number: int) -> ResponseReturnValue:
    """Save the step, whatever was typed, and go where the button leads; not forward past what must be corrected."""
    action = request.form.get("action", "next")
    with transaction() as session:
        application, problems = service.save_step(
            session, current_citizen(), application_id, number, request.form, content_language(), action=action
        )
    if action == "next" and problems:
        return step_page(application, number, with_problems=True), 422
    return redirect(after_step(application, number, action), 303)


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
    with read_only() as session:
        application = queries.application_for(session, current_citizen(), application_id)
        last_asked = last_request(session, application) if application.needs_signature else None
    if not application.is_draft:
        return redirect(url_for(".receipt", application_id=application_id), 303)
    definition, answers = application.definition, _answers_today(application)
    if problems := problems_of(definition, answers):
        return redirect(url_for(".step", application_id=application_id, number=problems[0].step, mangler=1), 303)
    _note_reading(application)
    steps = [
        (number, step, under_headings(in_words(definition, step, answers, content_language())))
        for number, step in ((number, definition.step(number)) for number in asked_steps(definition, answers))
    ]
    with read_only() as session:
        measured = measured_time(session, application.definition_id)
    shown = {"application": application, "steps": steps, "last_asked": last_asked, "measured": measured}
    return render_template("applications/check.html", **shown)


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
        documents, entry = documents_of(session, case), queries.incoming_entry(session, case.application)
        measured = measured_time(session, case.application.definition_id)
    if case.application.is_draft:
        return redirect(url_for(".resume", application_id=application_id), 303)
    _note_reading(case.application)
    page = {"case": case, "documents": documents, "entry": entry, "measured": measured}
    return render_template("applications/receipt.html", **page)


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
        deleting.delete_draft(session, current_citizen(), application_id)
    flash(gettext("The draft is deleted."), "success")
    return redirect(url_for(".overview"), 303)


@bp.get("/min-side/soknader/<uuid:application_id>/dokument/<uuid:file_id>")
@requires(Permission.APPLICATION_READ)
def document(application_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A file of the application, to be saved."""
    with read_only() as session:
        application, found = document_for(session, current_citizen(), application_id, file_id)
        scans.demand_open(session, found.sha256)
    response = send_stored(found.sha256, found.filename, found.media_type, found.size_bytes)
    _note_reading(application, EventTag.DOCUMENT_READ)
    return response


@bp.errorhandler(AlreadySent)
def say_already_sent(_error: AlreadySent) -> ResponseReturnValue:
    """That nothing is changed any more, on the page of how it stands."""
    if "HX-Request" in request.headers:
        return Response(status=409)
    flash(gettext("The application is already sent, so it cannot be changed. Write about the case instead."), "info")
    return redirect(url_for("applications.show", application_id=_id_in_path()), 303)


@bp.errorhandler(ChangedMeanwhile)
def _say_changed(_error: ChangedMeanwhile) -> ResponseReturnValue:
    flash(gettext("The answers were changed in another window. Look over them once more, then send."), "warning")
    return redirect(url_for(".check", application_id=_id_in_path()), 303)


@bp.errorhandler(SignatureNeeded)
def _ask_who_signs(_error: SignatureNeeded) -> ResponseReturnValue:
    return redirect(url_for("signatures.ask", application_id=_id_in_path()), 303)


@bp.errorhandler(Incomplete)
def _show_what_is_missing(_error: Incomplete) -> ResponseReturnValue:
    return redirect(url_for(".check", application_id=_id_in_path()), 303)


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    flash(gettext("The application is dealt with already. Below you see how it stands."), "info")
    return redirect(url_for("applications.show", application_id=_id_in_path()), 303)


def _id_in_path() -> UUID:
    application_id: UUID = (request.view_args or {})["application_id"]
    return application_id


def _application(application_id: UUID) -> Application:
    with read_only() as session:
        return queries.application_for(session, current_citizen(), application_id)


def _note_reading(application: Application, tag: EventTag = EventTag.APPLICATION_READ) -> None:
    """The read log: what a representative reads of the one whom she acts for."""
    if application.person_id != current_citizen().person_id:
        record_reading(current_citizen(), tag, subject=application, about_person_id=application.person_id)


def _answers_today(application: Application) -> Answers:
    """The draft's answers, where whoever can be chosen no longer has no name: that must be corrected."""
    fields = list(application.definition.fields)
    return with_names(fields, application.answers, _offered(application, fields))


def _files(application: Application) -> Sequence[ApplicationFile]:
    with read_only() as session:
        return files_of(session, application)


def _offered(application: Application, fields: Iterable[FormField]) -> Offered:
    with read_only() as session:
        return people.offered_in(session, current_citizen(), application, fields)


def step_page(
    application: Application,
    number: int,
    *,
    with_problems: bool,
    refusals: Mapping[str, Sequence[str]] = NOTHING_REFUSED,
) -> str:
    """The page of a step, with what must be corrected; `refusals` are of files, by field."""
    definition, actor = application.definition, current_citizen()
    fields = [shown.field for shown in shown_fields(definition, number, application.answers)]
    offered = _offered(application, fields)
    known = prefilled(actor, application, fields)
    files = _files(application) if any(isinstance(field, FileField) for field in fields) else ()
    language, answers = content_language(), application.answers
    form = StepForm(definition, number, answers, language, offered=offered, known=known, files=files)
    if with_problems:
        form.show(problems_of_step(definition, number, with_names(fields, application.answers, offered)))
    form.refuse(refusals)
    return render_template(
        "applications/step.html",
        application=application,
        form=form,
        back_to_check=request.values.get("fra") == "se-over",
        asked=asked_steps(definition, application.answers),
        in_view=request.args.get("rad"),
    )


def after_step(application: Application, number: int, action: str) -> str:
    """Where the button leads that a step was sent with."""
    if action == "pause":
        flash(gettext("The draft is saved. You find it here when you want to go on."), "success")
        return url_for("applications.overview")
    if change := RowChange.of(action):
        return _same_step(application, number, change.row_in_view(application.answers))
    asked = asked_steps(application.definition, application.answers)
    later, earlier = [step for step in asked if step > number], [step for step in asked if step < number]
    if action == "next" and (request.values.get("fra") == "se-over" or not later):
        return url_for("applications.check", application_id=application.id)
    goes_to = later[0] if action == "next" else earlier[-1] if action == "back" and earlier else number
    return url_for("applications.step", application_id=application.id, number=goes_to)


def _same_step(application: Application, number: int, row: str) -> str:
    """The page again, at the row that came, went or came back."""
    origin = "se-over" if request.values.get("fra") == "se-over" else None
    return url_for("applications.step", application_id=application.id, number=number, rad=row, fra=origin, _anchor=row)
