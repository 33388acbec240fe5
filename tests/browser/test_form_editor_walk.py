"""A superuser changes a form in the browser: the next citizen meets the new one, and a running draft the old."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Walker
from tests.browser.hands import Thumb

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Walker]
OLD, NEW = "Hvem skal ha plassen?", "Hvem vil lære noe nytt?"
NYNORSK: Final = ', nn: "Kven skal ha plassen?"'


def test_the_next_citizen_meets_the_changed_form_and_a_running_draft_does_not_change(windows: Open) -> None:
    ola = Thumb(windows(PHONE))
    ola.begins("kulturskole", "Ola Nordli")
    ola.walker.sees(OLD)
    ragna = Thumb(windows(DESKTOP))
    ragna.walker.logs_in_as("Ragna Tofte", at="/ansatt/skjema/kulturskole")
    _is_told_at_which_line_a_translation_lacks(ragna)
    _publishes(ragna)
    kari = Thumb(windows(PHONE))
    kari.begins("kulturskole", "Kari Moen")
    kari.walker.sees(NEW)
    ola.page.reload()
    ola.walker.reads()
    ola.walker.sees(OLD)


def _is_told_at_which_line_a_translation_lacks(ragna: Thumb) -> None:
    ragna.presses("Endre skjemaet")
    source = ragna.page.locator("[name=source]").input_value()
    line = next(number for number, text in enumerate(source.splitlines(), start=1) if OLD in text)
    ragna.writes("source", source.replace(OLD, NEW).replace(NYNORSK, ""))
    ragna.presses("Lagre utkastet")
    ragna.page.get_by_role("link", name=f"Linje {line}").click()
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert NEW in ragna.page.locator("[name=source]").evaluate(selected)


def _publishes(ragna: Thumb) -> None:
    source = ragna.page.locator("[name=source]").input_value()
    ragna.writes("source", source.replace(f'"{NEW}"', f'"{NEW}"{NYNORSK}', 1))
    ragna.presses("Lagre utkastet")
    ragna.walker.sees(OLD, NEW)
    ragna.presses("Publiser")
    ragna.writes("note", "Enklere spørsmål")
    ragna.presses("Ja, publiser")
    ragna.walker.sees("Enklere spørsmål")
