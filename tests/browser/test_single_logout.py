"""Who logs out in one place is out everywhere, in a real browser with its rules for frames, forms and cookies."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from citizen_portal import db
from citizen_portal.app import create_app
from citizen_portal.config import Settings
from citizen_portal.identity.models import LoginSession
from citizen_portal.tenancy.models import Municipality
from tests.browser.serving import NO_WORKER, serving
from tests.login import RunningProvider, running_provider
from tests.ports import free_port

pytestmark = pytest.mark.browser


@pytest.fixture
def port() -> int:
    """A free port for the portal."""
    return free_port()


@pytest.fixture
def provider(settings: Settings, port: int) -> Iterator[RunningProvider]:
    """The demo provider, for a portal on that port."""
    with running_provider(
        settings, tuple(f"http://{host}.localhost:{port}" for host in ("ringebu", "nord-fron"))
    ) as it:
        yield it


@pytest.fixture
def served(provider: RunningProvider, port: int) -> Iterator[None]:
    """The portal, served on that port."""
    with serving(create_app(provider.settings), port):
        yield


def _sessions(*municipalities: Municipality) -> list[int]:
    counts = []
    for municipality in municipalities:
        with db.as_municipality(municipality.id), db.read_only() as session:
            counts.append(session.query(LoginSession).count())
    return counts


def test_kari_logs_out_in_ringebu_and_is_out_in_nord_fron_too(
    in_ringebu: Municipality, nord_fron: Municipality, served: None, port: int, browser: Browser
) -> None:
    context = browser.new_context(**NO_WORKER, locale="nb-NO")
    page = context.new_page()
    page.set_default_timeout(15_000)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Refused" in message.text else None)
    page.goto(f"http://ringebu.localhost:{port}/logg-inn?neste=/logget-ut")
    page.get_by_role("button", name="Kari Moen").click()
    page.wait_for_url(f"http://ringebu.localhost:{port}/logget-ut")
    page.goto(f"http://nord-fron.localhost:{port}/logg-inn?neste=/logget-ut")
    page.wait_for_url(f"http://nord-fron.localhost:{port}/logget-ut")  # single sign-on: no question
    assert _sessions(in_ringebu, nord_fron) == [1, 1]

    page.goto(f"http://ringebu.localhost:{port}/logget-ut")
    page.locator("form[action='/logg-ut'] button").first.evaluate("button => button.form.requestSubmit()")
    page.get_by_text("Du er også logget ut av nettstedene").wait_for()
    page.wait_for_url(f"http://ringebu.localhost:{port}/logget-ut")
    assert _sessions(in_ringebu, nord_fron) == [0, 0]
    assert refused == []
    context.close()


def test_logging_out_works_without_javascript(
    in_ringebu: Municipality, served: None, port: int, browser: Browser
) -> None:
    context = browser.new_context(**NO_WORKER, locale="nb-NO", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"http://ringebu.localhost:{port}/logg-inn?neste=/logget-ut")
    page.get_by_role("button", name="Kari Moen").click()
    page.wait_for_url(f"http://ringebu.localhost:{port}/logget-ut")
    page.locator("form[action='/logg-ut'] button:visible").or_(page.get_by_text("Meny")).first.click()
    if page.get_by_role("button", name="Logg ut").first.is_visible():
        page.get_by_role("button", name="Logg ut").first.click()
    page.get_by_role("button", name="Fullfør utloggingen").click()
    page.wait_for_url(f"http://ringebu.localhost:{port}/logget-ut")
    assert _sessions(in_ringebu) == [0]
    context.close()
