"""The catalogue's pages: find a service, read what it is, start."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as use_cases
from citizen_portal.applications.catalogue import queries, search
from citizen_portal.applications.definitions import LifeSituation
from citizen_portal.applications.errors import AlreadySent, PersonChanged
from citizen_portal.auth.actor import Citizen
from citizen_portal.auth.guards import actor_key, current_actor, current_citizen, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.i18n import content_language, current_locale
from citizen_portal.identity import reach
from citizen_portal.security import limiter

bp = Blueprint("catalogue", __name__, url_prefix="/soknad")


@bp.get("")
@public
def overview() -> ResponseReturnValue:
    """What can be applied for: all of it, in a life situation, or what fits a search. Searches are kept nowhere."""
    sought, situation = search.readable(request.args.get("sok", "")), _life_situation()
    with read_only() as session:
        offered = queries.offered_services(session, str(current_locale()))
        found = queries.in_life_situation(offered, situation) if situation else offered
        if sought:
            found = search.find(session, found, sought)
    return render_template(
        "catalogue/overview.html",
        offered=offered,
        found=found,
        sought=sought,
        situation=situation,
        situations=queries.life_situations(offered),
    )


@bp.get("/<service>")
@public
def show(service: str) -> ResponseReturnValue:
    """What the service is, who it is for, what you need, what it costs and how long it takes."""
    actor = current_actor()
    with read_only() as session:
        definition, unit = queries.offered_service(session, service)
        page = {"definition": definition, "unit": unit, "measured": queries.measured_time(session, service)}
        if not isinstance(actor, Citizen):
            return render_template("catalogue/show.html", draft=None, **page)
        draft = applications.open_draft(session, actor, service)
        may_apply = draft is not None or applications.may_apply(session, actor, definition.area)
    is_strong = reach.fits_level(actor, actor.subject_id, definition.area)
    return render_template("catalogue/show.html", draft=draft, may_apply=may_apply, is_strong=is_strong, **page)


@bp.post("/<definition_id>")
@limiter.limit("20 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def begin(definition_id: str) -> ResponseReturnValue:
    """Start a draft, or go on with the one there is."""
    with transaction() as session:
        draft = use_cases.start_draft(session, current_citizen(), definition_id, content_language(), _shown_for())
    return redirect(url_for("applications.resume", application_id=draft.id), 303)


@bp.errorhandler(PersonChanged)
def _say_person_changed(_error: PersonChanged) -> ResponseReturnValue:
    flash(
        gettext("You have chosen another person since you opened the page. See whom it is about, and start again."),
        "warning",
    )
    return redirect(url_for(".show", service=(request.view_args or {})["definition_id"]), 303)


@bp.errorhandler(AlreadySent)
def _say_already_sent(_error: AlreadySent) -> ResponseReturnValue:
    flash(gettext("The application is already sent, so it cannot be changed. Write about the case instead."), "info")
    return redirect(url_for("applications.overview"), 303)


def _life_situation() -> LifeSituation | None:
    """The life situation in the address; None for one that nobody knows."""
    wanted = request.args.get("livssituasjon")
    return LifeSituation(wanted) if wanted in list(LifeSituation) else None


def _shown_for() -> UUID:
    """Whom the page with the button was shown for; a form that does not say so was for the citizen herself."""
    return request.form.get("for", type=UUID) or current_citizen().person_id
