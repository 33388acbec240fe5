"""Forms of tasks: what the caseworker asks for, and what the citizen answers."""

from typing import Any, Self

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import ValidationError

from citizen_portal import clock
from citizen_portal.applications.files.forms import Received, no_room
from citizen_portal.applications.tasks.errors import NotADeadline
from citizen_portal.applications.tasks.models import (
    LONGEST_ANSWER,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_FILES,
    MOST_SLOTS,
    Slot,
    Task,
    answer_by,
)
from citizen_portal.applications.tasks.service import Asked, demand_deadline
from citizen_portal.forms import AtMost, BaseForm, ChosenId, DayField, Filled


class DeadlineForm(BaseForm):
    """By when the citizen must answer."""

    due = DayField(_l("Deadline"), [Filled(_l("Write the deadline as day, month and year."))])

    def validate_due(self, field: DayField) -> None:
        """Raise ValidationError unless it is a working day to come."""
        if field.day is None:
            raise ValidationError(gettext("Write the date as day, month and year, for example 24.11.2026."))
        try:
            demand_deadline(field.day)
        except NotADeadline:
            raise ValidationError(gettext("Choose a working day from tomorrow on, at most a year ahead.")) from None


class AskForm(DeadlineForm):
    """What the caseworker asks for. Documents are written one per line."""

    task_id = ChosenId()
    title = StringField(
        _l("What shall the citizen do?"),
        [Filled(_l("Say what the citizen shall do.")), AtMost(LONGEST_TITLE)],
        description=_l("Begin with a verb: “Send in the doctor's statement”. This stands first on the citizen's page."),
    )
    text = TextAreaField(
        _l("Why you ask, and what it must hold"),
        [AtMost(LONGEST_TEXT)],
    )
    required = TextAreaField(
        _l("Documents that must be sent"), description=_l("One per line. Leave it blank if words are enough.")
    )
    optional = TextAreaField(
        _l("Documents that the citizen can send"), description=_l("One per line: good to have, but not needed.")
    )

    @classmethod
    def proposed(cls) -> "AskForm":
        """The form with the usual deadline."""
        return cls(data={"due": f"{answer_by(clock.today()):%d.%m.%Y}"})

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The documents that are asked for, those that must be sent first."""
        return tuple(
            Slot(line.strip(), field is self.required)
            for field in (self.required, self.optional)
            for line in (field.data or "").splitlines()
            if line.strip()
        )

    @property
    def asked(self) -> Asked:
        """What is asked, once the form is valid."""
        assert self.due.day is not None  # noqa: S101  `validate_due` saw to it
        return Asked(
            id=self.task_id.chosen,
            title=" ".join((self.title.data or "").split()),
            text=(self.text.data or "").strip(),
            slots=self.slots,
            due_date=self.due.day,
        )

    def validate_optional(self, _field: Field) -> None:
        """Raise ValidationError for too many documents, or a name that is no name."""
        if len(self.slots) > MOST_SLOTS:
            raise ValidationError(gettext("Ask for at most %(number)s documents at a time.", number=MOST_SLOTS))
        if any(len(slot.name) > LONGEST_TITLE for slot in self.slots):
            message = gettext("Write each document with at most %(number)s characters.", number=LONGEST_TITLE)
            raise ValidationError(message)


class AnswerForm(BaseForm):
    """The citizen's words. The files are received apart, slot by slot."""

    text = TextAreaField(_l("Your answer"), [AtMost(LONGEST_ANSWER)])
    has_nothing = BooleanField(_l("I do not have this"))

    slot_errors: dict[int, list[str]]
    """What is wrong in each slot."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slot_errors = {}

    @classmethod
    def as_kept(cls, task: Task) -> Self:
        """The form with what she has typed so far."""
        return cls(formdata=None, data={"text": task.answer_text, "has_nothing": task.has_nothing})

    @property
    def words(self) -> str:
        """What was typed."""
        return self.text.data or ""

    @property
    def errors(self) -> dict[str, Any]:
        """What must be corrected, also in the slots: for the error summary."""
        return {**super().errors, **{slot_name(number): found for number, found in self.slot_errors.items()}}

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(field id, message) of each error: the slots first, as on the page."""
        slots = [(slot_name(number), error) for number, found in self.slot_errors.items() for error in found]
        return [*slots, *super().error_list]

    def show(self, received: dict[int, Received], lacks: tuple[int, ...], full: tuple[int, ...]) -> None:
        """Show why nothing was sent: files that were refused, and what lacks."""
        for number, found in received.items():
            if found.refusals:
                self.slot_errors.setdefault(number, []).extend(found.refusals)
        for number in full:
            message = no_room(MOST_FILES)
            self.slot_errors.setdefault(number, []).append(message)
        for number in lacks:
            if number:
                message = gettext("Add the document, or tick that you do not have it and write why.")
                self.slot_errors.setdefault(number, []).append(message)
            else:
                self.text.errors = [gettext("Write a few words, so that we know what to do.")]


def slot_name(number: int) -> str:
    """What the field of a slot is called."""
    return f"slot-{number}"
