"""Staff and their roles, for superusers and system owners; and the unit that an employee works in now."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from citizen_portal.auth.actor import Role, Staff
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.identity import sessions
from citizen_portal.identity.staff_accounts import errors, queries, rules, service
from citizen_portal.identity.staff_accounts.forms import ROLE_NAMES, GiveRoleForm
from citizen_portal.identity.staff_accounts.queries import AccountStatus
from citizen_portal.tenancy.queries import units as units_by_name

bp = Blueprint("staff_accounts", __name__, url_prefix="/ansatt")

PAGE_SIZE: Final = 50
LONGEST_SEARCH: Final = 100
FILTERS: Final = {"venter": AccountStatus.WAITING, "deaktivert": AccountStatus.DEACTIVATED}
"""The parts of the list as they stand in its address."""


@bp.get("/ansatte")
@requires(Permission.STAFF_READ)
def overview() -> ResponseReturnValue:
    """The staff by name, with search."""
    text = " ".join(request.args.get("navn", "").replace("\0", "").split())[:LONGEST_SEARCH]
    chosen, after = request.args.get("vis", ""), request.args.get("etter", type=UUID)
    with read_only() as session:
        position = queries.position_of(session, after) if after else None
        lines = queries.staff_lines(session, text=text, only=FILTERS.get(chosen), after=position, size=PAGE_SIZE + 1)
        waiting = queries.count_waiting(session)
    kept: dict[str, Any] = {"vis": chosen or None, "navn": text or None}
    last = lines[PAGE_SIZE - 1].staff_id if lines[PAGE_SIZE:] else None
    following = url_for(".overview", etter=last, **kept) if last else None
    first = url_for(".overview", **kept) if after else None
    facts = {"chosen": chosen, "text": text, "waiting": waiting, "first": first, "following": following}
    return render_template("staff_accounts/staff_list.html", lines=lines[:PAGE_SIZE], role_names=ROLE_NAMES, **facts)


@bp.get("/ansatte/<uuid:staff_id>")
@requires(Permission.STAFF_READ)
def show(staff_id: UUID) -> ResponseReturnValue:
    """One employee: what she may do where, now and before."""
    with read_only() as session:
        account = queries.account(session, staff_id)
    return render_template("staff_accounts/staff_show.html", account=account, role_names=ROLE_NAMES, me=current_staff())


@bp.get("/ansatte/<uuid:staff_id>/roller")
@requires(Permission.ROLE_CHANGE)
def change(staff_id: UUID) -> ResponseReturnValue:
    """Where roles are given and taken. A fresh login is asked for here, before anything is filled in."""
    return _change_page(staff_id, _unit_id())


@bp.post("/ansatte/<uuid:staff_id>/roller")
@requires(Permission.ROLE_CHANGE)
def give(staff_id: UUID) -> ResponseReturnValue:
    """Give a role in a unit."""
    actor, unit_id = current_staff(), _unit_id()
    if unit_id is None:
        raise NotFound
    form = _form(actor, unit_id)
    if not form.validate_on_submit():
        return _change_page(staff_id, unit_id, form), 422
    try:
        with transaction() as session:
            service.give_role(session, actor, staff_id, form.assignment(unit_id))
    except errors.RoleRefused as error:
        form.refuse(error)
        return _change_page(staff_id, unit_id, form), 422
    flash(gettext("The role is given."), "success")
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.post("/ansatte/<uuid:staff_id>/roller/<uuid:role_id>/avslutt")
@requires(Permission.ROLE_CHANGE)
def end(staff_id: UUID, role_id: UUID) -> ResponseReturnValue:
    """Take a role back."""
    with transaction() as session:
        service.end_role(session, current_staff(), staff_id, role_id)
    flash(gettext("The role is ended."), "success")
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.post("/ansatte/<uuid:staff_id>/deaktiver")
@requires(Permission.ROLE_CHANGE)
def deactivate(staff_id: UUID) -> ResponseReturnValue:
    """Close the account."""
    return _change_account(staff_id, service.deactivate, gettext("The account is deactivated."))


@bp.post("/ansatte/<uuid:staff_id>/aktiver")
@requires(Permission.ROLE_CHANGE)
def activate(staff_id: UUID) -> ResponseReturnValue:
    """Open the account again."""
    return _change_account(staff_id, service.activate, gettext("The account is active again."))


@bp.post("/bytt-enhet")
@requires(Permission.STAFF_HOME)
def work_in() -> ResponseReturnValue:
    """Go on in another unit."""
    unit_id = request.form.get("unit", type=UUID)
    if unit_id is None:
        raise NotFound
    with transaction() as session:
        sessions.work_in(session, current_staff(), unit_id)
    return redirect(url_for("staff.work_list"), 303)


@bp.errorhandler(errors.LastSystemOwner)
def _say_last_owner(_error: errors.LastSystemOwner) -> ResponseReturnValue:
    words = gettext("Make somebody else a system owner without an end date first: the municipality must have one.")
    flash(words, "danger")
    return redirect(url_for(".show", staff_id=(request.view_args or {})["staff_id"]), 303)


@bp.errorhandler(errors.AccountClosed)
def _say_closed(_error: errors.AccountClosed) -> ResponseReturnValue:
    flash(gettext("The account is deactivated. Activate it before you give a role."), "danger")
    return redirect(url_for(".show", staff_id=(request.view_args or {})["staff_id"]), 303)


def _change_account(
    staff_id: UUID, change_it: Callable[[Session, Staff, UUID], None], done: str
) -> ResponseReturnValue:
    with transaction() as session:
        change_it(session, current_staff(), staff_id)
    flash(done, "success")
    return redirect(url_for(".show", staff_id=staff_id), 303)


def _unit_id() -> UUID | None:
    """The unit that roles are given in: the superuser's own, or the one that the system owner chose."""
    actor = current_staff()
    return request.args.get("enhet", type=UUID) if Role.SYSTEM_OWNER in actor.roles else actor.unit_id


def _form(actor: Staff, unit_id: UUID) -> GiveRoleForm:
    with read_only() as session:
        colleagues = queries.colleagues(session, unit_id)
    return GiveRoleForm.offering(rules.roles_to_give(actor), colleagues)


def _change_page(staff_id: UUID, unit_id: UUID | None, form: GiveRoleForm | None = None) -> str:
    actor = current_staff()
    with read_only() as session:
        account = queries.account(session, staff_id)
        units = {unit.id: unit for unit in units_by_name(session)}
    if unit_id is not None and unit_id not in units:
        raise NotFound
    if account.member.id == actor.staff_id:
        raise errors.OwnAccount
    return render_template(
        "staff_accounts/staff_change.html",
        account=account,
        changeable=account.changeable_by(actor),
        may_change_account=rules.may_change_account(actor, account.member, (held.role for held in account.current)),
        units=list(units.values()),
        unit=units.get(unit_id) if unit_id else None,
        form=form or (_form(actor, unit_id) if unit_id else None),
        role_names=ROLE_NAMES,
    )
