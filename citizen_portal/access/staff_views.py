"""Staff's pages for finding a person and for opening access to her cases by saying why.

The search is a POST and its hits are the answer to it: neither what was typed nor who was found stands in an address.
"""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citizen_portal.access import queries, service
from citizen_portal.access.forms import PURPOSES, EmergencyForm, PurposeForm, ReasonForm, SearchForm
from citizen_portal.access.queries import MOST_HITS, Hit, SearchKind
from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.identity.models import Person
from citizen_portal.security import limiter, local_path

bp = Blueprint("access", __name__, url_prefix="/ansatt/finn-person")


@bp.get("")
@requires(Permission.PERSON_SEARCH)
def search() -> ResponseReturnValue:
    """The search, and whom one has leave to look at now."""
    return _search_page(SearchForm())


@bp.post("")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.PERSON_SEARCH)
def find() -> ResponseReturnValue:
    """Those who were found. A number that found somebody is not shown again."""
    form = SearchForm()
    if not form.validate_on_submit() or form.search is None:
        return _search_page(form), 422
    with transaction() as session:
        hits = service.search(session, current_staff(), form.search)
    if form.search.kind is SearchKind.NATIONAL_ID:
        form.wanted.data = ""
    return _search_page(form, hits)


@bp.get("/<uuid:person_id>")
@requires(Permission.ACCESS_OPEN)
def person(person_id: UUID) -> ResponseReturnValue:
    """The person's cases in every unit, for as long as one has leave to look. Reading is logged."""
    actor = current_staff()
    with read_only() as session:
        opened = queries.opened_person(session, actor, person_id)
        if opened is None:
            queries.person_to_open(session, actor, person_id)
            return redirect(url_for(".reason", person_id=person_id), 303)
    purpose = Purpose(opened.grant.purpose)
    record_reading(actor, EventTag.PERSON_READ, subject=opened.person, about_person_id=person_id, purpose=purpose)
    return render_template("access/staff_person.html", opened=opened, purpose=PURPOSES.get(purpose))


@bp.get("/<uuid:person_id>/grunn")
@requires(Permission.ACCESS_OPEN)
def reason(person_id: UUID) -> ResponseReturnValue:
    """Ask why."""
    found = _person_to_open(person_id)
    return _reason_page(found, _form_for(found))


@bp.post("/<uuid:person_id>/grunn")
@requires(Permission.ACCESS_OPEN)
def open_access(person_id: UUID) -> ResponseReturnValue:
    """Open access for the purpose."""
    found = _person_to_open(person_id)
    return _open(found, _form_for(found))


@bp.get("/<uuid:person_id>/nodrett")
@requires(Permission.ACCESS_OPEN_EMERGENCY)
def emergency(person_id: UUID) -> ResponseReturnValue:
    """Ask what the emergency is. The login must be fresh before anything is typed."""
    return _reason_page(_person_to_open(person_id), EmergencyForm())


@bp.post("/<uuid:person_id>/nodrett")
@requires(Permission.ACCESS_OPEN_EMERGENCY)
def open_in_emergency(person_id: UUID) -> ResponseReturnValue:
    """Open access because life or health is at stake."""
    return _open(_person_to_open(person_id), EmergencyForm())


@bp.post("/tilganger/<uuid:grant_id>/avslutt")
@requires(Permission.ACCESS_OPEN)
def end_access(grant_id: UUID) -> ResponseReturnValue:
    """Give up one's leave to look."""
    with transaction() as session:
        service.end_access(session, current_staff(), grant_id)
    return redirect(url_for(".search"), 303)


def _person_to_open(person_id: UUID) -> Person:
    with read_only() as session:
        return queries.person_to_open(session, current_staff(), person_id)


def _form_for(person: Person) -> PurposeForm | ReasonForm:
    return ReasonForm() if person.is_protected else PurposeForm()


def _open(person: Person, form: PurposeForm | ReasonForm) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _reason_page(person, form), 422
    with transaction() as session:
        service.open_access(session, current_staff(), person.id, *form.answer)
    wanted = request.args.get("neste")
    return redirect(local_path(wanted) if wanted else url_for(".person", person_id=person.id), 303)


def _reason_page(person: Person, form: PurposeForm | ReasonForm) -> str:
    return render_template("access/staff_reason.html", person=person, form=form)


def _search_page(form: SearchForm, hits: list[Hit] | None = None) -> str:
    with read_only() as session:
        grants = queries.open_grants(session, current_staff())
    return render_template(
        "access/staff_search.html",
        form=form,
        hits=None if hits is None else hits[:MOST_HITS],
        has_more=hits is not None and len(hits) > MOST_HITS,
        grants=grants,
    )
