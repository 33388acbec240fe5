"""The caseworker's pages: next of kin and others whom the unit has registered to act for somebody."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person
from citizen_portal.representation import queries, service
from citizen_portal.representation.errors import NotPossibleHere
from citizen_portal.representation.forms import HELPS, RegisterForm, RenewForm
from citizen_portal.representation.queries import Registered
from citizen_portal.security import limiter

bp = Blueprint("representation_staff", __name__, url_prefix="/ansatt/parorende")


@bp.get("")
@requires(Permission.REPRESENTATION_REGISTER)
def overview() -> ResponseReturnValue:
    """What the unit has registered, the first to end first."""
    with read_only() as session:
        lines = queries.registered(session, current_staff())
    return render_template("representation/staff_overview.html", lines=lines)


@bp.get("/ny")
@requires(Permission.REPRESENTATION_REGISTER)
def begin() -> ResponseReturnValue:
    """The form of a registration."""
    return render_template("representation/staff_register.html", form=RegisterForm(), helps=HELPS)


@bp.post("/ny")
@limiter.limit("60 per hour", key_func=actor_key)
@requires(Permission.REPRESENTATION_REGISTER)
def register() -> ResponseReturnValue:
    """Register it."""
    form = RegisterForm()
    people = _people(form) if form.validate_on_submit() else None
    if people is None:
        form.principal.data = form.representative.data = None  # never shown again
        return render_template("representation/staff_register.html", form=form, helps=HELPS), 422
    with transaction() as session:
        service.register(session, current_staff(), *people, form.registration(form.document_sha256 or ""))
    flash(gettext("It is registered, and both are told that something has changed."), "success")
    return redirect(url_for(".overview"), 303)


@bp.get("/<uuid:representation_id>/forny")
@requires(Permission.REPRESENTATION_REGISTER)
def renewal(representation_id: UUID) -> ResponseReturnValue:
    """The form of a renewal, filled with what holds now."""
    line = _line(representation_id)
    return _renewal_page(RenewForm.of(line.representation), line)


@bp.post("/<uuid:representation_id>/forny")
@requires(Permission.REPRESENTATION_REGISTER)
def renew(representation_id: UUID) -> ResponseReturnValue:
    """Register it anew and end the former. Without a new document it rests on the same one."""
    line, form = _line(representation_id), RenewForm()
    if not form.validate_on_submit():
        return _renewal_page(form, line), 422
    document = form.document_sha256 or line.representation.document_sha256 or ""
    with transaction() as session:
        service.renew(session, current_staff(), representation_id, form.registration(document))
    flash(gettext("It is renewed."), "success")
    return redirect(url_for(".overview"), 303)


@bp.post("/<uuid:representation_id>/avslutt")
@requires(Permission.REPRESENTATION_REGISTER)
def end(representation_id: UUID) -> ResponseReturnValue:
    """End it at once."""
    with transaction() as session:
        service.end_registered(session, current_staff(), representation_id)
    flash(gettext("It is ended, and holds no longer."), "success")
    return redirect(url_for(".overview"), 303)


@bp.get("/<uuid:representation_id>/dokument")
@requires(Permission.REPRESENTATION_REGISTER)
def document(representation_id: UUID) -> ResponseReturnValue:
    """The document that it rests on, to be saved."""
    registered = _line(representation_id).representation
    if not registered.document_sha256:
        raise NotFound
    response = send_stored(registered.document_sha256, "grunnlag.pdf", "application/pdf")
    record_reading(
        current_staff(),
        EventTag.DOCUMENT_READ,
        subject=registered,
        about_person_id=registered.principal_id,
        purpose=Purpose.CASE_HANDLING,
    )
    return response


@bp.errorhandler(NotPossibleHere)
def _say_not_possible(_error: NotPossibleHere) -> ResponseReturnValue:
    flash(gettext("This cannot be registered. The representative must be another person, and at least 18."), "info")
    return redirect(url_for(".overview"), 303)


def _line(representation_id: UUID) -> Registered:
    with read_only() as session:
        return queries.registered_by_unit(session, current_staff(), representation_id)


def _renewal_page(form: RenewForm, line: Registered) -> str:
    return render_template("representation/staff_renew.html", form=form, line=line, helps=HELPS)


def _people(form: RegisterForm) -> tuple[Person, Person] | None:
    """The two whom the form names; None with the errors at their fields."""
    actor = current_staff()
    with transaction() as session:  # the searches are noted
        principal = service.find_person(session, actor, form.principal.data or "")
        representative = service.find_person(session, actor, form.representative.data or "")
    unknown = gettext("We find nobody with this number whom you can register. Check the digits.")
    if principal is None:
        form.principal.errors = [unknown]
    if representative is None:
        form.representative.errors = [unknown]
    return (principal, representative) if principal and representative else None
