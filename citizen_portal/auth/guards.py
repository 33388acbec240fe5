"""Deny by default: a view says which permission it needs, and one without does not start (design §4 rule 5)."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_login import current_user

from citizen_portal.auth.actor import Actor, Citizen, Machine, Staff
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import assurance_is_enough, audience_of, login_is_fresh_enough, permissions_of
from citizen_portal.errors import AssuranceTooLow, Forbidden, LoginNotFresh, NotLoggedIn

View = TypeVar("View", bound=Callable[..., Any])


class UnguardedView(RuntimeError):
    """A view without a permission: the portal does not start with one."""


def requires(permission: Permission) -> Callable[[View], View]:
    """Let in only actors that hold the permission."""

    def mark(view: View) -> View:
        view.portal_permission = permission  # type: ignore[attr-defined]  # data on the view, read below
        return view

    return mark


def public(view: View) -> View:
    """Let in everybody, logged in or not."""
    view.portal_permission = None  # type: ignore[attr-defined]  # data on the view, read below
    return view


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The permission that the endpoint demands; None when it is public. Raises UnguardedView."""
    view = app.view_functions[endpoint]
    if not hasattr(view, "portal_permission"):
        raise UnguardedView(endpoint)
    permission: Permission | None = view.portal_permission
    return permission


def current_actor() -> Actor | None:
    """Who makes this request; None when nobody is logged in."""
    actor: Actor | None = getattr(current_user, "actor", None)
    return actor


def actor_key() -> str:
    """Whose requests a rate limit counts. Raises NotLoggedIn."""
    actor = current_actor()
    if actor is None:
        raise NotLoggedIn
    return f"{actor.municipality_id} {actor.actor_id}"


def current_citizen() -> Citizen:
    """The citizen who makes this request. Raises NotLoggedIn."""
    actor = current_actor()
    if not isinstance(actor, Citizen):
        raise NotLoggedIn
    return actor


def current_staff() -> Staff:
    """The member of staff who makes this request. Raises NotLoggedIn."""
    actor = current_actor()
    if not isinstance(actor, Staff):
        raise NotLoggedIn
    return actor


def current_machine() -> Machine:
    """The system that makes this request. Raises NotLoggedIn."""
    actor = current_actor()
    if not isinstance(actor, Machine):
        raise NotLoggedIn
    return actor


def may_open(endpoint: str) -> bool:
    """Whether a link to this page makes sense for the actor; menus ask, so that they never lead to a closed door.

    A login of too low assurance does not hide a link: following it asks for a stronger login.
    """
    if endpoint not in current_app.view_functions:
        return False
    permission = permission_of(current_app, endpoint)
    actor = current_actor()
    return permission is None or (actor is not None and permission in permissions_of(actor))


def init_app(app: Flask) -> None:
    """Check every request against the permission of its view."""
    app.jinja_env.globals["may_open"] = may_open
    app.before_request(_check_request)


def refuse_unguarded_views(app: Flask) -> None:
    """Raise UnguardedView if any view lacks a permission; called when all are registered."""
    for endpoint in app.view_functions:
        permission_of(app, endpoint)


def _check_request() -> None:
    if request.endpoint is None:  # Flask itself answers 404 or 405
        return
    permission = permission_of(current_app, request.endpoint)
    if permission is None:
        return
    actor = current_actor()
    if actor is None or audience_of(actor) != permission.audience:
        raise NotLoggedIn
    if permission not in permissions_of(actor):
        raise Forbidden
    if not assurance_is_enough(actor, permission):
        raise AssuranceTooLow
    if not login_is_fresh_enough(actor, permission):
        raise LoginNotFresh
