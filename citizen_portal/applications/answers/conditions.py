"""Which questions are asked. A condition asks about a choice that stands before it, so one pass through the form tells.

What a page shows and what is demanded are decided here, from the same conditions.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from citizen_portal.applications.answers.terms import Answers
from citizen_portal.applications.definitions import Condition, Definition, FormField

F = TypeVar("F", bound=FormField)


@dataclass(frozen=True, slots=True)
class Shown(Generic[F]):
    """A field on a page. With a condition it comes and goes with a choice on the same page."""

    field: F
    condition: Condition | None


def holds(condition: Condition | None, answers: Answers, asked: AbstractSet[str]) -> bool:
    """Whether the condition holds: what it asks about is asked itself, and has one of its answers."""
    return condition is None or (condition.field in asked and answers.get(condition.field) in condition.values)


def asked_among(fields: Iterable[F], answers: Answers, asked: AbstractSet[str] = frozenset()) -> list[F]:
    """Those of the fields that are asked; `asked` are the names of those before them."""
    names, found = set(asked), []
    for field in fields:
        if holds(field.show_if, answers, names):
            names.add(field.name)
            found.append(field)
    return found


def asked_names(definition: Definition, answers: Answers, before: int | None = None) -> frozenset[str]:
    """The names of all fields that are asked; with `before` only of those in the steps before that one."""
    names: frozenset[str] = frozenset()
    for step in definition.steps[: None if before is None else before - 1]:
        if holds(step.show_if, answers, names):
            names |= {field.name for field in asked_among(step.fields, answers, names)}
    return names


def is_asked(definition: Definition, field: FormField, answers: Answers) -> bool:
    """Whether the field is asked at all: its condition holds and its step's, and what they ask about is asked, too."""
    return field.name in asked_names(definition, answers)


def asked_fields(definition: Definition, number: int, answers: Answers) -> list[FormField]:
    """What is asked in the step, counted from 1. Raises NotFound for a step that is not there."""
    step, before = definition.step(number), asked_names(definition, answers, number)
    return asked_among(step.fields, answers, before) if holds(step.show_if, answers, before) else []


def asked_steps(definition: Definition, answers: Answers) -> list[int]:
    """The numbers of the steps in which something is asked: the others are passed over."""
    names = asked_names(definition, answers)
    return [
        number
        for number, step in enumerate(definition.steps, start=1)
        if any(field.name in names for field in step.fields)
    ]


def shown_fields(definition: Definition, number: int, answers: Answers) -> list[Shown[FormField]]:
    """What the step's page shows: what is asked, and what a choice on the page itself makes asked.

    Whether something is asked because of an earlier step is settled when the page is made.
    """
    step, before = definition.step(number), asked_names(definition, answers, number)
    return shown_among(step.fields, answers, before) if holds(step.show_if, answers, before) else []


def shown_among(fields: Sequence[F], answers: Answers, before: AbstractSet[str] = frozenset()) -> list[Shown[F]]:
    """Those of the fields that a page can show; `before` are the names of those asked on earlier pages."""
    shown: list[Shown[F]] = []
    on_page: set[str] = set()
    for field in fields:
        condition = field.show_if
        follows = condition is not None and condition.field in on_page
        if follows or holds(condition, answers, before):
            on_page.add(field.name)
            shown.append(Shown(field, condition if follows else None))
    return shown
