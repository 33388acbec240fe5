"""Where a care recipient chooses whether she sees the names of those who come."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import limiter
from citizen_portal.visits.names import queries, service
from citizen_portal.visits.names.forms import NamesForm

bp = Blueprint("visitor_names", __name__, url_prefix="/min-side/besok/hvem-kommer")


@bp.get("")
@requires(Permission.VISIT_READ)
def overview() -> ResponseReturnValue:
    """What is chosen now; always about the citizen herself, whoever she acts for."""
    citizen = current_citizen()
    with read_only() as session:
        is_possible = queries.municipality_names_visitors(session)
        are_shown = queries.consent_of(session, citizen.person_id) is not None
    return render_template("visits/names/overview.html", is_possible=is_possible, are_shown=are_shown)


@bp.post("")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.VISIT_READ)
def choose() -> ResponseReturnValue:
    """See the names, or have them taken away."""
    form = NamesForm()
    if form.validate_on_submit():
        with transaction() as session:
            service.let_be_named(session, current_citizen(), allowed=form.are_shown)
        flash(gettext("Your choice is saved."), "success")
    return redirect(url_for(".overview"), 303)
