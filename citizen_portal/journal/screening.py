"""What the public may read of a title. Everything that leaves for the public journal passes here."""

import re
from collections.abc import Iterable
from typing import Final

from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.national_id import NationalId

MASK: Final = "*****"

# Eleven digits as people write them: together, 6 + 5, and 4.2.5 (which is how account numbers are written, too).
_CANDIDATE = re.compile(r"(?<!\d)(?:\d{6}[ \u00a0-]?\d{5}|\d{4}[. ]\d{2}[. ]\d{5})(?!\d)")


def screen_title(title: str, words: Iterable[str]) -> str:
    """The title with each of the words masked, whatever their case, and with any national id masked.

    Words are whole words or phrases, for example every part of a person's name. Empty words are ignored.
    """
    phrases = sorted({word.strip() for word in words if word.strip()}, key=len, reverse=True)
    if phrases:
        pattern = "|".join(re.escape(phrase) for phrase in phrases)
        title = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", MASK, title, flags=re.IGNORECASE)
    return mask_national_ids(title)


def mask_national_ids(text: str) -> str:
    """The text with every valid national id masked."""
    return _CANDIDATE.sub(lambda found: MASK if _is_national_id(found[0]) else found[0], text)


def contains_national_id(text: str) -> bool:
    """Whether a valid national id stands in the text."""
    return any(_is_national_id(found[0]) for found in _CANDIDATE.finditer(text))


def _is_national_id(candidate: str) -> bool:
    try:
        NationalId.parse(re.sub(r"\D", "", candidate))
    except InvalidNationalId:
        return False
    return True
