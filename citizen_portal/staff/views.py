"""The caseworker's pages: the work list and one case."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.applications import queries as application_queries
from citizen_portal.applications import service as applications
from citizen_portal.applications.answers import in_words, under_headings
from citizen_portal.applications.case_documents import document_for
from citizen_portal.applications.decisions.errors import AppealStillOpen
from citizen_portal.applications.errors import AlreadyPickedUp, NotPossibleNow
from citizen_portal.applications.work_list import MOST_COUNTED, Queue, WorkListPosition, queue_counts, queues_of
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import permissions_of
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.errors import NotFound
from citizen_portal.forms import upload_limits
from citizen_portal.i18n import content_language
from citizen_portal.identity.grounds import ground_for
from citizen_portal.identity.staff_roles import works_there
from citizen_portal.journal.errors import EntriesNotSignedOff
from citizen_portal.journal.scans import service as scans
from citizen_portal.messages import service as messages
from citizen_portal.messages.downloads import send_attachment
from citizen_portal.messages.forms import MessageForm
from citizen_portal.security import limiter
from citizen_portal.staff import queries
from citizen_portal.staff.forms import StatusForm
from citizen_portal.staff.handling_forms import AssignForm
from citizen_portal.staff.queries import CasePage
from citizen_portal.templating import clock_time

bp = Blueprint("staff", __name__, url_prefix="/ansatt")

PAGE_SIZE: Final = 25
QUEUES: Final = {
    "ufordelt": Queue.UNASSIGNED,
    "mine": Queue.MINE,
    "enheten": Queue.UNIT,
    "forfaller": Queue.DUE,
    "over-fristen": Queue.OVERDUE,
    "venter": Queue.WAITING,
    "forelopig-svar": Queue.PRELIMINARY,
    "til-meg": Queue.ESCALATED,
    "egen-ko": Queue.OWN_QUEUE,
}
"""The parts of the work list as they stand in its address."""


@bp.get("")
@requires(Permission.STAFF_HOME)
def work_list() -> ResponseReturnValue:
    """The unit's cases, the earliest deadline first; for those without cases, where their work is."""
    actor, name = current_staff(), request.args.get("liste", "enheten")
    if Permission.CASE_READ not in permissions_of(actor):
        return render_template("staff/home.html")
    asked, after = QUEUES.get(name), request.args.get("etter")
    queue = asked if asked in queues_of(actor) else Queue.UNIT
    position = WorkListPosition.from_text(after) if after else None
    with read_only() as session:
        counts = queue_counts(session, actor)
        other_work = queries.other_work(session, actor)
        lines = queries.work_list(session, actor, queue, after=position, size=PAGE_SIZE + 1)
        colleagues = works_there(session, actor.unit_id)
    more = lines[PAGE_SIZE - 1].row.position.as_text if lines[PAGE_SIZE:] else None
    following = url_for(".work_list", liste=name, etter=more) if more else None
    first = url_for(".work_list", liste=name) if after else None
    assigns = AssignForm.among(colleagues) if Permission.CASE_HANDLE in permissions_of(actor) else None
    shown = {"lines": lines[:PAGE_SIZE], "queue": queue, "queues": QUEUES, "counts": counts, "other_work": other_work}
    pages = {"first": first, "following": following, "most_counted": MOST_COUNTED}
    return render_template("staff/work_list.html", **shown, **pages, assign_form=assigns)


@bp.get("/saker/<uuid:case_file_id>")
@requires(Permission.CASE_READ)
def case(case_file_id: UUID) -> ResponseReturnValue:
    """One case of the caseworker's own unit, or of somebody for whom a purpose was given. Reading it is noted."""
    return _case_page(_load(case_file_id))


@bp.post("/saker/<uuid:case_file_id>/ta")
@requires(Permission.CASE_HANDLE)
def claim(case_file_id: UUID) -> ResponseReturnValue:
    """Take the case."""
    with transaction() as session:
        found = application_queries.case_by_case_file(session, current_staff(), case_file_id)
        applications.pick_up(session, current_staff(), found.application.id)
    return redirect(url_for(".case", case_file_id=case_file_id), 303)


@bp.post("/saker/<uuid:case_file_id>/status")
@requires(Permission.CASE_HANDLE)
def change_status(case_file_id: UUID) -> ResponseReturnValue:
    """Go on to another status."""
    page = _load_to_handle(case_file_id)
    form = StatusForm.of(page.application)
    if not form.status.choices:
        raise NotPossibleNow
    if not form.validate_on_submit():
        return _case_page(page, status_form=form), 422
    try:
        with transaction() as session:
            applications.change_status(session, current_staff(), page.application.id, form.chosen, form.note.data)
    except (EntriesNotSignedOff, AppealStillOpen) as error:
        form.refuse_closing(error)
        return _case_page(page, status_form=form), 422
    flash(gettext("The status is changed, and the citizen can see it."), "success")
    return redirect(url_for(".case", case_file_id=case_file_id), 303)


