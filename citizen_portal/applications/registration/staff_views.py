"""The caseworker's page: register an application that came by phone or on paper."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from citizen_portal.applications import queries
from citizen_portal.applications.catalogue.queries import offered_services
from citizen_portal.applications.definitions import Definition
from citizen_portal.applications.errors import ServiceNotOffered
from citizen_portal.applications.registration import service
from citizen_portal.applications.registration.errors import NotRegistrable
from citizen_portal.applications.registration.forms import CitizenForm, KnownCitizenForm
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.forms import upload_limits
from citizen_portal.i18n import content_language
from citizen_portal.identity.models import Person
from citizen_portal.security import limiter

bp = Blueprint("registration", __name__, url_prefix="/ansatt/registrer-soknad")


@bp.get("")
@requires(Permission.CASE_HANDLE)
def begin() -> ResponseReturnValue:
    """The form, for somebody who is named by number."""
    return _page(CitizenForm(_services()))


@bp.post("")
@limiter.limit("60 per hour", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def register() -> ResponseReturnValue:
    """Register it. The number is not shown again."""
    form = CitizenForm(_services())
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction() as session:
            citizen = service.citizen_by_number(
                session, current_staff(), form.national_id.data or "", form.name.data or ""
            )
            said = _register(session, citizen, form)
    except NotRegistrable:
        form.refuse_citizen()
        return _page(form), 422
    return _done(said)


@bp.get("/<uuid:person_id>")
@requires(Permission.CASE_HANDLE)
def begin_for(person_id: UUID) -> ResponseReturnValue:
    """The form, for somebody whom I have found and said why."""
    return _page(KnownCitizenForm(_services()), _citizen(person_id))


@bp.post("/<uuid:person_id>")
@limiter.limit("60 per hour", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def register_for(person_id: UUID) -> ResponseReturnValue:
    """Register it."""
    citizen, form = _citizen(person_id), KnownCitizenForm(_services())
    if not form.validate_on_submit():
        return _page(form, citizen), 422
    with transaction() as session:
        said = _register(session, service.citizen_with_leave(session, current_staff(), person_id), form)
    return _done(said)


@bp.errorhandler(ServiceNotOffered)
def _say_not_offered(_error: ServiceNotOffered) -> ResponseReturnValue:
    flash(gettext("No unit of the municipality handles this service, so nothing is registered."), "warning")
    return redirect(url_for(".begin"), 303)


def _services() -> list[Definition]:
    with read_only() as session:
        return offered_services(session, content_language())


def _citizen(person_id: UUID) -> Person:
    with read_only() as session:
        return service.citizen_with_leave(session, current_staff(), person_id)


def _register(session: Session, citizen: Person, form: KnownCitizenForm) -> str:
    """Register it, and say what came of it: the employee may not be let into the case herself."""
    made = service.register(session, current_staff(), citizen, form.registration)
    number, unit = queries.number_and_unit(session, made)
    return str(gettext("The application is registered as case %(number)s. %(unit)s has it.", number=number, unit=unit))


def _done(said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("staff.work_list"), 303)


def _page(form: KnownCitizenForm, citizen: Person | None = None) -> str:
    if isinstance(form, CitizenForm):
        form.national_id.data = ""  # never shown again
    limits = upload_limits()
    return render_template("registration/register.html", form=form, citizen=citizen, max_bytes=limits.max_bytes)
