"""A page asks who is there, and never takes one kind of actor for another."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from citizen_portal import clock
from citizen_portal.auth import guards
from citizen_portal.auth.actor import Staff, System
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import NEEDS_FRESH_LOGIN, login_is_fresh_enough, permissions_of
from citizen_portal.errors import NotLoggedIn
from citizen_portal.identity.models import StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.conftest import ActorFor


@pytest.mark.parametrize(
    "ask", [guards.actor_key, guards.current_citizen, guards.current_staff, guards.current_machine]
)
def test_when_nobody_is_there_nobody_is_made_up(
    app: Flask, in_ringebu: Municipality, ask: Callable[[], object]
) -> None:
    with app.test_request_context("/", base_url="http://ringebu.localhost"), pytest.raises(NotLoggedIn):
        ask()


def test_the_portal_itself_opens_no_page(the_system: System) -> None:
    assert permissions_of(the_system) == frozenset()


def test_a_link_to_a_page_that_is_not_there_makes_sense_for_nobody(app: Flask, in_ringebu: Municipality) -> None:
    with app.test_request_context("/", base_url="http://ringebu.localhost"):
        assert not guards.may_open("the.page.of.next.year")
        assert guards.may_open("catalogue.overview")
        assert not guards.may_open("archive.journal")


@pytest.mark.parametrize(("minutes", "is_enough"), [(9, True), (11, False)])
def test_what_is_sensitive_demands_a_login_of_the_last_ten_minutes(
    astrid: StaffMember, actor_for: ActorFor, minutes: int, is_enough: bool
) -> None:
    actor = actor_for(astrid)
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        for permission in NEEDS_FRESH_LOGIN:
            assert login_is_fresh_enough(actor, permission) is is_enough
        assert login_is_fresh_enough(actor, Permission.JOURNAL_READ)


def test_a_login_at_an_unknown_time_is_never_fresh(astrid: StaffMember, actor_for: ActorFor) -> None:
    actor = actor_for(astrid)
    assert isinstance(actor, Staff)
    assert not login_is_fresh_enough(replace(actor, authenticated_at=None), Permission.ARCHIVE_EXPORT)
