"""Push messages: yes for this browser, and no for all of one's browsers."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import transaction
from citizen_portal.errors import NotFound
from citizen_portal.notifications import channels, pushing
from citizen_portal.notifications.channels.webpush import InvalidSubscription
from citizen_portal.security import limiter, local_path
from citizen_portal.visits.following.forms import PushForm

bp = Blueprint("push", __name__, url_prefix="/min-side/push")


@bp.post("/ja")
@limiter.limit("30 per hour", key_func=actor_key)
@requires(Permission.VISIT_FOLLOW)
def subscribe() -> ResponseReturnValue:
    """Send messages to this browser."""
    form, channel = PushForm(), channels.push()
    if channel is None:
        raise NotFound
    back = redirect(local_path(form.next.data), 303)
    try:
        subscription = channel.subscription(form.subscription.data or "")
    except InvalidSubscription:
        flash(gettext("This browser cannot take messages from us. You are told by e-mail."), "warning")
        return back
    with transaction() as session:
        pushing.subscribe(session, current_citizen().person_id, subscription)
    flash(gettext("From now on you are told on this phone or computer."), "success")
    return back


@bp.post("/nei")
@limiter.limit("30 per hour", key_func=actor_key)
@requires(Permission.VISIT_FOLLOW)
def unsubscribe() -> ResponseReturnValue:
    """Send messages to none of the person's browsers."""
    with transaction() as session:
        pushing.unsubscribe(session, current_citizen().person_id)
    flash(gettext("You get no messages on phones and computers any longer. You are told by e-mail."), "success")
    return redirect(local_path(PushForm().next.data), 303)
