"""The form of a step, made from its definition."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, Field, RadioField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.form import BaseForm

from citizen_portal.applications.answers import Answers, Fault, Problem
from citizen_portal.applications.definitions import (
    CheckboxField,
    ChoiceField,
    Condition,
    Definition,
    FormField,
    Step,
    WrittenField,
)

_WIDGETS: Final = {
    "text": StringField,
    "textarea": TextAreaField,
    "phone": TelField,
    "email": EmailField,
    "date": StringField,
}
_WORDS: Final = {
    Fault.MISSING: _l("Answer this."),
    Fault.NOT_A_CHOICE: _l("Choose one of the answers."),
    Fault.NOT_A_PHONE_NUMBER: _l("Write the phone number with 8 digits, for example 900 00 000."),
    Fault.NOT_AN_EMAIL_ADDRESS: _l("Write the email address as in this example: name@example.no."),
    Fault.NOT_A_DATE: _l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A field of the definition and what the page shows of it."""

    field: FormField
    input: Field

    @property
    def is_optional(self) -> bool:
        """Whether it can be left blank."""
        return self.field.required is None

    def helps(self, language: str) -> dict[str, str]:
        """The help text of each choice that has one."""
        choices = self.field.choices if isinstance(self.field, ChoiceField) else ()
        return {choice.value: choice.help.in_language(language) for choice in choices if choice.help}


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions that stand together: always asked, or under one condition, whose answer in words is `when`."""

    questions: tuple[Question, ...]
    when: str | None

    @property
    def condition(self) -> Any:
        """The condition that they share, if any."""
        return self.questions[0].field.show_if


class StepForm(BaseForm):
    """The fields of one step, filled with the draft's answers. What is wrong with them the domain says (`show`)."""

    def __init__(self, definition: Definition, number: int, answers: Answers, language: str) -> None:
        """Make the form of the step, counted from 1. Raises NotFound for one that is not there."""
        self.definition, self.number, self.language = definition, number, language
        self.step: Step = definition.step(number)
        super().__init__({field.name: _unbound(field, language) for field in self.step.fields})
        self.process(data=dict(answers))

    def show(self, problems: Iterable[Problem]) -> None:
        """Show what must be corrected, at each field."""
        for problem in problems:
            self[problem.field.name].errors = [_words(problem, self.language)]

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(field id, message) of each error, in the order of the fields."""
        return [(field.id, str(error)) for field in self for error in field.errors]

    @property
    def groups(self) -> Iterator[QuestionGroup]:
        """The questions in order, those under the same condition together."""
        questions = [Question(field, self[field.name]) for field in self.step.fields]
        for condition, group in groupby(questions, key=lambda question: question.field.show_if):
            when = condition and _choices_in_words(self.definition, condition, self.language)
            yield QuestionGroup(tuple(group), when)


def _unbound(field: FormField, language: str) -> Any:
    shown: dict[str, Any] = {
        "label": field.label.in_language(language),
        "description": field.help.in_language(language) if field.help else "",
    }
    match field:
        case ChoiceField(choices=choices):
            return RadioField(choices=[SelectChoice(c.value, c.label.in_language(language)) for c in choices], **shown)
        case CheckboxField():
            return BooleanField(**shown)
        case WrittenField(type="textarea"):
            return TextAreaField(render_kw={"rows": 6}, **shown)
        case WrittenField(type=kind):
            return _WIDGETS[kind](**shown)


def _choices_in_words(definition: Definition, condition: Condition, language: str) -> str:
    choices = [f.choices for f in definition.fields if f.name == condition.field and isinstance(f, ChoiceField)][0]
    return " / ".join(choice.label.in_language(language) for choice in choices if choice.value in condition.values)


def _words(problem: Problem, language: str) -> str:
    field = problem.field
    if problem.fault is Fault.TOO_LONG and isinstance(field, WrittenField):
        return str(_l("This is too long. Shorten it to %(number)s characters.", number=field.max_length))
    if problem.fault in (Fault.MISSING, Fault.NOT_A_DATE, Fault.NOT_A_CHOICE) and field.required:
        return field.required.in_language(language)
    return str(_WORDS[problem.fault])
