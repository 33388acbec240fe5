"""A daughter follows her mother on a phone: told when it matters, told when it came right, and stopped at once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Walker
from tests.browser.hands import Thumb
from tests.browser.home_care import began

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Walker]
WORDS: Final = {
    "nb": {
        "tell me": "Varsle meg",
        "save": "Lagre valget",
        "saved": "Valget ditt er lagret.",
        "told": "er varslet",
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
        "told": "oaččui dieđu",
        "who": "Gii čuovvu galledemiid",
        "stop": "Bisset: Kari Moen",
        "yes": "Juo, bisset",
        "again": "Divtte fas čuovvut: Kari Moen",
        "offline": "Dus ii leat neahtta",
    },
}
CONCERN, SETTLED = "Det er nytt om en du følger på siden din i Ringebu kommune", "Det vi varslet deg om, har ordnet seg"


@pytest.mark.parametrize("language", WORDS)
def test_a_daughter_is_told_when_nobody_came_and_that_somebody_did_until_her_mother_stops_her(
    windows: Open, language: str
) -> None:
    words = WORDS[language]
    kari = Thumb(windows(PHONE, locale=f"{language}-NO"))
    borghild = Thumb(windows(PHONE, locale=f"{language}-NO"))
    before = len(_mails(kari, CONCERN)), len(_mails(kari, SETTLED))
    _chooses_deviations_at_any_hour(kari, words)
    _happens(kari, "stays_away")
    _is_told(kari, CONCERN, before[0] + 1)
    kari.walker.goes_to(f"/min-side/besok?dag={began().date()}")
    kari.walker.sees(words["told"])
    _happens(kari, "comes")
    _is_told(kari, SETTLED, before[1] + 1)
    _is_offline(kari, words)
    _stops_kari(borghild, words)
    _sees_nothing(kari)
    borghild.presses(words["again"])


def _chooses_deviations_at_any_hour(kari: Thumb, words: dict[str, str]) -> None:
    kari.walker.logs_in_as("Kari Moen", at="/min-side/besok")
    kari.presses(words["tell me"])
    kari.chooses("choice", "deviations")
    for name in ("quiet_from", "quiet_until"):
        kari.page.locator(f"select[name={name}]").select_option("")
    kari.presses(words["save"])
    kari.walker.sees(words["saved"])


def _happens(kari: Thumb, what: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_"))}
    environment["PORTAL_INSTANCE"] = str(kari.walker.portal.instance)
    subprocess.run([sys.executable, "-m", "tests.browser.home_care", what], env=environment, check=True)


def _is_told(kari: Thumb, subject: str, times: int) -> None:
    for _ in range(100):
        if len(_mails(kari, subject)) == times:
            return
        time.sleep(0.3)
    pytest.fail(f"«{subject}» was sent {len(_mails(kari, subject))} times, not {times}")


def _mails(kari: Thumb, subject: str) -> list[str]:
    """What the demo's own e-mail has sent to Kari with this subject."""
    found = (kari.walker.portal.instance / "outbox").glob("*.eml")
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
    return [mail["Subject"] for mail in mails if "kari" in mail["To"] and mail["Subject"].startswith(subject)]


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
