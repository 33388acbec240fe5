"""The whole portal as `make run` starts it, and a browser that reads every page it meets."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.running import Portal

PHONE, DESKTOP = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
QUIET = [
    "--no-sandbox",  # it needs rights that containers do not give, and only our own pages are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The path of Chromium; skips the test without it, fails where it is required."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        reason = "no Chromium on this machine (on Debian: apt-get install chromium)"
        if os.environ.get("PORTAL_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="package")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright, which drives the browser. Not for longer: where its event loop runs, no test can start one."""
    chromium()
    with sync_playwright() as driver:
        yield driver


def _started(driver: Playwright) -> Browser:
    return driver.chromium.launch(executable_path=chromium(), args=QUIET)


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """One Chromium for the tests of a file, whose windows have no service worker: see `NO_WORKER`."""
    with _started(playwright_driver) as running:
        yield running


@pytest.fixture(scope="package")
def portal(request: pytest.FixtureRequest) -> Portal:
    """`make run`'s own command, in a folder of its own."""
    chromium()
    started: Portal = request.getfixturevalue("started_demo")
    return started


SETTLED = """async () => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    const fading = () => document.getAnimations()
        .filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime) && each.playState !== "finished");
    await frame();  // what a press has opened begins to fade in when it is next drawn
    await frame();
    while (fading().length) {
        await Promise.all(fading().map((each) => each.finished.catch(() => null)));
        await frame();
    }
}"""
"""What fades in has come: half-faded words have too little contrast for axe."""


class Walker:
    """Somebody at a screen. Every page that she comes to is read by axe and must not scroll sideways."""

    def __init__(self, page: Page, portal: Portal, host: str, *, reader: Page | None = None) -> None:
        """A new browser window on a municipality's address.

        Args:
            page: the window.
            portal: what it looks at.
            host: the municipality.
            reader: where axe runs instead, if scripts are off in the window: axe is a script itself.
        """
        self.page, self.portal, self.host, self._reader = page, portal, host, reader

    def goes_to(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.portal.address(self.host) + path)
        self.reads()

    def logs_in_as(self, name: str, *, at: str = "/min-side", level: str = "Høyt") -> None:
        """Open a page that needs login, and choose who to be at the test ID-porten."""
        self.page.goto(self.portal.address(self.host) + at)
        self.chooses_to_be(name, level=level)

    def chooses_to_be(self, name: str, *, level: str = "Høyt") -> None:
        """Pick a person at the test ID-porten, and come back to the portal."""
        levels = self.page.get_by_label(level)
        if levels.first.is_visible():
            levels.first.check(force=True)
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_url(f"{self.portal.address(self.host)}/**")
        self.reads()

    def presses(self, name: str) -> None:
        """Press a button, and read the page that comes."""
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state()
        self.reads()

    def follows(self, name: str) -> None:
        """Follow a link, and read the page that comes."""
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()
        self.reads()

    def ticks(self, label: str, *, exact: bool = False) -> None:
        """Choose an answer; its label covers the small circle, so that a thumb hits it."""
        self.page.get_by_label(label, exact=exact).first.check(force=True)

    def sees(self, *words: str) -> None:
        """The words stand on the page."""
        main = self.page.locator("main")
        for text in words:
            main.get_by_text(text).first.wait_for(timeout=20000)

    def reads(self) -> None:
        """Look at the page as a careful reviewer: axe finds nothing, nothing hangs over the edge."""
        if self._reader is None:
            self.page.evaluate(SETTLED)
        findings = Axe().run(self.page if self._reader is None else self._shown_to(self._reader))
        assert findings.violations_count == 0, f"{self.page.url}\n{findings.generate_report()}"
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{self.page.url} is {overflow} px too wide"
        assert self.page.locator("h1").count() == 1, self.page.url

    def _shown_to(self, reader: Page) -> Page:
        """The page as it stands in the window, without its scripts, in a window where axe can run."""
        as_it_stands = self.page.content()
        reader.unroute_all()
        reader.route("**/*.js", lambda route: route.abort())
        reader.route(self.page.url, lambda route: route.fulfill(body=as_it_stands, content_type="text/html"))
        reader.goto(self.page.url)
        return reader


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def screen(request: pytest.FixtureRequest) -> dict[str, int]:
    """Width and height: a walk is walked on a phone and on a desktop."""
    size: dict[str, int] = request.param
    return size


@pytest.fixture
def windows(playwright_driver: Playwright, portal: Portal) -> Iterator[Callable[..., Walker]]:
    """Open a window of a size: `windows(PHONE)`, `windows(DESKTOP, host="nord-fron", locale="nn-NO")`.

    In a Chromium of their own, which ends with them: one that closes a window whose service worker is just starting
    may start no other one ever after.
    """

    def open_window(screen: dict[str, int], host: str = "ringebu", **options: Any) -> Walker:
        context = browser.new_context(viewport=screen, **{"locale": "nb-NO", "timezone_id": "Europe/Oslo"} | options)
        context.set_default_timeout(15_000)
        if options.get("java_script_enabled", True):
            return Walker(context.new_page(), portal, host)
        return Walker(context.new_page(), portal, host, reader=browser.new_context(viewport=screen).new_page())

    with _started(playwright_driver) as browser:
        yield open_window


@pytest.fixture
def walker(windows: Callable[..., Walker], screen: dict[str, int]) -> Callable[..., Walker]:
    """Open a window of one's own: `walker()`, or `walker(host="nord-fron")`."""
    return partial(windows, screen)
