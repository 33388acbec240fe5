"""A daughter follows her mother on a phone: told when it matters, told when it came right, and stopped at once."""

import json
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from playwright.sync_api import Locator, expect

from citizen_portal import clock
from tests.browser.conftest import DESKTOP, PHONE, Walker
from tests.browser.hands import Thumb
from tests.browser.home_care import SERVICE, began, home_care_of
from tests.browser.phone import Phone
from tests.notifications.push_service import PushService, push_service

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Walker]
WORDS: Final = {
    "nb": {
        "tell me": "Varsle meg",
        "save": "Lagre valget",
        "saved": "Valget ditt er lagret.",
        "here": "Varsle meg her",
        "told here": "Fra nå får du varsel på denne telefonen",
        "told": "er varslet",
        "done": "utført",
        "who": "Hvem følger besøkene",
        "stop": "Stopp Kari Moen",
        "yes": "Ja, stopp",
        "again": "La Kari Moen følge igjen",
        "offline": "Du er uten nett",
    },
    "se": {
        "tell me": "Dieđit munnje",
        "save": "Vurke válljejumi",
        "saved": "Du válljejupmi lea vurkejuvvon.",
        "here": "Dieđit munnje dáppe",
        "told here": "Dás duohko oaččut dieđu dán telefovnnas",
        "told": "oaččui dieđu",
        "done": "dahkkon",
        "who": "Gii čuovvu galledemiid",
        "stop": "Bisset: Kari Moen",
        "yes": "Juo, bisset",
        "again": "Divtte fas čuovvut: Kari Moen",
        "offline": "Dus ii leat neahtta",
    },
}
UNITS_WORDS: Final = {
    "nb": {
        "since": "siden",
        "missing": "Ikke kvittert da vakten var over",
        "handled": "Merk som håndtert",
        "say": "Skriv hva dere har gjort",
    },
    "nn": {
        "since": "sidan",
        "missing": "Ikkje kvittert då vakta var over",
        "handled": "Merk som handtert",
        "say": "Skriv kva de har gjort",
    },
}
"""Staff read Norwegian: Sámi is for those whom the municipality serves."""
CONCERN, SETTLED = "Det er nytt om en du følger på siden din i Ringebu kommune", "Det vi varslet deg om, har ordnet seg"


@pytest.fixture(scope="module")
def makers_of_browsers() -> Iterator[PushService]:
    """Their push service, on this machine."""
    with push_service() as service:
        yield service


@pytest.mark.parametrize(("language", "units_language", "units_screen"), [("nb", "nn", PHONE), ("se", "nb", DESKTOP)])
def test_a_daughter_is_told_when_nobody_came_and_that_somebody_did_until_her_mother_stops_her(
    windows: Open, makers_of_browsers: PushService, language: str, units_language: str, units_screen: dict[str, int]
) -> None:
    words = WORDS[language]
    kari = Thumb(windows(PHONE, locale=f"{language}-NO"))
    siri = windows(units_screen, locale=f"{units_language}-NO")
    phone = Phone(kari.walker, makers_of_browsers)
    with home_care_of(kari.walker.portal) as happens:
        happens("all_is_seen_to")
        _chooses_deviations_at_any_hour(kari, words)
        happens("stays_away")
        _is_told(phone, CONCERN)
        _reads_of_the_concern(kari, phone, words["told"])
        _stands_on_the_duty_list(siri, UNITS_WORDS[units_language])
        happens("comes")
        _is_told(phone, SETTLED)
        kari.walker.goes_to(f"{phone.opens()}?dag={began().date()}")
        _stands_as(kari, words["done"])
        _has_left_the_duty_list(siri)
    _is_offline(kari, words)
    borghild = Thumb(windows(PHONE, locale=f"{language}-NO"))
    _stops_kari(borghild, words)
    _sees_nothing(kari)
    borghild.presses(words["again"])


def _chooses_deviations_at_any_hour(kari: Thumb, words: dict[str, str]) -> None:
    kari.walker.logs_in_as("Kari Moen", at="/min-side/besok")
    kari.presses(words["tell me"])
    kari.presses(words["here"])
    kari.walker.sees(words["told here"])
    kari.chooses("choice", "deviations")
    for name in ("quiet_from", "quiet_until"):
        kari.page.locator(f"select[name={name}]").select_option("")
    kari.presses(words["save"])
    kari.walker.sees(words["saved"])


def _is_told(phone: Phone, title: str) -> None:
    """One notification stands on the phone, the newest, and says nothing about anybody."""
    phone.receives(title)
    (shown,) = phone.shows
    assert shown["title"].startswith(title)
    assert shown["body"] == "Logg inn på Min side hos Ringebu kommune for å lese."
    said = json.dumps(shown, ensure_ascii=False)
    assert [word for word in ("Borghild", SERVICE, "besøk", "hjemme") if word.lower() in said.lower()] == []


def _reads_of_the_concern(kari: Thumb, phone: Phone, words: str) -> None:
    """She taps the notification, and reads on the visit's own day how it stands."""
    kari.walker.goes_to(phone.opens())
    if began().date() != clock.today():
        kari.walker.goes_to(f"/min-side/besok?dag={began().date()}")
    _stands_as(kari, words)


def _stands_as(kari: Thumb, words: str) -> None:
    visit = kari.page.locator(".visit").filter(has=kari.page.get_by_text(SERVICE, exact=True)).last
    expect(visit).to_contain_text(words)


def _stands_on_the_duty_list(siri: Walker, words: dict[str, str]) -> None:
    siri.logs_in_as("Siri Haugen", at="/ansatt/besok")
    (line,) = _duty_lines(siri).all()
    expect(line).to_contain_text(words["missing"])
    expect(line.locator("time").first).to_contain_text(words["since"])
    with siri.page.expect_navigation():
        line.get_by_role("link", name="Borghild Moen").click()
    siri.reads()
    siri.presses(words["handled"])
    siri.sees(words["say"])


def _has_left_the_duty_list(siri: Walker) -> None:
    siri.goes_to("/ansatt/besok")
    expect(_duty_lines(siri)).to_have_count(0)


def _duty_lines(siri: Walker) -> Locator:
    """Those about the visit."""
    return siri.page.locator("main tr", has_text="Borghild Moen").filter(has_text=f"{SERVICE}, ")


def _is_offline(kari: Thumb, words: dict[str, str]) -> None:
    kari.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kari.page.context.set_offline(True)
    kari.page.goto(kari.page.url)
    expect(kari.page.get_by_role("heading", level=1)).to_have_text(words["offline"])
    assert "Borghild" not in kari.page.content()
    kari.page.context.set_offline(False)


def _stops_kari(borghild: Thumb, words: dict[str, str]) -> None:
    borghild.walker.logs_in_as("Borghild Moen", at="/min-side/besok")
    borghild.presses(words["who"])
    borghild.page.locator("summary", has_text=words["stop"]).click()
    borghild.walker.reads()
    borghild.presses(words["yes"])


def _sees_nothing(kari: Thumb) -> None:
    kari.walker.goes_to("/min-side/besok")
    expect(kari.page.locator("main")).not_to_contain_text("Borghild")
