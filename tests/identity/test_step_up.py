"""A stronger login is asked for where it is needed, and only the same person gets it."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote, urlsplit

from citizen_portal import db
from citizen_portal.auth.actor import Assurance, System
from citizen_portal.identity import service
from citizen_portal.identity.models import Area, Basis, LoginSession, Person
from citizen_portal.tenancy.models import Municipality
from tests.login import Browser
from tests.reading import Page

OpenBrowser = Callable[..., Browser]
WEAK = "idporten-loa-substantial"


def _sessions() -> list[LoginSession]:
    with db.read_only() as database:
        return list(database.query(LoginSession))


def _step_up(browser: Browser, person: str) -> str:
    """Ask for a page that needs more; where the provider answers."""
    needs_more = browser.portal.get("/min-side/besok?dag=i-dag")
    assert needs_more.location == "/logg-inn?neste=%2Fmin-side%2Fbesok%3Fdag%3Di-dag&niva=high"
    return browser.choose(browser.ask_to_log_in(needs_more.location), person)


def test_kari_steps_up_and_comes_back_to_the_page_with_a_new_session(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    karis = browser()
    karis.log_in("kari", level=WEAK)
    [weak] = _sessions()
    before = karis.portal.get_cookie("portal", domain="ringebu.localhost")
    response = karis.return_to(_step_up(karis, "kari"))
    assert response.location == "/min-side/besok?dag=i-dag"
    [strong] = _sessions()
    after = karis.portal.get_cookie("portal", domain="ringebu.localhost")
    assert strong.assurance == Assurance.HIGH
    assert strong.id != weak.id
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert strong.ends_at <= weak.ends_at  # a stronger login is no longer one


def test_whom_kari_acts_for_stays_when_she_steps_up(
    in_ringebu: Municipality, browser: OpenBrowser, borghild: Person, the_system: System
) -> None:
    karis = browser()
    karis.log_in("kari", level=WEAK)
    with db.transaction() as database:
        login = database.query(LoginSession).one()
        login.acting_for_id = borghild.id
        kari = database.get_one(Person, (login.municipality_id, login.person_id))
        service.register_representation(
            database, the_system, principal=borghild, representative=kari, basis=Basis.NEXT_OF_KIN, areas=[Area.VISITS]
        )
    karis.return_to(_step_up(karis, "kari"))
    assert _sessions()[0].acting_for_id == borghild.id


def test_a_new_login_does_not_inherit_whom_somebody_acted_for(
    in_ringebu: Municipality, browser: OpenBrowser, borghild: Person
) -> None:
    karis = browser()
    karis.log_in("kari")
    with db.transaction() as database:
        database.query(LoginSession).one().acting_for_id = borghild.id
    karis.log_in("kari", "/logg-inn?paa-nytt=1")
    assert [row.acting_for_id for row in _sessions()] == [None]


def test_ola_cannot_answer_when_kari_steps_up(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    karis.log_in("kari", level=WEAK)
    [weak] = _sessions()
    response = karis.return_to(_step_up(karis, "ola"))
    assert response.status_code == 403
    page = Page(response.text)
    assert page.h1 == "En annen logget inn"
    assert page.all("//form[@id='provider-logout']")
    assert not re.search(r"\bOla", response.text)
    assert [row.id for row in _sessions()] == [weak.id]
    with db.read_only() as database:
        assert database.query(Person).count() == 1  # who only answered is not put down as known here


def test_somebody_who_has_logged_out_meanwhile_leaves_no_session_behind_for_another(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    karis = browser()
    karis.log_in("kari", level=WEAK)
    address = karis.ask_to_log_in("/logg-inn?niva=high")
    karis.log_out()
    response = karis.return_to(karis.choose(address, "ola"))
    assert response.status_code == 403
    assert _sessions() == []


def test_a_single_sign_on_gets_no_new_two_hours(
    in_ringebu: Municipality, nord_fron: Municipality, browser: OpenBrowser
) -> None:
    karis = browser()
    karis.log_in("kari")
    [first] = _sessions()
    karis.portal.base_url = "http://nord-fron.localhost"
    karis.log_in("kari")
    with db.as_municipality(nord_fron.id):
        [second] = _sessions()
    assert second.created_at > first.created_at
    assert second.ends_at == first.ends_at
    assert second.ends_at <= second.authenticated_at + timedelta(minutes=120)


def test_the_login_asks_anew_when_told_to(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    karis.log_in("kari")
    address = karis.ask_to_log_in("/logg-inn?paa-nytt=1&neste=" + quote("/min-side"))
    assert karis.provider.get(address).status_code == 200  # no answer by itself: she is asked
    assert urlsplit(karis.return_to(karis.choose(address, "kari")).location).path == "/min-side"
