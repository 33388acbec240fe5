"""The follower's choices, and the care recipient's page of who follows her."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.notifications import channels, pushing
from citizen_portal.security import limiter
from citizen_portal.visits.following import queries, service
from citizen_portal.visits.following.forms import HELPS, FollowForm

bp = Blueprint("following", __name__, url_prefix="/min-side/besok/<uuid:person_id>")


@bp.get("/varsler")
@requires(Permission.VISIT_FOLLOW)
def choices(person_id: UUID) -> ResponseReturnValue:
    """What the follower is told of the person's visits."""
    with read_only() as session:
        followed = queries.followed(session, current_citizen(), person_id)
        browsers = pushing.count_browsers(session, current_citizen().person_id)
    return _choices_page(followed, FollowForm.of(followed.wish), browsers)


@bp.post("/varsler")
@limiter.limit("60 per hour", key_func=actor_key)
@requires(Permission.VISIT_FOLLOW)
def choose(person_id: UUID) -> ResponseReturnValue:
    """Be told this from now on."""
    form = FollowForm()
    if not form.validate_on_submit():
        with read_only() as session:
            followed = queries.followed(session, current_citizen(), person_id)
            browsers = pushing.count_browsers(session, current_citizen().person_id)
        return _choices_page(followed, form, browsers), 422
    with transaction() as session:
        service.choose(session, current_citizen(), person_id, form.chosen)
    flash(gettext("Your choice is saved."), "success")
    return redirect(url_for("visits.overview", person_id=person_id), 303)


@bp.get("/folgere")
@requires(Permission.VISIT_FOLLOW)
def followers(person_id: UUID) -> ResponseReturnValue:
    """Who follows the person's visits."""
    with read_only() as session:
        found = queries.followers_of(session, current_citizen(), person_id)
    return render_template("visits/following/followers.html", found=found)


@bp.post("/folgere/<uuid:follower_id>/stopp")
@limiter.limit("60 per hour", key_func=actor_key)
@requires(Permission.VISIT_FOLLOW)
def stop(person_id: UUID, follower_id: UUID) -> ResponseReturnValue:
    """Let the follower see nothing more, from this moment."""
    with transaction() as session:
        service.stop(session, current_citizen(), person_id, follower_id)
    flash(gettext("It is stopped. The follower sees no visits any longer."), "success")
    return redirect(url_for(".followers", person_id=person_id), 303)


@bp.post("/folgere/<uuid:follower_id>/tillat")
@limiter.limit("60 per hour", key_func=actor_key)
@requires(Permission.VISIT_FOLLOW)
def allow(person_id: UUID, follower_id: UUID) -> ResponseReturnValue:
    """Let the follower see the visits again."""
    with transaction() as session:
        service.allow(session, current_citizen(), person_id, follower_id)
    flash(gettext("The follower can see the visits again."), "success")
    return redirect(url_for(".followers", person_id=person_id), 303)


def _choices_page(followed: queries.Followed, form: FollowForm, browsers: int) -> str:
    channel = channels.push()
    return render_template(
        "visits/following/choices.html",
        followed=followed,
        form=form,
        helps=HELPS,
        browsers=browsers,
        push_key=channel.public_key if channel else None,
    )
