"""What the page says of each thing that must be corrected: what to do, and never blame."""

from typing import Final

from flask_babel import lazy_gettext as _l

from citizen_portal.applications.answers import MOST_CHARACTERS, Fault, Problem
from citizen_portal.applications.answers.amounts import spaced
from citizen_portal.applications.definitions import Text

ADDRESS_PARTS: Final = {
    "street": Text(nb="Gate eller vei og nummer", nn="Gate eller veg og nummer", en="Street and number"),
    "postal_code": Text(nb="Postnummer", nn="Postnummer", en="Postal code"),
    "city": Text(nb="Poststed", nn="Poststad", en="Place"),
}
"""The parts of an address and what the page calls them."""
MYSELF: Final = Text(nb="Meg selv ({name})", nn="Meg sjølv ({name})", en="Myself ({name})")

_WORDS: Final = {
    Fault.MISSING: _l("Answer this."),
    Fault.NOT_A_CHOICE: _l("Choose one of the answers."),
    Fault.NOT_A_PHONE_NUMBER: _l("Write the phone number with 8 digits, for example 900 00 000."),
    Fault.NOT_AN_EMAIL_ADDRESS: _l("Write the email address as in this example: name@example.no."),
    Fault.NOT_A_DATE: _l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026"),
    Fault.NOT_A_NUMBER: _l("Write the number with digits, for example 12."),
    Fault.NOT_AN_AMOUNT: _l("Write the amount in kroner with digits, for example 12 500."),
    Fault.NOT_A_WHOLE_NUMBER: _l("Write a whole number, without decimals."),
    Fault.NO_STREET: _l("Write the street and the number."),
    Fault.NOT_A_POSTAL_CODE: _l("Write the postal code with four digits, for example 2630."),
    Fault.NO_PLACE: _l("Write the name of the place, for example Ringebu."),
    Fault.NOT_A_PERSON: _l("You cannot choose this person now. Choose one of those in the list."),
}
_OWN_WORDS: Final = frozenset({Fault.MISSING, Fault.NOT_A_DATE, Fault.NOT_A_CHOICE, Fault.TOO_FEW})
"""Faults that the definition's own words (`required`) tell how to mend."""
SHORT: Final = 10_000
"""Numbers below this are read without spaces."""


def words_of(problem: Problem, language: str) -> str:
    """The words, in the language of the page."""
    if problem.fault in _OWN_WORDS and problem.field.required:
        return problem.field.required.in_language(language)
    if problem.fault in _WORDS:
        return str(_WORDS[problem.fault])
    limit = problem.limit if problem.limit < SHORT else spaced(problem.limit, language)
    return str(_with_limit(problem.fault, str(limit)))


def _with_limit(fault: Fault, number: str) -> object:
    match fault:
        case Fault.CUT:
            kept = f"{MOST_CHARACTERS // 1000}\u202f000"
            return _l(
                "We kept only the first %(kept)s characters. Shorten it to %(number)s characters.",
                kept=kept,
                number=number,
            )
        case Fault.TOO_MANY_DECIMALS:
            return _l("Write at most %(number)s decimals.", number=number)
        case Fault.TOO_LOW:
            return _l("Write a number that is at least %(number)s.", number=number)
        case Fault.TOO_HIGH:
            return _l("Write a number that is at most %(number)s.", number=number)
        case Fault.TOO_FEW:
            return _l("Fill in at least %(number)s.", number=number)
        case Fault.TOO_MANY:
            return _l("There can be at most %(number)s. Remove those that are too many.", number=number)
        case _:
            return _l("This is too long. Shorten it to %(number)s characters.", number=number)
