"""The form of a step, made from its definition: the inputs of each kind of field, filled with the draft's answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, Field, RadioField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.form import BaseForm

from citizen_portal.applications.answers import (
    NOBODY,
    SELF,
    Answers,
    Offered,
    Problem,
    Shown,
    as_posted,
    removed_name,
    shown_among,
    shown_fields,
)
from citizen_portal.applications.answers.groups import heading_of, least_of, rows_of
from citizen_portal.applications.definitions import (
    AddressField,
    CheckboxField,
    ChoiceField,
    Condition,
    Definition,
    FileField,
    FormField,
    GroupField,
    NumberField,
    PersonField,
    Step,
    WrittenField,
)
from citizen_portal.applications.files.models import ApplicationFile, for_field
from citizen_portal.applications.prefill import Prefilled
from citizen_portal.applications.problem_words import ADDRESS_PARTS, MYSELF, words_of

_WIDGETS: Final = {
    "text": StringField,
    "textarea": TextAreaField,
    "phone": TelField,
    "email": EmailField,
    "date": StringField,
}
_NOTHING_KNOWN: Final[Mapping[str, Prefilled]] = {}


@dataclass(frozen=True, slots=True)
class Question:
    """A field of the definition and what the page shows of it. `name` is that of its inputs."""

    field: FormField
    name: str
    form: "StepForm"

    @property
    def input(self) -> Field:
        """Its only input."""
        return self.form[self.name]

    @property
    def label(self) -> str:
        """What is asked."""
        return self.field.label.in_language(self.form.language)

    @property
    def help(self) -> str:
        """The help text; empty when there is none."""
        return self.field.help.in_language(self.form.language) if self.field.help else ""

    @property
    def is_optional(self) -> bool:
        """Whether it can be left blank."""
        return self.field.required is None

    @property
    def parts(self) -> dict[str, Field]:
        """The inputs of an address, by part."""
        return {part: self.form[f"{self.name}-{part}"] for part in ADDRESS_PARTS}

    @property
    def unit(self) -> str:
        """What a number counts; empty when nothing is said."""
        if not isinstance(self.field, NumberField):
            return ""
        unit = self.field.unit.in_language(self.form.language) if self.field.unit else ""
        return "kr" if self.field.type == "money" else unit

    @property
    def origin(self) -> str | None:
        """The register that what stands in the field comes from."""
        known = self.form.known.get(self.name)
        return known.origin.value if known else None

    @property
    def correct_at(self) -> str | None:
        """Where that register is corrected."""
        known = self.form.known.get(self.name)
        return known.corrected_at if known else None

    @property
    def rows(self) -> "list[Row]":
        """The rows of a group."""
        group = self.field
        if not isinstance(group, GroupField):
            return []
        rows = rows_of(group, self.form.answers.get(self.name))
        return [Row(group, number, row, self.form) for number, row in enumerate(rows)]

    @property
    def has_room(self) -> bool:
        """Whether a row can be added to a group."""
        return isinstance(self.field, GroupField) and len(self.rows) < self.field.most

    @property
    def item(self) -> str:
        """What a row of a group is called within a sentence."""
        return _within(self.field.item.in_language(self.form.language)) if isinstance(self.field, GroupField) else ""

    @property
    def removed(self) -> str | None:
        """The heading of the row that was taken away last and can be taken back."""
        removed = self.form.answers.get(removed_name(self.name))
        if not isinstance(self.field, GroupField) or not isinstance(removed, Mapping):
            return None
        return heading_of(self.field, removed["row"], self.form.language)

    @property
    def files(self) -> list[ApplicationFile]:
        """What is there of the papers that are asked for."""
        return [file for file in self.form.files if file.purpose == for_field(self.name)]

    @property
    def errors(self) -> Sequence[str]:
        """What is wrong with a group as a whole, or with files."""
        return self.form.errors_of_groups.get(self.name, ())

    def helps(self, language: str) -> dict[str, str]:
        """The help text of each choice that has one."""
        choices = self.field.choices if isinstance(self.field, ChoiceField) else ()
        return {choice.value: choice.help.in_language(language) for choice in choices if choice.help}


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions that stand together: always asked, or under one condition, whose answer in words is `when`.

    `depends_on` is the name of the inputs that the condition looks at.
    """

    questions: tuple[Question, ...]
    condition: Condition | None
    when: str | None
    depends_on: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a group, counted from 0."""

    group: GroupField
    number: int
    answers: Answers
    form: "StepForm"

    @property
    def heading(self) -> str:
        """«Barn 2»."""
        return heading_of(self.group, self.number, self.form.language)

    @property
    def spoken(self) -> str:
        """«barn 2», within a sentence."""
        return _within(self.heading)

    @property
    def name(self) -> str:
        """The id of the row, and what its inputs' names begin with."""
        return f"{self.group.name}-{self.number}"

    @property
    def can_go(self) -> bool:
        """Whether the row can be taken away."""
        return len(rows_of(self.group, self.form.answers.get(self.group.name))) > least_of(self.group)

    @property
    def question_groups(self) -> Iterator[QuestionGroup]:
        """The row's own questions."""
        return self.form.grouped(shown_among(self.group.fields, self.answers), f"{self.name}-")


