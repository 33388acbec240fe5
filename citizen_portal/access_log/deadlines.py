"""How long the municipality may take to answer about a reading: dated data, as law changes."""

from calendar import monthrange
from datetime import date
from typing import Final

_MONTHS: Final = ((date(2018, 7, 20), 1),)
"""First day -> months. GDPR article 12(3), Norwegian law from 20 July 2018: within one month of the request."""


def answer_by(asked: date) -> date:
    """The last day for an answer to what was asked on a day."""
    months = next(months for valid_from, months in reversed(_MONTHS) if valid_from <= asked)
    year, month = divmod(asked.year * 12 + asked.month - 1 + months, 12)
    return date(year, month + 1, min(asked.day, monthrange(year, month + 1)[1]))
