"""Jonas signs off five visits in a valley without coverage, and hands over the phone empty."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from citizen_portal import clock
from citizen_portal.demo.care_record import (
    Fate,
    Sender,
    SimulatedVisit,
    care_recipients,
    known_entries,
    transaction_bundle,
)
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.demo.people import RINGEBU
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES
from tests.browser.conftest import PHONE, Portal, Walker

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


def _plan_five_visits(portal: Portal) -> list[str]:
    """The record system plans a visit now to Borghild and to four others; the services, which nobody else has."""
    people = sorted(care_recipients(RINGEBU, clock.today()), key=lambda person: person.key != "borghild")[:5]
    now, mark = clock.now(), uuid4().hex[:6]
    visits = [
        SimulatedVisit(
            number=uuid4().hex[:12],
            national_id=person.national_id,
            service=f"Tilsyn {number} {mark}",
            planned_start=now,
            planned_end=now + timedelta(minutes=30),
            fate=Fate.MISSED,  # of which the record system never tells more
            comes_at=now,
            leaves_at=now,
            organisation_number=DEMO_ORGANISATIONS[RINGEBU],
        )
        for number, person in enumerate(people)
    ]
    with httpx.Client(timeout=30) as http:
        Sender(portal.settings, MUNICIPALITIES[0], http).push(transaction_bundle(known_entries(visits, now)))
    return [visit.service for visit in visits]


def _signs_off(page: Page, service: str) -> None:
    """Two taps."""
    visit = page.locator(".visit", has_text=service)
    visit.get_by_text("Jeg har vært her").click()
    visit.get_by_role("button", name="Ja, kvitter").click()


def test_jonas_signs_off_five_visits_offline_and_hands_over_the_phone_empty(windows: Callable[..., Walker]) -> None:
    walker = windows(PHONE)
    services = _plan_five_visits(walker.portal)
    page = _opens_the_round(walker)
    page.context.set_offline(True)
    for service in services:
        _signs_off(page, service)
    walker.sees("Ingen dekning. Venter på dekning: 5.")
    page.reload()
    walker.sees("Ingen dekning. Venter på dekning: 5.")
    expect(page.get_by_text("venter på dekning", exact=False)).to_have_count(6)  # each, and in all
    walker.reads()
    keys, boxes, text = page.evaluate(KEPT)
    assert (keys, boxes) == (1, 6)
    for secret in ("Borghild", services[0]):
        assert secret not in text + page.evaluate(CACHED)

    page.get_by_role("button", name="Lever vakta").click()
    walker.sees("5 er ikke sendt. Vent til du har dekning.")
    page.context.set_offline(False)
    walker.sees("Alt er sendt.")
    for service in services:
        expect(page.locator("[aria-labelledby=finished] .visit", has_text=service)).to_contain_text("utført")
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
    expect(daughter.page.locator(".visit", has_text=services[0])).to_contain_text("utført")


def test_a_phone_whose_clock_is_slow_is_corrected_and_logging_out_wipes_it(windows: Callable[..., Walker]) -> None:
    walker = windows(PHONE, locale="nn-NO")
    walker.page.clock.install(time=datetime.now(UTC) - timedelta(minutes=7))
    page = _opens_the_round(walker)
    walker.sees("Klokka på telefonen går 7 minutt for seint.", "Vi bruker rett tid når du kvitterer.")
    walker.reads()
    assert page.evaluate(KEPT)[:2] == [1, 1]
    page.get_by_text("Meny", exact=True).click()
    page.get_by_role("button", name="Logg ut").click()
    page.wait_for_url("**/logget-ut")
    assert page.evaluate(KEPT)[:2] == [0, 0]
