"""The answers to a whole form: kept, checked against the definition, and put into words."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from citizen_portal.applications.answers.conditions import asked_fields, asked_names, shown_fields
from citizen_portal.applications.answers.files import Files
from citizen_portal.applications.answers.groups import Group
from citizen_portal.applications.answers.people import Person
from citizen_portal.applications.answers.simple import SIMPLE_KINDS
from citizen_portal.applications.answers.terms import Answer, Answers, Kind, Line, Posted, PostedKind, Problem
from citizen_portal.applications.definitions import Definition, FileField, FormField, GroupField, PersonField, Step

_POSTED_KINDS: Final[Mapping[type, PostedKind[Any]]] = {**SIMPLE_KINDS, PersonField: Person(), GroupField: Group()}
_KINDS: Final[Mapping[type, Kind[Any]]] = {**_POSTED_KINDS, FileField: Files()}


def clean(definition: Definition, number: int, answers: Answers, posted: Posted) -> dict[str, Answer]:
    """What to keep of the posted values of a step: of the fields that its page shows, given the answers before it.

    Files are not posted with it: what is there of them stays.
    """
    return {
        shown.field.name: kind.kept(shown.field, shown.field.name, posted)
        for shown in shown_fields(definition, number, answers)
        if (kind := _POSTED_KINDS.get(type(shown.field)))
    }


def as_posted(fields: Iterable[FormField], answers: Answers) -> list[tuple[str, str]]:
    """What a browser posts of a page that shows the answers to the fields: names and values of its inputs."""
    return [pair for field in fields for pair in _kind(field).as_posted(field, field.name, answers.get(field.name))]


def problems_of(definition: Definition, answers: Answers) -> list[Problem]:
    """Everything that must be corrected before the application can be sent, in the order of the form."""
    return [
        problem
        for number in range(1, len(definition.steps) + 1)
        for problem in problems_of_step(definition, number, answers)
    ]


def problems_of_step(definition: Definition, number: int, answers: Answers) -> list[Problem]:
    """What must be corrected in one step, counted from 1. Raises NotFound for a step that is not there."""
    return [
        Problem(mistake.field, mistake.name, mistake.fault, mistake.limit, step=number)
        for field in asked_fields(definition, number, answers)
        for mistake in _kind(field).mistakes(field, field.name, answers.get(field.name))
    ]


def in_words(definition: Definition, step: Step, answers: Answers, language: str) -> list[Line]:
    """The step's asked questions with their answers, in the language; none for a step that is passed over."""
    number = 1 + next(position for position, other in enumerate(definition.steps) if other.id == step.id)
    return [
        line
        for field in asked_fields(definition, number, answers)
        for line in _kind(field).lines(field, field.name, answers.get(field.name), language)
    ]


def under_headings(lines: Iterable[Line]) -> list[tuple[str | None, list[Line]]]:
    """The lines in their order, those of each row of a group together under its heading."""
    return [(heading, list(together)) for heading, together in groupby(lines, key=lambda line: line.heading)]


def answered(definition: Definition, answers: Answers, names: Iterable[str]) -> dict[str, str]:
    """The answers of the named fields that are asked and not blank, in the words of the first language."""
    wanted, asked = set(names), asked_names(definition, answers)
    given = {
        field.name: " ".join(
            line.answer for line in _kind(field).lines(field, field.name, answers.get(field.name), "nb")
        )
        for field in definition.fields
        if field.name in wanted & asked
    }
    return {name: text for name, text in given.items() if text}


def _kind(field: FormField) -> Kind[Any]:
    return _KINDS[type(field)]
