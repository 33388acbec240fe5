"""Jonas signs off five visits in a valley without coverage, and hands over the phone empty."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Walker

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGE = "/ansatt/runde"
KEPT = """async () => {
    const open = indexedDB.open("round", 1);
    const database = await new Promise((resolve) => (open.onsuccess = () => resolve(open.result)));
    const all = (name, what) => new Promise((resolve) => {
        const request = database.transaction(name).objectStore(name)[what]();
        request.onsuccess = () => resolve(request.result);
    });
    const kept = { keys: await all("keys", "count"), boxes: await all("boxes", "getAll") };
    database.close();
    const text = kept.boxes.map(({ data }) => new TextDecoder("latin1").decode(data)).join();
    return [kept.keys, kept.boxes.length, text];
}"""
CACHED = """async () => {
    const cache = await caches.open("round");
    const pages = await Promise.all((await cache.keys()).map(async (key) => (await cache.match(key)).text()));
    return pages.join();
}"""


def _opens_the_round(walker: Walker) -> Page:
    """Jonas opens the page once where there is coverage."""
    walker.logs_in_as("Jonas Berg", at=PAGE)
    walker.page.wait_for_function("caches.match('/ansatt/runde/uten-nett', {ignoreSearch: true})")
    walker.page.wait_for_function("navigator.serviceWorker.ready")
    return walker.page


def _signs_off(page: Page, recipient: str) -> None:
    """Two taps."""
    page.get_by_text(f"Jeg har vært her: {recipient}").first.click()
    page.get_by_role("button", name="Ja, kvitter").click()


def _recipients(page: Page) -> list[str]:
    """Borghild and four others who wait for a visit."""
    names = page.locator("[aria-labelledby=to-do] .row__title").all_inner_texts()
    return list(dict.fromkeys(["Borghild Moen", *names]))[:5]


def _finished(page: Page) -> int:
    """How many visits of the day somebody has told of."""
    return page.locator("[aria-labelledby=finished] .visit").count()


def test_jonas_signs_off_five_visits_offline_and_hands_over_the_phone_empty(windows: Callable[..., Walker]) -> None:
    walker = windows(PHONE)
    page = _opens_the_round(walker)
    recipients, finished = _recipients(page), _finished(page)
    page.context.set_offline(True)
    for recipient in recipients:
        _signs_off(page, recipient)
    walker.sees("Ingen dekning. Venter på dekning: 5.")
    page.reload()
    walker.sees("Ingen dekning. Venter på dekning: 5.")
    expect(page.get_by_text("venter på dekning", exact=False)).to_have_count(6)  # each, and in all
    walker.reads()
    keys, boxes, text = page.evaluate(KEPT)
    assert (keys, boxes) == (1, 6)
    for secret in ("Borghild", "Morgenstell"):
        assert secret not in text + page.evaluate(CACHED)

    page.get_by_role("button", name="Lever vakta").click()
    walker.sees("5 er ikke sendt. Vent til du har dekning.")
    page.context.set_offline(False)
    walker.sees("Alt er sendt.")
    assert _finished(page) == finished + 5  # each once
    walker.reads()

    page.get_by_role("button", name="Lever vakta").click()
    walker.sees("Telefonen har ikke lenger noe fra runden.")
    walker.reads()
    assert page.evaluate(KEPT)[:2] == [0, 0]
    page.context.set_offline(True)
    page.goto(walker.portal.address() + PAGE)
    walker.sees("Du har ikke dekning, og denne telefonen har ingen runde for i dag.")

    daughter = windows(PHONE)
    daughter.logs_in_as("Kari Moen", at="/min-side/besok")
    expect(daughter.page.locator("main")).to_contain_text(re.compile(r"Borghild Moen · i dag.*utført", re.S))


def test_a_phone_whose_clock_is_slow_is_corrected_and_logging_out_wipes_it(windows: Callable[..., Walker]) -> None:
    walker = windows(PHONE, locale="nn-NO")
    walker.page.clock.install(time=datetime.now(UTC) - timedelta(minutes=7))
    page = _opens_the_round(walker)
    walker.sees("Klokka på telefonen går 7 minutt for seint.", "Vi bruker rett tid når du kvitterer.")
    walker.reads()
    assert page.evaluate(KEPT)[:2] == [1, 1]
    page.get_by_text("Meny", exact=True).click()
    page.get_by_role("button", name="Logg ut").click()
    page.wait_for_url(re.compile("logg|endsession|8161"))
    page.goto(walker.portal.address() + "/")
    assert page.evaluate(KEPT)[:2] == [0, 0]
