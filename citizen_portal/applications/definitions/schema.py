"""Service definitions: what a service is called, what its form asks, how long an answer takes and how it is archived.

They are data (`definitions/*.yaml`), one file per service and version, in Bokmål, Nynorsk and English. A draft keeps
the version that it was started with. Law and deadlines have the date from which they hold (design §4 rule 14).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Area
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.terms import AccessRestriction, ScreenedDocument, ScreenedMetadata

FOLDER: Final = Path(__file__).parent / "definitions"
RESERVED_NAMES: Final = frozenset({"action", "csrf_token", "main", "return_to"})
"""Names that the page around the form has taken."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class DefinitionError(Exception):
    """A definition that cannot be used. The message names the file, the line, the place in it and the reason."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    """A text in the languages of the citizen's side."""

    nb: Words
    nn: Words
    en: Words

    def in_language(self, language: str) -> str:
        """The text in nb, nn or en; in Bokmål for any other language."""
        return {"nn": self.nn, "en": self.en}.get(language, self.nb)


class Condition(_Part):
    """The field is asked only when another choice field, asked before it, has this answer."""

    field: Name
    equals: str


class Choice(_Part):
    """One of the answers to choose between."""

    value: Name
    label: Text
    help: Text | None = None


class _Field(_Part):
    name: Name
    label: Text
    help: Text | None = None
    required: Text | None = None
    """The error message when nothing is answered; without one the field is optional."""
    show_if: Condition | None = None


class WrittenField(_Field):
    """A field that is typed. `max_length` counts characters."""

    type: Literal["text", "textarea", "phone", "email", "date"]
    max_length: int = Field(default=200, ge=1, le=20_000)
    autocomplete: str | None = None


class ChoiceField(_Field):
    """One answer of several."""

    type: Literal["choice"]
    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]


class CheckboxField(_Field):
    """A statement to agree with."""

    type: Literal["checkbox"]


FormField = Annotated[WrittenField | ChoiceField | CheckboxField, Field(discriminator="type")]


class Step(_Part):
    """One page of the form. `why` says why we ask, folded."""

    id: Name
    title: Text
    why: Text | None = None
    fields: Annotated[tuple[FormField, ...], Field(min_length=1)]


class AboutSection(_Part):
    """A part of the service's description."""

    title: Text
    text: Text | None = None
    items: tuple[Text, ...] = ()


class AnswerTime(_Part):
    """How soon somebody looks at an application and how soon an answer comes, from a date on, and the law behind it."""

    valid_from: date
    first_look_days: int = Field(ge=1, le=60)
    """Calendar days until a caseworker has begun, as the unit promises."""
    weeks: int = Field(ge=1, le=52)
    authority: Words


class ScreeningRule(_Part):
    """How the application is kept from the public, see `journal.entries.Screening`."""

    restriction: AccessRestriction
    authority: Words
    metadata: Annotated[tuple[ScreenedMetadata, ...], Field(min_length=1)]
    document: ScreenedDocument | None = None


class JournalRule(_Part):
    """How the application becomes a case: in which unit, class and words.

    `{name}` in the titles stands for the person whom the case concerns; in the public title it is masked.
    """

    responsible_unit: Words
    classification_code: Words
    title: Words
    public_title: Words
    concerns: Name | None = None
    """The field that names whom the case concerns when that is not the applicant."""
    document_type: Words
    screening: ScreeningRule | None = None

    def as_screening(self) -> Screening | None:
        """The screening as the journal takes it."""
        rule = self.screening
        if rule is None:
            return None
        return Screening(rule.restriction, rule.authority, rule.metadata, rule.document)


