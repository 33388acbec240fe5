"""Jonas signs off five visits in a valley without coverage, and hands over the phone empty.

Staff read Norwegian, Bokmål or Nynorsk: Sámi is for those whom the municipality serves.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
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
from tests.browser.conftest import PHONE, Walker
from tests.browser.phone import registration_of
from tests.running import Portal

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGE = "/ansatt/runde"
LIGHT_PAGE, ANYBODYS_PAGE = "/ansatt", "/tilgjengelighet"
VISITS: Final = 5
HERE, YES, WAITING = (
    {"nb": "Jeg har vært her", "nn": "Eg har vore her"},
    {"nb": "Ja, kvitter", "nn": "Ja, kvitter"},
    {"nb": "Ingen dekning. Ikke sendt ennå: 5.", "nn": "Inga dekning. Ikkje sendt enno: 5."},
)
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
    """Jonas opens the page once where there is coverage. Axe reads a round for long, so each state of it once."""
    walker.logs_in_as("Jonas Berg", at=LIGHT_PAGE)
    walker.page.goto(walker.portal.address() + PAGE)
    walker.page.wait_for_function("caches.match('/ansatt/runde/uten-nett', {ignoreSearch: true})")
    walker.page.wait_for_function("navigator.serviceWorker.ready")
    return walker.page


def _opens_again(walker: Walker) -> Page:
    """He closes the page, and opens it anew."""
    context = walker.page.context
    walker.page.close()
    walker.page = context.new_page()
    walker.page.goto(walker.portal.address() + PAGE)
    return walker.page


def _plan_visits(portal: Portal) -> list[str]:
    """The record system plans a visit now to Borghild and to four others; the services, which nobody else has."""
    people = sorted(care_recipients(RINGEBU, clock.today()), key=lambda person: person.key != "borghild")[:VISITS]
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


def _signs_off_in_the_valley(walker: Walker, services: Sequence[str], language: str = "nb") -> None:
    """Each in two taps; the page says of each, and in all, that it waits."""
    page = walker.page
    page.context.set_offline(True)
    for service in services:
        visit = page.locator(".visit", has_text=service)
        visit.get_by_text(HERE[language]).click()
        visit.get_by_role("button", name=YES[language]).click()
        expect(visit.locator("[data-state]")).to_be_visible()  # its buttons are gone: the next visit has moved up
    walker.sees(WAITING[language])


def _are_done(page: Page, services: Sequence[str]) -> None:
    for service in services:
        expect(page.locator("[aria-labelledby=finished] .visit", has_text=service)).to_contain_text("utført")


def _coverage_comes_back(walker: Walker) -> None:
    """The browser lets the service worker send what waits while the page is closed. Here it is told to do so."""
    context = walker.page.context
    walker.page.close()
    context.set_offline(False)
    walker.page = page = context.new_page()
    page.goto(walker.portal.address() + ANYBODYS_PAGE)
    session = page.context.new_cdp_session(page)
    registration = registration_of(session, page, walker.portal.address() + PAGE)
    told = {"origin": walker.portal.address(), "registrationId": registration, "tag": "round", "lastChance": False}
    session.send("ServiceWorker.dispatchSyncEvent", told)
    session.detach()


def test_jonas_signs_off_five_visits_offline_and_hands_over_the_phone_empty(windows: Callable[..., Walker]) -> None:
    walker = windows(PHONE)
    services = _plan_visits(walker.portal)
    _opens_the_round(walker)
    _signs_off_in_the_valley(walker, services)
    page = _opens_again(walker)
    walker.sees(WAITING["nb"])
    expect(page.get_by_text("ikke sendt ennå", exact=False)).to_have_count(VISITS + 1)  # each, and in all
    walker.reads()
    keys, boxes, text = page.evaluate(KEPT)
    assert (keys, boxes) == (1, VISITS + 1)
    for secret in ("Borghild", services[0]):
        assert secret not in text + page.evaluate(CACHED)
    page.get_by_role("button", name="Lever vakta").click()
    walker.sees("5 er ikke sendt. Vent til du har dekning.")

    _coverage_comes_back(walker)
    daughter = windows(PHONE)
    daughter.logs_in_as("Kari Moen", at="/min-side/besok")
    expect(daughter.page.locator(".visit", has_text=services[0])).to_contain_text("utført")
    page = _opens_again(walker)
    walker.sees("Alt er sendt.")
    _are_done(page, services)
    walker.reads()

    page.get_by_role("button", name="Lever vakta").click()
    walker.sees("Telefonen har ikke lenger noe fra runden.")
    walker.reads()
    assert page.evaluate(KEPT)[:2] == [0, 0]
    page.context.set_offline(True)
    page.goto(walker.portal.address() + PAGE)
    walker.sees("Du har ikke dekning, og denne telefonen har ingen runde for i dag.")


def test_a_slow_clock_is_corrected_a_lost_login_loses_nothing_and_logging_out_wipes_the_phone(
    windows: Callable[..., Walker],
) -> None:
    walker = windows(PHONE, locale="nn-NO")
    services = _plan_visits(walker.portal)
    before = clock.now()
    walker.page.clock.install(time=before - timedelta(minutes=7))
    page = _opens_the_round(walker)
    walker.sees("Klokka på telefonen går 7 minutt for seint.", "Vi bruker rett tid når du kvitterer.")
    walker.reads()
    assert page.evaluate(KEPT)[:2] == [1, 1]
    _signs_off_in_the_valley(walker, services, "nn")
    page.context.clear_cookies()
    page.context.set_offline(False)
    walker.sees("Logg inn for å sende det som ventar")
    walker.reads()
    assert page.evaluate(KEPT)[:2] == [1, VISITS + 1]

    page.locator("main").get_by_role("link", name="Logg inn").click()
    page.get_by_role("button", name="Jonas Berg").click()
    walker.sees("Alt er sendt.")
    _are_done(page, services)
    came_at = page.locator("[aria-labelledby=finished] .visit", has_text=services[0]).locator(".visit__time")
    minutes = [f"{clock.to_oslo(before + timedelta(minutes=passed)):%H:%M}" for passed in range(5)]
    assert came_at.inner_text() in minutes, "it is seven minutes before on the phone"
    page.get_by_text("Meny", exact=True).click()
    page.get_by_role("button", name="Logg ut").click()
    page.wait_for_url("**/logget-ut")
    assert page.evaluate(KEPT)[:2] == [0, 0]
