"""Two minutes before a login ends a dialog says so; it can be prolonged, but never beyond two hours."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from citizen_portal import clock, db
from citizen_portal.app import create_app
from citizen_portal.config import Settings
from citizen_portal.identity.models import LoginSession, Person
from tests.browser.conftest import SETTLED
from tests.browser.serving import NO_WORKER, serving
from tests.conftest import LogIn
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(settings: Settings, kari: Person, log_in: LogIn, browser: Browser) -> Iterator[Page]:
    """Kari's page, whose clock the test moves."""
    port = free_port()
    token = log_in(kari)
    address = f"http://ringebu.localhost:{port}"
    with serving(create_app(settings), port):
        context = browser.new_context(
            **NO_WORKER, base_url=address, locale="nb-NO", viewport={"width": 360, "height": 780}
        )
        context.set_default_timeout(5_000)
        context.add_cookies([{"name": "portal", "value": token, "url": address}])
        opened = context.new_page()
        opened.clock.install()
        yield opened
        context.close()


def _session() -> LoginSession:
    with db.read_only() as session:
        return session.query(LoginSession).one()


def _use(**changes: timedelta) -> None:
    with db.transaction() as session:
        row = session.query(LoginSession).one()
        for name, change in changes.items():
            setattr(row, name, clock.now() + change)


def test_kari_is_warned_and_stays_with_what_she_typed(page: Page) -> None:
    page.goto("/min-side")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<textarea>Kjære kommune</textarea>')"
    )
    page.locator("main textarea").focus()
    dialog = page.get_by_role("dialog")
    page.clock.fast_forward("27:00")
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("01:10")
    expect(dialog).to_be_visible()
    expect(dialog).to_have_accessible_name("Du blir snart logget ut")
    stay = dialog.get_by_role("button", name="Bli innlogget")
    expect(stay).to_be_focused()
    page.evaluate(SETTLED)
    assert Axe().run(page).violations_count == 0
    page.clock.fast_forward("01:00")
    expect(dialog.get_by_role("status")).to_have_text("Ett minutt igjen")
    _use(last_seen_at=-timedelta(minutes=29))
    stay.click()
    expect(dialog).to_be_hidden()
    assert clock.now() - _session().last_seen_at < timedelta(minutes=1)
    expect(page.locator("main textarea")).to_have_value("Kjære kommune")
    expect(page.locator("main textarea")).to_be_focused()
    page.clock.fast_forward("27:00")
    expect(dialog).to_be_hidden()


def test_the_end_of_two_hours_cannot_be_moved_and_is_told_once(page: Page) -> None:
    _use(ends_at=timedelta(seconds=110))
    page.goto("/min-side")
    page.clock.run_for(6_000)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("En innlogging varer høyst to timer")
    expect(dialog.get_by_role("button", name="Bli innlogget")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    page.clock.run_for(6_000)
    expect(dialog).to_be_hidden()


def test_when_it_is_over_the_page_says_so_and_keeps_the_text(page: Page) -> None:
    page.goto("/min-side")
    page.clock.fast_forward("31:00")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Det du har skrevet, står her")
    expect(dialog.get_by_role("button", name="Bli innlogget")).to_be_hidden()
    dialog.get_by_role("button", name="Lukk").click()
    page.clock.run_for(20_000)
    expect(dialog).to_be_hidden()


def test_a_login_that_ended_meanwhile_is_not_prolonged(page: Page) -> None:
    page.goto("/min-side")
    page.clock.fast_forward("28:30")
    with db.transaction() as session:
        session.delete(session.query(LoginSession).one())
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Bli innlogget").click()
    expect(dialog).to_contain_text("Du er logget ut. Det du har skrevet")