class Definition(_Part):
    """One version of one service."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    version: int = Field(ge=1)
    valid_from: date
    area: Area
    """Whose representatives may apply: those whom the applicant lets act in this area."""
    title: Text
    """What the application is called: «Søknad om trygghetsalarm»."""
    service: Text
    """What is applied for: «Trygghetsalarm»."""
    lead: Text
    about: tuple[AboutSection, ...]
    answer_times: Annotated[tuple[AnswerTime, ...], Field(min_length=1)]
    journal: JournalRule
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def fields(self) -> Iterator[FormField]:
        """All fields in the order in which they are asked."""
        return (field for step in self.steps for field in step.fields)

    def step(self, number: int) -> Step:
        """The step, counted from 1. Raises NotFound."""
        if not 1 <= number <= len(self.steps):
            raise NotFound
        return self.steps[number - 1]

    def answer_time(self, on: date) -> AnswerTime:
        """The answer time that holds on the date; the first one for dates before it."""
        times = sorted(self.answer_times, key=lambda time: time.valid_from)
        return next((time for time in reversed(times) if time.valid_from <= on), times[0])

    def answer_by(self, received: date) -> date:
        """The last day of the answer time of an application that was received on the date."""
        return received + timedelta(weeks=self.answer_time(received).weeks)

    def first_look_by(self, received: date) -> date:
        """The day by which somebody has begun on an application that was received on the date."""
        return received + timedelta(days=self.answer_time(received).first_look_days)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        asked: dict[str, FormField] = {}
        for field in self.fields:
            if field.name in asked or field.name in RESERVED_NAMES:
                raise ValueError(f"the name {field.name} is taken")
            _check_condition(field, asked)
            asked[field.name] = field
        if self.journal.concerns and self.journal.concerns not in asked:
            raise ValueError(f"journal.concerns: there is no field {self.journal.concerns}")
        for pattern in (self.journal.title, self.journal.public_title):
            if "{" in pattern.replace("{name}", "") or "}" in pattern.replace("{name}", ""):
                raise ValueError(f"only {{name}} can stand in a title: {pattern}")
        return self


def _check_condition(field: FormField, asked: Mapping[str, FormField]) -> None:
    values = [choice.value for choice in field.choices] if isinstance(field, ChoiceField) else []
    if len(values) != len(set(values)):
        raise ValueError(f"{field.name}: two choices have the same value")
    if field.show_if is None:
        return
    other = asked.get(field.show_if.field)
    if not isinstance(other, ChoiceField):
        raise ValueError(f"{field.name}.show_if: {field.show_if.field} is no choice asked before it")
    if field.show_if.equals not in [choice.value for choice in other.choices]:
        raise ValueError(f"{field.name}.show_if: {field.show_if.field} cannot be {field.show_if.equals}")


def definition(definition_id: str, version: int) -> Definition:
    """The version that a draft was started with. Raises NotFound."""
    try:
        return _shipped()[definition_id, version]
    except KeyError:
        raise NotFound from None


def current_definition(definition_id: str, on: date) -> Definition:
    """The newest version that holds on the date. Raises NotFound."""
    found = [made for made in _shipped().values() if made.id == definition_id and made.valid_from <= on]
    if not found:
        raise NotFound
    return max(found, key=lambda made: made.version)


def current_definitions(on: date) -> list[Definition]:
    """The services that can be applied for on the date, by name in Bokmål."""
    found = {made.id for made in _shipped().values() if made.valid_from <= on}
    return sorted((current_definition(definition_id, on) for definition_id in found), key=lambda made: made.service.nb)


@cache
def _shipped() -> Mapping[tuple[str, int], Definition]:
    """All versions of all services, read once per process."""
    made: dict[tuple[str, int], Definition] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        one = read_definition(path)
        if (one.id, one.version) in made:
            raise DefinitionError(f"{path.name}: version {one.version} of {one.id} is in another file, too")
        made[one.id, one.version] = one
    return made


def read_definition(path: Path) -> Definition:
    """Read and check a file. Raises DefinitionError with every fault that was found, one per line."""
    source = path.read_text("utf-8")
    try:
        return Definition.model_validate(yaml.safe_load(source))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError(f"{path.name}:{line}: {error.problem}") from None
    except ValidationError as error:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
        faults = [
            f"{path.name}:{_line(root, fault['loc'])}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise DefinitionError("\n".join(faults)) from None


def _line(node: Any, place: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of the place that is in the file."""
    line: int = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = node.value[part] if part < len(node.value) else None
        else:
            found = None
        if found is not None:  # parts that are not in the file are pydantic's own, such as a union's tag
            node, line = found, found.start_mark.line + 1
    return line
