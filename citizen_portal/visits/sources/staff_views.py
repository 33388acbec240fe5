"""The page for those who look after the systems that push visits."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import actor_key, current_actor, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import permissions_of
from citizen_portal.db import read_only, transaction
from citizen_portal.security import limiter
from citizen_portal.visits.models import VisitSource
from citizen_portal.visits.names import service as names
from citizen_portal.visits.names.forms import NamesForm
from citizen_portal.visits.sources.queries import silent_now, sources_page

bp = Blueprint("visit_sources", __name__, url_prefix="/ansatt/kilder")


@bp.app_template_global()
def silent_sources() -> Sequence[VisitSource]:
    """The sources that are silent now, for those who look after them; nothing for anybody else."""
    actor = current_actor()
    if actor is None or Permission.SOURCE_MANAGE not in permissions_of(actor):
        return ()
    with read_only() as session:
        return silent_now(session)


@bp.get("")
@requires(Permission.SOURCE_MANAGE)
def overview() -> ResponseReturnValue:
    """When each source was last heard from, how late it is, and what was refused and why."""
    with read_only() as session:
        page = sources_page(session)
    return render_template("visits/sources/staff_overview.html", page=page)


@bp.post("/navn")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.SOURCE_MANAGE)
def choose_names() -> ResponseReturnValue:
    """Let the employees who visit be named, or not."""
    form = NamesForm()
    if form.validate_on_submit():
        with transaction() as session:
            names.let_employees_be_named(session, current_staff(), allowed=form.are_shown)
        flash(gettext("Your choice is saved."), "success")
    return redirect(url_for(".overview"), 303)
