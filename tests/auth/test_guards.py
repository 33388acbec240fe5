"""A page asks who is there, and never takes one kind of actor for another."""

from collections.abc import Callable

import pytest
from flask import Flask

from citizen_portal.auth import guards
from citizen_portal.auth.actor import System
from citizen_portal.auth.roles import permissions_of
from citizen_portal.errors import NotLoggedIn
from citizen_portal.tenancy.models import Municipality


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
        assert guards.may_open("applications.catalogue")
        assert not guards.may_open("archive.journal")
