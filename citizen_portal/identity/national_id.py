"""Norwegian national identity numbers: fødselsnummer, D-number, help number and synthetic test numbers.

Eleven digits: DDMMYY, three individual digits, two check digits. The check digits catch typing errors and nothing more:
one in thirty random numbers passes. Who a person is comes from the login or the population register, never from here.

From 2032-01-01 Skatteetaten allocates numbers under a wider rule for the first check digit, and the individual digits
stop telling century and sex; nobody changes number. So both rules hold side by side and no birth date is derived.
Source: Skatteetaten, "Nytt fødselsnummer fra 2032"; folkeregisterloven § 2-2 and folkeregisterforskriften § 2-2-3.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from citizen_portal.identity.errors import InvalidNationalId

_FORMAT = re.compile(r"[0-9]{11}")
_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_D_NUMBER_DAY = 40
_HELP_NUMBER_MONTH = 40
_TENOR_MONTH = 80


class NationalIdKind(StrEnum):
    """What the number says of how it was given."""

    BIRTH_NUMBER = "birth_number"
    D_NUMBER = "d_number"
    HELP_NUMBER = "help_number"


@dataclass(frozen=True, slots=True, repr=False)
class NationalId:
    """A well-formed national identity number. It prints masked, so that it cannot slip into a log or an error page."""

    value: str
    kind: NationalIdKind
    is_synthetic: bool

    @classmethod
    def parse(cls, text: str) -> "NationalId":
        """The number in `text`, eleven digits; a space between date and the rest is allowed, as people write it.

        Raises:
            InvalidNationalId: wrong length, impossible date or wrong check digits.
        """
        value = text.strip().replace(" ", "")
        if not _FORMAT.fullmatch(value):
            raise InvalidNationalId
        kind, is_synthetic = _classify(value)
        if not passes_checksum(value):
            raise InvalidNationalId
        return cls(value, kind, is_synthetic)

    def __repr__(self) -> str:
        return f"<NationalId {self.kind.value}{' synthetic' if self.is_synthetic else ''}>"

    __str__ = __repr__


def passes_checksum(value: str) -> bool:
    """Whether the check digits of eleven digits fit the rule of 2032, which includes today's."""
    digits = [int(character) for character in value]
    return digits[9] in allowed_first_check_digits(digits[:9]) and digits[10] == second_check_digit(digits[:10])


def allowed_first_check_digits(digits: list[int]) -> frozenset[int]:
    """The first check digits that the rule of 2032 allows for nine digits: up to four."""
    remainder = _weighted_sum(digits, _FIRST_WEIGHTS) % 11
    candidates = (start - remainder for start in (11, 12, 13, 14))
    return frozenset(_wrap(candidate) for candidate in candidates) - {10}


def first_check_digit(digits: list[int]) -> int | None:
    """The first check digit by the rule until 2032; None when the nine digits cannot be used."""
    digit = _wrap(11 - _weighted_sum(digits, _FIRST_WEIGHTS) % 11)
    return None if digit == 10 else digit


def second_check_digit(digits: list[int]) -> int | None:
    """The second check digit, by the rule that stays; None when the ten digits cannot be used."""
    digit = _wrap(11 - _weighted_sum(digits, _SECOND_WEIGHTS) % 11)
    return None if digit == 10 else digit


def _classify(value: str) -> tuple[NationalIdKind, bool]:
    day, month, year = int(value[:2]), int(value[2:4]), int(value[4:6])
    kind, is_synthetic = NationalIdKind.BIRTH_NUMBER, False
    if day > _D_NUMBER_DAY:
        day, kind = day - _D_NUMBER_DAY, NationalIdKind.D_NUMBER
    if month > _TENOR_MONTH:
        month, is_synthetic = month - _TENOR_MONTH, True
    elif month > _HELP_NUMBER_MONTH:
        month, kind = month - _HELP_NUMBER_MONTH, NationalIdKind.HELP_NUMBER
    if not _is_date(day, month, year):
        raise InvalidNationalId
    return kind, is_synthetic


def _is_date(day: int, month: int, year: int) -> bool:
    """Whether the date exists in some century: 2000 was a leap year, so year 00 may have 29 February."""
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        return False
    return (day, month) != (29, 2) or year % 4 == 0


def _weighted_sum(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def _wrap(digit: int) -> int:
    return digit - 11 if digit > 10 else digit