class StepForm(BaseForm):
    """The fields of one step, filled with the draft's answers. What is wrong with them the domain says (`show`)."""

    def __init__(
        self,
        definition: Definition,
        number: int,
        answers: Answers,
        language: str,
        *,
        offered: Offered = NOBODY,
        known: Mapping[str, Prefilled] = _NOTHING_KNOWN,
        files: Sequence[ApplicationFile] = (),
        is_preview: bool = False,
    ) -> None:
        """Make the form of the step, counted from 1. Raises NotFound for one that is not there.

        `known` stands in fields that nothing was saved of. A preview shows every field, whatever was answered.
        """
        self.definition, self.number, self.language = definition, number, language
        self.known, self.offered, self.files = known, offered, files
        self.answers = {**{name: one.answer for name, one in known.items()}, **answers}
        self.step: Step = definition.step(number)
        self.shown: list[Shown[FormField]] = (
            [Shown(field, field.show_if) for field in self.step.fields if type(field) in _INPUTS]
            if is_preview
            else shown_fields(definition, number, answers)
        )
        self.errors_of_groups: dict[str, list[str]] = {}
        fields = [shown.field for shown in self.shown]
        super().__init__({name: made for field in fields for name, made in self._inputs(field, field.name)})
        self.process(MultiDict(as_posted(fields, self.answers)))

    @property
    def unanswerable(self) -> set[str]:
        """The names of the questions that must be answered with a person where there is nobody to choose."""
        asked = [one.field for one in self.shown if one.condition is None and isinstance(one.field, PersonField)]
        return {field.name for field in asked if field.required and not self.offered.choices(field)}

    def show(self, problems: Iterable[Problem]) -> None:
        """Show what must be corrected, at each input; not where the page says already that it cannot be."""
        for problem in problems:
            if problem.name in self.unanswerable:
                continue
            said = [words_of(problem, self.language)]
            if problem.name in self:
                self[problem.name].errors = said
            else:
                self.errors_of_groups[problem.name] = said

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong, by the name of the input or of the group."""
        return {**super().errors, **self.errors_of_groups}

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(field id, message) of each error, in the order of the fields; of groups as a whole after them."""
        of_inputs = [(field.id, str(error)) for field in self for error in field.errors]
        return of_inputs + [(name, error) for name, errors in self.errors_of_groups.items() for error in errors]

    def refuse(self, refusals: Mapping[str, Sequence[str]]) -> None:
        """Show why files were not taken, at their field."""
        for name, said in refusals.items():
            self.errors_of_groups[name] = [*said, *self.errors_of_groups.get(name, ())] if said else []

    @property
    def file_fields(self) -> list[str]:
        """The names of the fields that take files."""
        return [shown.field.name for shown in self.shown if isinstance(shown.field, FileField)]

    @property
    def has_rows(self) -> bool:
        """Whether the page has buttons besides those at its end."""
        return any(isinstance(shown.field, GroupField | FileField) for shown in self.shown)

    @property
    def groups(self) -> Iterator[QuestionGroup]:
        """The questions in order, those under the same condition together."""
        return self.grouped(self.shown, "")

    def grouped(self, shown: Iterable[Shown[Any]], prefix: str) -> Iterator[QuestionGroup]:
        """The same of some of the fields, whose inputs' names begin with `prefix`."""
        for condition, together in groupby(shown, key=lambda one: one.condition):
            fields = [one.field for one in together]
            questions = tuple(Question(field, f"{prefix}{field.name}", self) for field in fields)
            when = condition and self._choices_in_words(condition)
            yield QuestionGroup(questions, condition, when, condition and f"{prefix}{condition.field}")

    def _inputs(self, field: FormField, name: str) -> Iterator[tuple[str, Any]]:
        return _INPUTS[type(field)](self, field, name)

    def inputs_of_group(self, field: GroupField, name: str) -> Iterator[tuple[str, Any]]:
        """The inputs of each row."""
        for number, _row in enumerate(rows_of(field, self.answers.get(name))):
            for inner in field.fields:
                yield from self._inputs(inner, f"{name}-{number}-{inner.name}")

    def _choices_in_words(self, condition: Condition) -> str:
        """The answers under which something is asked. The choice stands in the form or in a row of it."""
        inner = (one for field in self.definition.fields if isinstance(field, GroupField) for one in field.fields)
        choices = [
            choice
            for field in (*self.definition.fields, *inner)
            if field.name == condition.field and isinstance(field, ChoiceField)
            for choice in field.choices
            if choice.value in condition.values
        ]
        return " / ".join(dict.fromkeys(choice.label.in_language(self.language) for choice in choices))