@bp.post("/saker/<uuid:case_file_id>/meldinger")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.CASE_MESSAGE_WRITE)
def write(case_file_id: UUID) -> ResponseReturnValue:
    """Write to the citizen."""
    page, form = _load_to_handle(case_file_id), MessageForm()
    if not form.validate_on_submit():
        return _case_page(page, form=form), 422
    with transaction() as session:
        messages.write_to_citizen(session, current_staff(), case_file_id, form.text, form.chosen_id, form.enclosures)
    return redirect(url_for(".case", case_file_id=case_file_id, _anchor="newest"), 303)


@bp.post("/saker/<uuid:case_file_id>/utkast")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.CASE_MESSAGE_WRITE)
def save_draft(case_file_id: UUID) -> ResponseReturnValue:
    """Keep what was typed so far; answers with the line that says when."""
    with transaction() as session:
        messages.save_draft(session, current_staff(), case_file_id, request.form.get("body", ""))
    return Response(gettext("Saved %(time)s", time=clock_time(clock.now())), mimetype="text/plain")


@bp.get("/vedlegg/<uuid:attachment_id>")
@requires(Permission.CASE_READ)
def attachment(attachment_id: UUID) -> ResponseReturnValue:
    """Download a file that was sent with a message."""
    return send_attachment(current_staff(), attachment_id)


@bp.get("/saker/<uuid:case_file_id>/dokumenter/<uuid:file_id>")
@requires(Permission.CASE_READ)
def document(case_file_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Download the application as it was journaled."""
    actor = current_staff()
    with read_only() as session:
        case = application_queries.case_by_case_file(session, actor, case_file_id)
        application, found = document_for(session, actor, case.application.id, file_id)
        scans.demand_open(session, found.sha256)
        ground = ground_for(session, actor, application.unit_id, application.person_id)
    response = send_stored(found.sha256, found.filename, found.media_type, found.size_bytes)
    facts = {"file": str(file_id), **ground.facts}
    audit.record_reading(
        actor, EventTag.DOCUMENT_READ, subject=application, about_person_id=application.person_id, **facts
    )
    return response


@bp.errorhandler(AlreadyPickedUp)
def _say_who_has_it(error: AlreadyPickedUp) -> ResponseReturnValue:
    flash(gettext("%(name)s has taken the case.", name=error.by), "info")
    return redirect(url_for(".case", **(request.view_args or {})), 303)


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return redirect(url_for(".case", **(request.view_args or {})), 303)


def _load(case_file_id: UUID) -> CasePage:
    with read_only() as session:
        return queries.case_page(session, current_staff(), case_file_id, before=request.args.get("for", type=int))


def _load_to_handle(case_file_id: UUID) -> CasePage:
    """The case, if it is of the caseworker's own unit: what can be read only is not there to be changed."""
    page = _load(case_file_id)
    if not page.is_handled_by(current_staff()):
        raise NotFound
    return page


def _note_reading(page: CasePage) -> None:
    """The read log's own short transaction: the one thing that a GET writes (design §4 rule 4)."""
    with transaction() as session:
        audit.record(
            session,
            current_staff(),
            EventTag.APPLICATION_READ,
            subject=page.application,
            about_person_id=page.application.person_id,
            case_number=page.case_file.number,
            **page.ground.facts,
        )
        messages.note_reading(session, current_staff(), page.conversation, page.ground)


def _case_page(page: CasePage, *, form: MessageForm | None = None, status_form: StatusForm | None = None) -> str:
    """The page, also when it is shown again with a mistake to mend: what is shown was read."""
    _note_reading(page)
    language, definition = content_language(), page.application.definition
    steps = definition.steps if page.application.has_answers else ()
    lines = [(step, in_words(definition, step, page.application.answers, language)) for step in steps]
    answers = [(step.title.in_language(language), under_headings(said)) for step, said in lines if said]
    return render_template(
        "staff/case.html",
        page=page,
        answers=answers,
        me=current_staff(),
        form=form or MessageForm.with_draft(page.conversation.draft),
        status_form=status_form or StatusForm.of(page.application),
        max_bytes=upload_limits().max_bytes,
    )
