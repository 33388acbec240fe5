"""From first thought to appeal on a phone: without JavaScript, by keyboard alone, and in and out of coverage."""

import io
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import FilePayload

from tests.browser.conftest import DESKTOP, PHONE, Walker
from tests.browser.hands import Keyboard, OnTheTrain, Thumb, WithoutScript

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Walker]
ASKED: Final = "Send inn en uttalelse om hva du trenger"


def _photo(name: str) -> FilePayload:
    picture = io.BytesIO()
    Image.new("RGB", (600, 800), "ivory").save(picture, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture.getvalue()}


WAYS: Final = [
    pytest.param("Sindre Grønn", WithoutScript, "nb", {"java_script_enabled": False}, id="without JavaScript"),
    pytest.param("Vegard Sletten", Keyboard, "nn", {}, id="with the keyboard only"),
    pytest.param("Kjell Sveen", OnTheTrain, "nb", {}, id="offline, then online"),
]
"""Who applies, how, in which language, and the browser."""
SAID: Final = {
    "received": {"nb": "Vi har mottatt søknaden", "nn": "Vi har motteke søknaden"},
    "send": {"nb": "Send klagen", "nn": "Send klaga"},
    "appealed": {"nb": "Vi har mottatt klagen", "nn": "Vi har motteke klaga"},
}


@pytest.mark.parametrize(("name", "hands", "language", "browser_options"), WAYS)
def test_from_the_first_thought_to_the_appeal(
    windows: Open, name: str, hands: type[Thumb], language: str, browser_options: dict[str, object]
) -> None:
    citizen = hands(windows(PHONE, locale=f"{language}-NO", **browser_options))
    siri = Thumb(windows(DESKTOP))
    number = _apply(citizen, name, language)
    case = _ask_for_more(siri, number)
    _answer(citizen)
    _decide(siri, case)
    _read_the_decision(citizen)
    _appeal(citizen, language)
    _see_the_appeal(siri, case)


def _apply(citizen: Thumb, name: str, language: str) -> str:
    citizen.begins("stottekontakt", name)
    citizen.chooses("for_whom", "self")
    citizen.presses("next")
    citizen.writes("needs", "Jeg kommer meg ikke ut alene. 🙂")
    citizen.sends("next")
    citizen.writes("activities", "Gå tur i Kvitfjell")
    citizen.presses("next")
    citizen.attaches("papers", _photo("legeerklæring.jpg"))
    citizen.writes("contact_phone", "40 00 00 00")
    citizen.chooses("declaration")
    citizen.presses("next")
    citizen.walker.sees("Jeg kommer meg ikke ut alene. 🙂", "legeerklæring.jpg")
    citizen.presses("Send søknaden")
    citizen.walker.sees(SAID["received"][language])
    number = re.search(r"\d{4}/\d+", citizen.page.locator("main").inner_text())
    assert number
    return number[0]


def _ask_for_more(siri: Thumb, number: str) -> str:
    """She finds the case and asks; the address of the case."""
    siri.walker.logs_in_as("Siri Haugen", at="/ansatt?liste=ufordelt")
    siri.page.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    siri.page.wait_for_load_state()
    siri.walker.sees("Jeg kommer meg ikke ut alene. 🙂", "legeerklæring.jpg")
    case = urlsplit(siri.page.url).path
    siri.presses("Ta saken")
    siri.presses("Be innbyggeren om noe")
    siri.writes("title", ASKED)
    siri.writes("required", "Uttalelse fra legen")
    siri.presses("Send til innbyggeren")
    siri.walker.sees("Venter på innbyggeren")
    return case


def _answer(citizen: Thumb) -> None:
    citizen.walker.goes_to("/min-side")
    citizen.presses(ASKED)
    citizen.attaches("slot-1", _photo("uttalelse.jpg"))
    citizen.writes("text", "Her er den.")
    citizen.sends("send")
    citizen.walker.sees("Her er den.", "uttalelse.jpg")


def _decide(siri: Thumb, case: str) -> None:
    siri.walker.goes_to(case)
    siri.presses(ASKED)
    siri.walker.sees("Her er den.", "uttalelse.jpg")
    siri.walker.goes_to(case)
    siri.presses("Skriv vedtaket")
    siri.chooses("outcome", "partly_granted")
    siri.writes("decided", "Du får støttekontakt to timer i uka fra 1. januar til 31. desember 2027.")
    siri.writes("facts", "Du kommer deg ikke ut alene. Det står også i uttalelsen fra legen.")
    siri.presses("check")
    siri.walker.sees("Skriv hvorfor dere har bestemt dette.")
    siri.writes("reasons", "To timer er nok til turen som du skriver om.")
    siri.presses("check")
    siri.presses("Send vedtaket")


def _read_the_decision(citizen: Thumb) -> None:
    citizen.walker.goes_to("/min-side")
    citizen.presses("Søknad om støttekontakt")
    citizen.walker.sees("to timer i uka")


def _appeal(citizen: Thumb, language: str) -> None:
    citizen.presses("Klag på vedtaket")
    citizen.writes("disagrees_text", "To timer er for lite.")
    citizen.writes("wants_text", "Fire timer.")
    citizen.sends("check")
    citizen.walker.sees("To timer er for lite.", "Fire timer.")
    citizen.presses(SAID["send"][language])
    citizen.walker.sees(SAID["appealed"][language])


def _see_the_appeal(siri: Thumb, case: str) -> None:
    siri.walker.goes_to(case)
    siri.presses("Se klagen")
    siri.walker.sees("To timer er for lite.")
