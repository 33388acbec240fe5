"""Answers to a form: cleaned, checked against the definition, and put into words.

A draft keeps what was typed as it was typed, right or wrong. Answers to questions that are not asked any more, because
an earlier answer changed, stay in the draft and count for nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from citizen_portal.applications.definitions import (
    CheckboxField,
    ChoiceField,
    Condition,
    Definition,
    FormField,
    Step,
    Text,
    WrittenField,
)

Answer = str | bool
Answers = Mapping[str, Answer]
"""Field name -> what was typed, the chosen value, or whether the box is ticked."""

TICKED: Final = Text(nb="Ja", nn="Ja", en="Yes")
MOST_CHARACTERS: Final = 200_000
"""More than this of one answer is not even kept in the draft."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PHONE = re.compile(r"(?:\+|00)?\d{8,15}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_DATE = re.compile(r"(\d{1,2})[.\s/-]\s*(\d{1,2})[.\s/-]\s*(\d{4})")


class Fault(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_PHONE_NUMBER = "not_a_phone_number"
    NOT_AN_EMAIL_ADDRESS = "not_an_email_address"
    NOT_A_DATE = "not_a_date"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. `step` counts from 1."""

    step: int
    field: FormField
    fault: Fault


@dataclass(frozen=True, slots=True)
class Line:
    """One question and its answer in words; `answer` is empty when the question was not answered."""

    name: str
    question: str
    answer: str


def clean(step: Step, raw: Mapping[str, object]) -> dict[str, Answer]:
    """What to keep of the posted values: the step's own fields, without control characters (JSONB cannot hold NUL)."""
    return {field.name: _cleaned(field, raw.get(field.name)) for field in step.fields}


def _cleaned(field: FormField, value: object) -> Answer:
    if isinstance(field, CheckboxField):
        return bool(value)
    text = _CONTROLS.sub("", str(value or "").replace("\r\n", "\n").replace("\r", "\n"))
    return text[:MOST_CHARACTERS]


def is_asked(definition: Definition, field: FormField, answers: Answers) -> bool:
    """Whether the field is asked at all: its condition holds and its step's, and what they ask about is asked, too."""
    step = next(step for step in definition.steps if field in step.fields)
    return holds(definition, step.show_if, answers) and holds(definition, field.show_if, answers)


def holds(definition: Definition, condition: Condition | None, answers: Answers) -> bool:
    """Whether the condition is met; without one it always is."""
    if condition is None:
        return True
    other = next(field for field in definition.fields if field.name == condition.field)
    return answers.get(other.name) in condition.values and is_asked(definition, other, answers)


def problems_of(definition: Definition, answers: Answers) -> list[Problem]:
    """Everything that must be corrected before the application can be sent, in the order of the form."""
    return [
        problem
        for number in range(1, len(definition.steps) + 1)
        for problem in problems_of_step(definition, number, answers)
    ]


def problems_of_step(definition: Definition, number: int, answers: Answers) -> list[Problem]:
    """What must be corrected in one step, counted from 1. Raises NotFound for a step that is not there."""
    asked = [field for field in definition.step(number).fields if is_asked(definition, field, answers)]
    faults = ((field, _fault(field, answers.get(field.name, ""))) for field in asked)
    return [Problem(number, field, fault) for field, fault in faults if fault is not None]


def _fault(field: FormField, answer: Answer) -> Fault | None:
    if isinstance(field, CheckboxField):
        return Fault.MISSING if field.required and answer is not True else None
    text = str(answer).strip()
    if not text:
        return Fault.MISSING if field.required else None
    if isinstance(field, ChoiceField):
        return None if text in {choice.value for choice in field.choices} else Fault.NOT_A_CHOICE
    return _fault_of_text(field, text) if isinstance(field, WrittenField) else None


def _fault_of_text(field: WrittenField, text: str) -> Fault | None:
    if len(text) > field.max_length:
        return Fault.TOO_LONG
    match field.type:
        case "phone":
            return None if _PHONE.fullmatch(re.sub(r"[\s()-]", "", text)) else Fault.NOT_A_PHONE_NUMBER
        case "email":
            return None if _EMAIL.fullmatch(text) else Fault.NOT_AN_EMAIL_ADDRESS
        case "date":
            return None if as_date(text) else Fault.NOT_A_DATE
        case _:
            return None


def as_date(text: str) -> date | None:
    """The date written as day, month and year with four digits; None when there is no such date."""
    found = _DATE.fullmatch(text.strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def in_words(definition: Definition, step: Step, answers: Answers, language: str) -> list[Line]:
    """The step's asked questions with their answers, in the language."""
    return [
        Line(field.name, field.label.in_language(language), _words(field, answers.get(field.name, ""), language))
        for field in step.fields
        if is_asked(definition, field, answers)
    ]


def _words(field: FormField, answer: Answer, language: str) -> str:
    if isinstance(field, CheckboxField):
        return TICKED.in_language(language) if answer is True else ""
    text = str(answer).strip()
    if isinstance(field, ChoiceField):
        return next((choice.label.in_language(language) for choice in field.choices if choice.value == text), text)
    return text


def answered(definition: Definition, answers: Answers, names: Iterable[str]) -> dict[str, str]:
    """The answers of the named text fields that are asked and not blank."""
    wanted = set(names)
    given = {
        field.name: str(answers.get(field.name, "")).strip()
        for field in definition.fields
        if field.name in wanted and is_asked(definition, field, answers)
    }
    return {name: text for name, text in given.items() if text}
