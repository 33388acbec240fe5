"""Norwegian addresses: street, postal code and place, each in its own input."""

import re
from collections.abc import Iterator
from typing import Final

from citizen_portal.applications.answers.terms import (
    Answer,
    Fault,
    Line,
    Mistake,
    Posted,
    fault_of_length,
    kept_text,
    part_of,
    text_of,
)
from citizen_portal.applications.definitions import AddressField

PARTS: Final = ("street", "postal_code", "city")
MOST_IN_A_PART: Final = 200
_POSTAL_CODE: Final = re.compile(r"[0-9]{4}")
_ABSENT: Final = {"street": Fault.NO_STREET, "postal_code": Fault.NOT_A_POSTAL_CODE, "city": Fault.NO_PLACE}


class Address:
    """An address is answered with all of its parts, or with none."""

    def kept(self, _field: AddressField, name: str, posted: Posted) -> Answer:
        """Each part as it was typed."""
        return {part: kept_text(posted.get(f"{name}-{part}")) for part in PARTS}

    def as_posted(self, _field: AddressField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """Each part as it was typed."""
        for part in PARTS:
            typed = part_of(answer, part)
            yield f"{name}-{part}", typed if isinstance(typed, str) else ""

    def mistakes(self, field: AddressField, name: str, answer: Answer) -> Iterator[Mistake]:
        """Blank, a part that lacks, or a postal code of other than four digits."""
        parts = _parts(answer)
        if not any(parts.values()):
            if field.required:
                yield Mistake(field, f"{name}-street", Fault.MISSING)
            return
        for part, text in parts.items():
            if fault := _fault_of(part, text):
                yield Mistake(field, f"{name}-{part}", fault, MOST_IN_A_PART)

    def lines(self, field: AddressField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """As on an envelope."""
        parts = _parts(answer)
        place = f"{parts['postal_code']} {parts['city']}".strip()
        words = "\n".join(line for line in (parts["street"], place) if line)
        yield Line(f"{name}-street", field.label.in_language(language), words)


def _parts(answer: Answer) -> dict[str, str]:
    return {part: text_of(part_of(answer, part)) for part in PARTS}


def _fault_of(part: str, text: str) -> Fault | None:
    if not text:
        return _ABSENT[part]
    if too_long := fault_of_length(text, MOST_IN_A_PART):
        return too_long
    is_code = part != "postal_code" or _POSTAL_CODE.fullmatch("".join(text.split()))
    return None if is_code else Fault.NOT_A_POSTAL_CODE
