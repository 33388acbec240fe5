"""Text, phone numbers, e-mail addresses and dates."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

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
from citizen_portal.applications.definitions import WrittenField

_PHONE: Final = re.compile(r"(?:\+|00)?\d{8,15}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_DATE: Final = re.compile(r"(\d{1,2})[.\s/-]\s*(\d{1,2})[.\s/-]\s*(\d{4})")


class Written:
    """What is typed as text is shown as it was typed."""

    def kept(self, _field: WrittenField, name: str, posted: Posted) -> Answer:
        """The text."""
        return kept_text(posted.get(name))

    def as_posted(self, _field: WrittenField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """The text."""
        yield name, answer if isinstance(answer, str) else ""

    def mistakes(self, field: WrittenField, name: str, answer: Answer) -> Iterator[Mistake]:
        """Blank, too long, or not what such a text looks like."""
        text = text_of(answer)
        fault = _fault_of(field, text) if text else Fault.MISSING if field.required else None
        if fault:
            yield Mistake(field, name, fault, field.max_length)

    def lines(self, field: WrittenField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """The text."""
        yield Line(name, field.label.in_language(language), text_of(answer))


def as_date(text: str) -> date | None:
    """The date written as day, month and year with four digits; None when there is no such date."""
    found = _DATE.fullmatch(text.strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _fault_of(field: WrittenField, text: str) -> Fault | None:
    if too_long := fault_of_length(text, field.max_length):
        return too_long
    match field.type:
        case "phone":
            return None if _PHONE.fullmatch(re.sub(r"[\s()-]", "", text)) else Fault.NOT_A_PHONE_NUMBER
        case "email":
            return None if _EMAIL.fullmatch(text) else Fault.NOT_AN_EMAIL_ADDRESS
        case "date":
            return None if as_date(text) else Fault.NOT_A_DATE
        case _:
            return None
