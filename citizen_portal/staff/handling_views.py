"""Staff's pages for sharing the work: search, give away many or one, notes, another unit, another body."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from citizen_portal.applications import queries as application_queries
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.handling import queries, service
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.identity.grounds import ground_for
from citizen_portal.identity.staff_roles import works_there
from citizen_portal.security import limiter
from citizen_portal.staff import service as staff
from citizen_portal.staff.handling_forms import AssignForm, ForwardForm, HandOverForm, MoveForm, NoteForm, SearchForm
from citizen_portal.tenancy import queries as tenancy

bp = Blueprint("handling", __name__, url_prefix="/ansatt")


@bp.get("/sok")
@requires(Permission.CASE_HANDLE)
def search() -> ResponseReturnValue:
    """Look for a case of the unit."""
    return render_template("handling/search.html", form=SearchForm(), hits=None)


@bp.post("/sok")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def find() -> ResponseReturnValue:
    """What was found. Names do not stand in an address, so the hits are the answer to the POST."""
    form = SearchForm()
    if not form.validate_on_submit():
        return render_template("handling/search.html", form=form, hits=None), 422
    with read_only() as session:
        hits = queries.search(session, current_staff(), form.wanted.data or "")
    more = len(hits) > queries.MOST_HITS
    return render_template("handling/search.html", form=form, hits=hits[: queries.MOST_HITS], has_more=more)


@bp.post("/fordel")
@requires(Permission.CASE_HANDLE)
def assign() -> ResponseReturnValue:
    """Give the chosen cases of the work list to one colleague."""
    form, chosen = AssignForm.among(_colleagues()), request.form.getlist("sak", type=UUID)
    back = redirect(url_for("staff.work_list", liste=request.form.get("liste")), 303)
    if not form.validate_on_submit() or not chosen:
        flash(gettext("Choose cases in the list, and who gets them."), "warning")
        return back
    with transaction() as session:
        given, refused = service.assign_many(session, current_staff(), chosen[:200], UUID(form.colleague.data))
    flash(ngettext("%(num)d case is given away.", "%(num)d cases are given away.", given), "success")
    if refused:
        flash(ngettext("%(num)d case was changed meanwhile.", "%(num)d cases were changed meanwhile.", refused), "info")
    return back


@bp.get("/saker/<uuid:case_file_id>/notater")
@requires(Permission.CASE_HANDLE)
def notes(case_file_id: UUID) -> ResponseReturnValue:
    """What colleagues noted down beside the case. Reading it is noted."""
    return _notes_page(case_file_id, NoteForm(formdata=None))


@bp.post("/saker/<uuid:case_file_id>/notater")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def write_note(case_file_id: UUID) -> ResponseReturnValue:
    """Note something down."""
    application, form = _case_to_handle(case_file_id).application, NoteForm()
    if not form.validate_on_submit():
        return _notes_page(case_file_id, form), 422
    with transaction() as session:
        service.write_note(
            session,
            current_staff(),
            application.id,
            form.note_id.chosen,
            (form.body.data or "").strip(),
            is_open_to_party=form.is_open_to_party.data,
        )
    return redirect(url_for(".notes", case_file_id=case_file_id), 303)


@bp.get("/saker/<uuid:case_file_id>/gi-videre")
@requires(Permission.CASE_HANDLE)
def pass_on(case_file_id: UUID) -> ResponseReturnValue:
    """Who else can have the case: a colleague, another unit, another body."""
    return _pass_on_page(case_file_id)


@bp.post("/saker/<uuid:case_file_id>/gi-videre/kollega")
@requires(Permission.CASE_HANDLE)
def hand_over(case_file_id: UUID) -> ResponseReturnValue:
    """Let a colleague go on."""
    application, form = _case_to_handle(case_file_id).application, HandOverForm.among(_colleagues())
    if not form.validate_on_submit():
        return _pass_on_page(case_file_id, hand_over_form=form), 422
    words = (form.note.data or "").strip()
    with transaction() as session:
        note = (form.note_id.chosen, words) if words else None
        service.hand_over(session, current_staff(), application.id, UUID(form.colleague.data), note)
    flash(gettext("Your colleague has the case now."), "success")
    return redirect(url_for("staff.case", case_file_id=case_file_id), 303)


@bp.post("/saker/<uuid:case_file_id>/gi-videre/enhet")
@requires(Permission.CASE_HANDLE)
def move(case_file_id: UUID) -> ResponseReturnValue:
    """Let another unit have it."""
    application, form = _case_to_handle(case_file_id).application, MoveForm.among(_other_units())
    if not form.validate_on_submit():
        return _pass_on_page(case_file_id, move_form=form), 422
    with transaction() as session:
        staff.move_to_unit(session, current_staff(), application.id, UUID(form.unit.data))
    flash(gettext("The other unit has the case now, and the citizen can see it."), "success")
    return redirect(url_for("staff.work_list"), 303)


@bp.post("/saker/<uuid:case_file_id>/gi-videre/annet-organ")
@requires(Permission.CASE_HANDLE)
def forward(case_file_id: UUID) -> ResponseReturnValue:
    """Send it on to the body that decides it."""
    application, form = _case_to_handle(case_file_id).application, ForwardForm()
    if not form.validate_on_submit():
        return _pass_on_page(case_file_id, forward_form=form), 422
    words = ((field.data or "").strip() for field in (form.to, form.contact, form.why))
    with transaction() as session:
        service.forward(session, current_staff(), application.id, *words)
    flash(gettext("The case is sent on, and the citizen can see whom to reach."), "success")
    return redirect(url_for("staff.case", case_file_id=case_file_id), 303)


@bp.errorhandler(NotPossibleNow)
def _say_not_possible(_error: NotPossibleNow) -> ResponseReturnValue:
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return redirect(url_for("staff.case", **(request.view_args or {})), 303)


def _case_to_handle(case_file_id: UUID) -> ApplicationCase:
    """The case, if it is of the caseworker's own unit: what can be read only is not there to be changed."""
    with read_only() as session:
        case = application_queries.case_by_case_file(session, current_staff(), case_file_id)
    if case.application.unit_id != current_staff().unit_id:
        raise NotFound
    return case


def _colleagues() -> list[Any]:
    with read_only() as session:
        return list(works_there(session, current_staff().unit_id))


def _other_units() -> list[Any]:
    with read_only() as session:
        return [unit for unit in tenancy.units(session) if unit.id != current_staff().unit_id]


def _notes_page(case_file_id: UUID, form: NoteForm) -> str:
    actor, case = current_staff(), _case_to_handle(case_file_id)
    application = case.application
    with read_only() as session:
        found = queries.notes_of(session, application)
        ground = ground_for(session, actor, application.unit_id, application.person_id)
    record_reading(
        actor,
        EventTag.APPLICATION_READ,
        subject=application,
        about_person_id=application.person_id,
        case_number=case.case_file and case.case_file.number,
        **ground.facts,
    )
    return render_template("handling/notes.html", case=case, notes=found, form=form)


def _pass_on_page(case_file_id: UUID, **shown: Any) -> str:
    case = _case_to_handle(case_file_id)
    forms = {
        "hand_over_form": shown.get("hand_over_form") or HandOverForm.among(_colleagues()),
        "move_form": shown.get("move_form") or MoveForm.among(_other_units()),
        "forward_form": shown.get("forward_form") or ForwardForm(),
    }
    wrong = next(iter(shown.values()), None)
    return render_template("handling/pass_on.html", case=case, wrong=wrong, **forms)
