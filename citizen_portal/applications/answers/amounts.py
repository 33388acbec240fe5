"""Numbers and money. The draft keeps what was typed; its value is worked out whenever it is needed."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from babel.numbers import format_decimal, get_group_symbol

from citizen_portal.applications.answers.terms import (
    Answer,
    Fault,
    Line,
    Mistake,
    Posted,
    fault_of_length,
    kept_text,
    text_of,
)
from citizen_portal.applications.definitions import NumberField

MOST_DIGITS: Final = 30
_SPACES: Final = re.compile(r"[\s\u200b\u2060]+")
_CURRENCY: Final = re.compile(r"^(?:kr|nok)\.?|(?:kr\.?|kroner|nok|,[-–—])$", re.IGNORECASE)
_THOUSANDS: Final = re.compile(r"([-−]?\d{1,3})((?:\.\d{3})+)(,\d+)?")
_NUMBER: Final = re.compile(r"[-−]?\d+(?:[.,]\d+)?")
_NARROW_SPACE: Final = "\u202f"


class Amount:
    """A number or an amount of money, written with a decimal comma."""

    def kept(self, _field: NumberField, name: str, posted: Posted) -> Answer:
        """The number as it was typed."""
        return kept_text(posted.get(name))

    def as_posted(self, _field: NumberField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """The number as it was typed."""
        yield name, answer if isinstance(answer, str) else ""

    def mistakes(self, field: NumberField, name: str, answer: Answer) -> Iterator[Mistake]:
        """Blank, no number, more exact than it should be, or out of bounds."""
        text = text_of(answer)
        found = _mistake_in(field, text) if text else (Fault.MISSING, 0) if field.required else None
        if found:
            yield Mistake(field, name, *found)

    def lines(self, field: NumberField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """«12 500 kr», «7,5 timer i uka»; what is no number as it was typed."""
        yield Line(name, field.label.in_language(language), _in_words(field, text_of(answer), language))


def as_number(text: str) -> Decimal | None:
    """The number, however its thousands and its currency are written; None when it is none.

    A point before exactly three digits parts thousands, as in «12.500»; else it is a decimal point.
    """
    bare = _CURRENCY.sub("", _SPACES.sub("", text[: 4 * MOST_DIGITS]))
    if len(bare) > MOST_DIGITS or len(text) > 4 * MOST_DIGITS:
        return None
    if grouped := _THOUSANDS.fullmatch(bare):
        bare = f"{grouped[1]}{grouped[2].replace('.', '')}{grouped[3] or ''}"
    return Decimal(bare.replace("−", "-").replace(",", ".")) if _NUMBER.fullmatch(bare) else None


def _mistake_in(field: NumberField, text: str) -> tuple[Fault, int] | None:
    value = as_number(text)
    if fault_of_length(text, len(text)):
        return Fault.CUT, MOST_DIGITS
    if value is None:
        return (Fault.NOT_AN_AMOUNT if field.type == "money" else Fault.NOT_A_NUMBER), 0
    if value != round(value, field.decimals):
        return (Fault.TOO_MANY_DECIMALS, field.decimals) if field.decimals else (Fault.NOT_A_WHOLE_NUMBER, 0)
    if value < field.minimum:
        return Fault.TOO_LOW, field.minimum
    return (Fault.TOO_HIGH, field.maximum) if value > field.maximum else None


def _in_words(field: NumberField, text: str, language: str) -> str:
    value = as_number(text)
    if value is None:
        return text
    unit = "kr" if field.type == "money" else field.unit.in_language(language) if field.unit else ""
    return f"{spaced(value, language)}\u00a0{unit}" if unit else spaced(value, language)


def spaced(value: Decimal | int, language: str) -> str:
    """«12 345,6», with a thin space that does not break."""
    shown = format_decimal(value, locale=language, decimal_quantization=False)
    return shown.replace(get_group_symbol(language), _NARROW_SPACE)
