"""What a service definition holds: what a service is called, what its form asks, how long an answer takes, how it is
decided and how it is archived. A definition that hangs together is the only one that there is (`Definition`).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from citizen_portal import deadlines
from citizen_portal.deadlines import Deadline
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Area
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.terms import AccessRestriction, ScreenedDocument, ScreenedMetadata

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


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


class PlainText(Text):
    """A text that is there in Northern Sami, too: what stands where somebody looks for a service."""

    se: Words

    def in_language(self, language: str) -> str:
        """The text in the language; in Bokmål for one that it is not in."""
        return self.se if language == "se" else super().in_language(language)


class LifeSituation(StrEnum):
    """What happens in somebody's life when she needs the service. Values stand in addresses."""

    CHILD = "barn-og-familie"
    SCHOOL = "skole-og-fritid"
    ILLNESS = "sykdom-og-helse"
    OLD_AGE = "bli-eldre"
    HOUSING = "bolig"
    ECONOMY = "okonomi"
    BUSINESS = "naering-og-arrangement"
    ACCESS = "innsyn"


class Condition(_Part):
    """It is asked only when another choice field, asked before it, has one of these answers."""

    field: Name
    equals: str | tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The answers under which it is asked."""
        return (self.equals,) if isinstance(self.equals, str) else self.equals


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


class Source(StrEnum):
    """What a register knows that can stand in a field already (Folkeregisteret; kontakt- og reservasjonsregisteret)."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"


class WrittenField(_Field):
    """A field that is typed. `max_length` counts characters."""

    type: Literal["text", "textarea", "phone", "email", "date"]
    max_length: int = Field(default=200, ge=1, le=20_000)
    autocomplete: str | None = None
    prefill: Source | None = None


class NumberField(_Field):
    """A number, written with a decimal comma; of money, in kroner."""

    type: Literal["number", "money"]
    minimum: int = 0
    maximum: int = Field(default=1_000_000_000, le=1_000_000_000_000)
    decimals: int = Field(default=0, ge=0, le=2)
    unit: Text | None = None
    """What is counted, behind the field: «timer i uka»."""

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.minimum > self.maximum:
            raise PydanticCustomError("minimum_above_maximum", "minimum is above maximum")
        return self


class ChoiceField(_Field):
    """One answer of several."""

    type: Literal["choice"]
    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]


class CheckboxField(_Field):
    """A statement to agree with; a declaration when it is required."""

    type: Literal["checkbox"]


class AddressField(_Field):
    """A Norwegian address: street, postal code of four digits, and place."""

    type: Literal["address"]
    prefill: Literal[Source.ADDRESS] | None = None


class PersonField(_Field):
    """Whom it concerns: the applicant, a child of hers, somebody whom she represents."""

    type: Literal["person"]
    among: Annotated[tuple[Literal["self", "child", "represented"], ...], Field(min_length=1)]


class FileField(_Field):
    """Papers: photographed, scanned or PDF. `most` counts files."""

    type: Literal["file"]
    most: int = Field(default=5, ge=1, le=20)


SimpleField = Annotated[
    WrittenField | NumberField | ChoiceField | CheckboxField | AddressField, Field(discriminator="type")
]


class GroupField(_Field):
    """The same questions for each of several: each child, each source of income. `item` names one of them."""

    type: Literal["group"]
    item: Text
    least: int = Field(default=1, ge=0, le=20)
    most: int = Field(default=10, ge=1, le=20)
    fields: Annotated[tuple[SimpleField, ...], Field(min_length=1)]


FormField = Annotated[
    WrittenField | NumberField | ChoiceField | CheckboxField | AddressField | PersonField | FileField | GroupField,
    Field(discriminator="type"),
]


class Step(_Part):
    """One page of the form. `why` says why we ask, folded."""

    id: Name
    title: Text
    why: Text | None = None
    show_if: Condition | None = None
    fields: Annotated[tuple[FormField, ...], Field(min_length=1)]


class AboutSection(_Part):
    """A part of the service's description beyond what every service tells."""

    title: Text
    text: Text | None = None
    items: tuple[Text, ...] = ()