def _within(words: str) -> str:
    """Words that begin a line as they stand within a sentence; an abbreviation stays."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _shown(field: FormField, language: str) -> dict[str, Any]:
    return {
        "label": field.label.in_language(language),
        "description": field.help.in_language(language) if field.help else "",
    }


def _written(form: StepForm, field: WrittenField, name: str) -> Iterator[tuple[str, Any]]:
    attributes: dict[str, Any] = {"render_kw": {"rows": 6}} if field.type == "textarea" else {}
    yield name, _WIDGETS[field.type](**attributes, **_shown(field, form.language))


def _number(form: StepForm, field: NumberField, name: str) -> Iterator[tuple[str, Any]]:
    yield name, StringField(**_shown(field, form.language))


def _choice(form: StepForm, field: ChoiceField, name: str) -> Iterator[tuple[str, Any]]:
    choices = [SelectChoice(one.value, one.label.in_language(form.language)) for one in field.choices]
    yield name, RadioField(choices=choices, **_shown(field, form.language))


def _tick(form: StepForm, field: CheckboxField, name: str) -> Iterator[tuple[str, Any]]:
    yield name, BooleanField(**_shown(field, form.language))


def _person(form: StepForm, field: PersonField, name: str) -> Iterator[tuple[str, Any]]:
    offered = form.offered.choices(field)
    is_own = not form.offered.is_by_other
    choices = [
        SelectChoice(who, MYSELF.in_language(form.language).format(name=known) if who == SELF and is_own else known)
        for who, known in offered.items()
    ]
    yield name, RadioField(choices=choices, **_shown(field, form.language))


def _address(form: StepForm, _field: AddressField, name: str) -> Iterator[tuple[str, Any]]:
    for part, label in ADDRESS_PARTS.items():
        yield f"{name}-{part}", StringField(label=label.in_language(form.language))


def _file(_form: StepForm, _field: FileField, _name: str) -> Iterator[tuple[str, Any]]:
    yield from ()  # it is no part of what the page posts, see `applications.files`


_INPUTS: Final[Mapping[type, Callable[[StepForm, Any, str], Iterator[tuple[str, Any]]]]] = {
    WrittenField: _written,
    NumberField: _number,
    ChoiceField: _choice,
    CheckboxField: _tick,
    AddressField: _address,
    PersonField: _person,
    FileField: _file,
    GroupField: StepForm.inputs_of_group,
}
