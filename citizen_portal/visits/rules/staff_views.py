"""The superuser's pages of the units' limits for home-care visits."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import limiter
from citizen_portal.tenancy.queries import unit, units
from citizen_portal.visits.rules import service
from citizen_portal.visits.rules.forms import CareRulesForm
from citizen_portal.visits.rules.queries import rules_of

bp = Blueprint("care_rules", __name__, url_prefix="/ansatt/besoksgrenser")


@bp.get("")
@requires(Permission.CARE_RULES_CHANGE)
def overview() -> ResponseReturnValue:
    """The units with their limits."""
    with read_only() as session:
        every = units(session)
        rules = rules_of(session, [each.id for each in every])
    return render_template("visits/rules/staff_overview.html", units=every, rules=rules)


@bp.get("/<uuid:unit_id>")
@requires(Permission.CARE_RULES_CHANGE)
def edit(unit_id: UUID) -> ResponseReturnValue:
    """One unit's limits."""
    with read_only() as session:
        found = unit(session, unit_id)
        form = CareRulesForm.of(rules_of(session, [unit_id])[unit_id])
    return render_template("visits/rules/staff_edit.html", unit=found, form=form)


@bp.post("/<uuid:unit_id>")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.CARE_RULES_CHANGE)
def change(unit_id: UUID) -> ResponseReturnValue:
    """Change them."""
    form = CareRulesForm()
    if not form.validate_on_submit():
        with read_only() as session:
            found = unit(session, unit_id)
        return render_template("visits/rules/staff_edit.html", unit=found, form=form), 422
    with transaction() as session:
        service.change(session, current_staff(), unit_id, form.limits)
    flash(gettext("The limits are changed, and hold from now on."), "success")
    return redirect(url_for(".overview"), 303)