class Law(_Part):
    """What the service is given by: «helse- og omsorgstjenesteloven § 3-2», with the address of its text."""

    title: Words
    url: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None


class AnswerTime(_Part):
    """How soon somebody looks at an application and how soon an answer comes, from a date on, and the law behind it."""

    valid_from: date
    first_look_days: int = Field(ge=1, le=60)
    """Calendar days until a caseworker has begun, as the unit promises."""
    weeks: int | None = Field(default=None, ge=1, le=52)
    """Until the answer, as the unit promises; None where the law has a deadline of its own."""
    deadline: Literal[Deadline.ACCESS_REQUEST] | None = None
    """That deadline of the law."""
    authority: Words

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        if (self.weeks is None) == (self.deadline is None):
            raise ValueError("an answer time has either weeks or a deadline")
        return self

    def last_day(self, received: date) -> date:
        """The last day of what was received on the date."""
        if self.deadline is not None:
            return deadlines.last_day(self.deadline, received)
        return received + timedelta(weeks=self.weeks or 0)

    def working_days(self, received: date) -> int | None:
        """How many working days the answer to what is received on the date takes; None where weeks are promised."""
        return None if self.deadline is None else deadlines.term(self.deadline, received).working_days


class ScreeningRule(_Part):
    """How the application is kept from the public, see `journal.entries.Screening`."""

    restriction: AccessRestriction
    authority: Words
    metadata: Annotated[tuple[ScreenedMetadata, ...], Field(min_length=1)]
    document: ScreenedDocument | None = None


class Retention(_Part):
    """What the archive is proposed to do with the case: keep it for ever, or dispose of it after years."""

    years: int | None = Field(ge=1, le=100)
    """None: kept for ever."""
    authority: Words


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
    retention: Retention | None = None

    def as_screening(self) -> Screening | None:
        """The screening as the journal takes it."""
        rule = self.screening
        if rule is None:
            return None
        return Screening(rule.restriction, rule.authority, rule.metadata, rule.document)


class DecisionRule(_Part):
    """How the service is decided. Without one it ends in an answer, not in an individual decision (enkeltvedtak)."""

    law: Annotated[tuple[Words, ...], Field(min_length=1)]
    """What a decision is founded on, in the words of the letter."""
    appeal_body: Text
    """Who decides an appeal: «Statsforvalteren i Innlandet»."""
    needs_approval: bool = False
    """Whether a second person must approve it before it is sent."""


class Signature(_Part):
    """Somebody besides the applicant must sign before it is sent: a spouse, the child's other parent."""

    who: Text
    """How the page calls her: «Den andre forelderen»."""
    explanation: Text
    show_if: Condition | None = None


class Definition(_Part):
    """One version of one service."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    version: int = Field(ge=1)
    valid_from: date
    area: Area
    """Whose representatives may apply: those whom the applicant lets act in this area."""
    life_situations: Annotated[tuple[LifeSituation, ...], Field(min_length=1)]
    title: Text
    """What the application is called: «Søknad om trygghetsalarm»."""
    service: PlainText
    """What is applied for: «Trygghetsalarm»."""
    lead: PlainText
    search_words: tuple[Words, ...] = ()
    """Other words that people look for it with, in any language."""
    who: PlainText
    """Who can get it."""
    needs: tuple[Text, ...] = ()
    """What to have at hand."""
    price: PlainText
    laws: Annotated[tuple[Law, ...], Field(min_length=1)]
    about: tuple[AboutSection, ...] = ()
    answer_times: Annotated[tuple[AnswerTime, ...], Field(min_length=1)]
    journal: JournalRule
    decision: DecisionRule | None = None
    signature: Signature | None = None
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
        return self.answer_time(received).last_day(received)

    def first_look_by(self, received: date) -> date:
        """The day by which somebody has begun on an application that was received on the date."""
        return received + timedelta(days=self.answer_time(received).first_look_days)


RESERVED_NAMES: Final = frozenset({"action", "csrf_token", "main", "return_to"})
"""Names that the page around the form has taken."""
