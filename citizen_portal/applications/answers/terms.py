"""What answers, faults in them and answers in words are, whatever kind of field they belong to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from citizen_portal.applications.definitions import FormField
from citizen_portal.db import storable

Answer = Any
"""Text as it was typed; for a tick True or False; for an address its parts; for a person whom; for a group its rows."""
Answers = Mapping[str, Answer]
"""Field name -> answer, as the draft keeps them."""
Posted = Mapping[str, object]
"""Name of an input -> what was posted. Inputs within a field are «home-street» or «children-0-name»."""

F = TypeVar("F", contravariant=True)

MOST_CHARACTERS: Final = 200_000
"""More than this of one answer is not even kept in the draft."""

_NO_CHARACTERS: Final = "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
_CONTROLS: Final = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NO_CHARACTERS}]")


class Fault(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CUT = "cut"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_PHONE_NUMBER = "not_a_phone_number"
    NOT_AN_EMAIL_ADDRESS = "not_an_email_address"
    NOT_A_DATE = "not_a_date"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_AMOUNT = "not_an_amount"
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    NO_STREET = "no_street"
    NOT_A_POSTAL_CODE = "not_a_postal_code"
    NO_PLACE = "no_place"
    NOT_A_PERSON = "not_a_person"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong with what is in an input of a field. `limit` is the number that the words name."""

    field: FormField
    name: str
    """The input's name and id, «children-0-name»."""
    fault: Fault
    limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Mistake):
    """One thing to correct. `step` counts from 1."""

    step: int


@dataclass(frozen=True, slots=True)
class Line:
    """One question and its answer in words; `answer` is empty when the question was not answered."""

    name: str
    """The id of the question's first input."""
    question: str
    answer: str
    heading: str | None = None
    """The row of a group that it belongs to, «Barn 2»."""


class Kind(Protocol[F]):
    """What one kind of field does with its answer. `name` is that of its inputs, «home» or «children-0-home»."""

    def as_posted(self, field: F, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """What a browser posts of a page that shows the answer: `kept` of it, if there is one, is the answer again."""
        ...

    def mistakes(self, field: F, name: str, answer: Answer) -> Iterator[Mistake]:
        """What must be corrected before it can be sent."""
        ...

    def lines(self, field: F, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """The question with its answer in words, in the language."""
        ...


class PostedKind(Kind[F], Protocol[F]):
    """One kind of field whose answer comes with the form."""

    def kept(self, field: F, name: str, posted: Posted) -> Answer:
        """What the draft keeps of what was posted: as typed, right or wrong."""
        ...


def kept_text(value: object) -> str:
    """A posted text as it is kept: without what nobody types: control characters (JSONB cannot hold NUL) and
    codes that are no characters (HTML cannot hold them). Lines end with newlines."""
    text = value if isinstance(value, str) else ""
    return _CONTROLS.sub("", storable(text))[:MOST_CHARACTERS]


def text_of(answer: Answer) -> str:
    """A typed answer without the space around it; empty for none."""
    return answer.strip() if isinstance(answer, str) else ""


def part_of(answer: Answer, name: str) -> Answer:
    """A part of an answer that has parts; None where it has not."""
    return answer.get(name) if isinstance(answer, Mapping) else None


def fault_of_length(text: str, most: int) -> Fault | None:
    """Too long, or so long that not even all of it was kept."""
    if len(text) >= MOST_CHARACTERS:
        return Fault.CUT
    return Fault.TOO_LONG if len(text) > most else None
