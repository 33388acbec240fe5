"""The citizen's pages: who may act for whom, giving and ending it, and whom she sees for now."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.identity import acting_for
from citizen_portal.identity.models import Person
from citizen_portal.representation import queries, service
from citizen_portal.representation.errors import FromRegister, NotPossibleHere, TooManyTries
from citizen_portal.representation.forms import HELPS, ConfirmForm, GiveForm, PersonForm
from citizen_portal.security import limiter

bp = Blueprint("representation", __name__, url_prefix="/min-side")


@bp.get("/fullmakter")
@requires(Permission.REPRESENTATION_MANAGE)
def overview() -> ResponseReturnValue:
    """Who may do something for me, and for whom I may."""
    with read_only() as session:
        for_me = queries.who_may_act_for_me(session, current_citizen())
        for_others = queries.whom_i_may_act_for(session, current_citizen())
    new_id = request.args.get("ny", type=UUID)
    new = next((line for line in for_me if line.representation.id == new_id), None)
    return render_template("representation/overview.html", for_me=for_me, for_others=for_others, new=new)


@bp.get("/fullmakter/ny")
@requires(Permission.REPRESENTATION_MANAGE)
def begin() -> ResponseReturnValue:
    """The form with which a power of attorney is given."""
    return _give_page(_give_form())


@bp.post("/fullmakter/ny")
@limiter.limit("20 per hour", key_func=actor_key)
@requires(Permission.REPRESENTATION_MANAGE)
def check() -> ResponseReturnValue:
    """What was written, to be looked over before it counts."""
    form, actor = _give_form(), current_citizen()
    found = _representative(form) if form.validate_on_submit() else None
    if found is None:
        return _give_page(form), 422
    terms = form.terms(found.id)
    confirm = ConfirmForm.of(terms, actor.person_id)
    return render_template(
        "representation/check.html", terms=terms, representative=found, case_name=form.case_name, form=confirm
    )


@bp.post("/fullmakter/bekreft")
@requires(Permission.REPRESENTATION_MANAGE)
def give() -> ResponseReturnValue:
    """Let it count from now on."""
    form, actor = ConfirmForm(), current_citizen()
    terms = form.terms(actor.person_id) if form.validate_on_submit() else None
    if terms is None:
        flash(gettext("It took too long, so nothing is given. Fill in the form once more."), "info")
        return redirect(url_for(".begin"), 303)
    with transaction() as session:
        given = service.give(session, actor, terms)
    return redirect(url_for(".overview", ny=given.id), 303)


@bp.post("/fullmakter/<uuid:representation_id>/avslutt")
@requires(Permission.REPRESENTATION_MANAGE)
def end(representation_id: UUID) -> ResponseReturnValue:
    """End it at once."""
    with transaction() as session:
        service.end(session, current_citizen(), representation_id)
    flash(gettext("It is ended, and holds no longer."), "success")
    return redirect(url_for(".overview"), 303)


@bp.post("/bytt")
@requires(Permission.REPRESENTATION_MANAGE)
def switch() -> ResponseReturnValue:
    """See for somebody else, or for oneself again."""
    try:
        with transaction() as session:
            acting_for.choose_person(session, current_citizen(), PersonForm().person_id)
    except NotFound:
        flash(gettext("You cannot see or do anything for this person now."), "info")
    return redirect(url_for("home.overview"), 303)


@bp.errorhandler(NotPossibleHere)
def _say_call_us(_error: NotPossibleHere) -> ResponseReturnValue:
    return render_template("representation/not_here.html"), 200 if request.method == "GET" else 422


@bp.errorhandler(FromRegister)
def _say_where(_error: FromRegister) -> ResponseReturnValue:
    flash(gettext("This comes from the National Population Register, and is changed there."), "info")
    return redirect(url_for(".overview"), 303)


def _give_form() -> GiveForm:
    with read_only() as session:
        service.demand_can_give(session, current_citizen())
        return GiveForm.for_cases(queries.own_cases(session, current_citizen()))


def _give_page(form: GiveForm) -> str:
    form.national_id.data = None  # never shown again
    return render_template("representation/give.html", form=form, helps=HELPS)


def _representative(form: GiveForm) -> Person | None:
    """Whom the form names; None with the error at its field, the same one whatever the reason."""
    try:
        with transaction() as session:
            found = service.find_representative(
                session, current_citizen(), form.national_id.data or "", form.last_name.data or ""
            )
    except TooManyTries:
        form.national_id.errors = [gettext("You have tried many times. Wait an hour, or call us.")]
        return None
    if found is None:
        form.national_id.errors = [
            gettext(
                "We cannot register a power of attorney with this number and name. Check both. "
                "If they are right, call us, and we will help you."
            )
        ]
    return found
