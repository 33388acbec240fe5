"""Forms of appeals: the citizen's own, and those with which the caseworker sends one on and registers the answer."""

from typing import Final, Self

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal import clock
from citizen_portal.applications.appeals.letters import BodyAnswer
from citizen_portal.applications.appeals.models import FILES, Appeal
from citizen_portal.applications.appeals.service import MOST_FILES, Chosen
from citizen_portal.applications.appeals.terms import BodyOutcome
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.files.forms import Received, file_to_remove, no_room, receive
from citizen_portal.forms import AtMost, BaseForm, DayField, Filled, Offered
from citizen_portal.journal.scans.models import ScanState

LONGEST: Final = 20_000
_MISSING: Final = {
    "disagrees_text": _l("Write what you disagree with."),
    "wants_text": _l("Write what you want us to change."),
    "late_text": _l("The deadline is over. Write why you appeal only now."),
}
_INFECTED: Final = _l("Remove the file that we have stopped before you send the appeal.")
_OUTCOMES: Final = {
    BodyOutcome.UPHELD: _l("Our decision stands"),
    BodyOutcome.CHANGED: _l("Our decision is changed"),
    BodyOutcome.SENT_BACK: _l("The case is sent back to us, to be decided anew"),
}
_NOW: Final = {
    Outcome.GRANTED: _l("Granted"),
    Outcome.PARTLY_GRANTED: _l("Partly granted"),
    Outcome.REFUSED: _l("Refused"),
}


class AppealForm(BaseForm):
    """What the citizen disagrees with and wants changed. Half of it can be saved; the whole is demanded when sent."""

    disagrees_text = TextAreaField(_l("What do you disagree with?"), [AtMost(LONGEST)])
    wants_text = TextAreaField(_l("What do you want us to change?"), [AtMost(LONGEST)])
    late_text = TextAreaField(_l("Why do you appeal after the deadline?"), [AtMost(LONGEST)])
    files = MultipleFileField(_l("Papers that we should see"))

    @classmethod
    def of(cls, appeal: Appeal | None) -> Self:
        """The form as it was left."""
        return cls(data={name: getattr(appeal, name) for name in _MISSING} if appeal else None)

    @property
    def said(self) -> dict[str, str]:
        """What was written in the fields that the page sent."""
        return {name: self[name].data for name in _MISSING if self[name].data is not None}

    def show_missing(self, names: tuple[str, ...]) -> None:
        """Say at each field what must be there before the appeal can be sent."""
        for name in names:
            self[name].errors = [_INFECTED if name == FILES else _MISSING[name]]

    def chosen(self, received: Received) -> Chosen:
        """The files that came, and the one whose button “Remove” was pressed."""
        return Chosen(received.uploads, file_to_remove())

    def say_full(self) -> None:
        """Say that there was no room for the files that came."""
        self.files.errors = [*self.files.errors, no_room(MOST_FILES)]


class ForwardForm(BaseForm):
    """Why we do not change the decision, and to whom the appeal goes."""

    assessment = TextAreaField(
        _l("Why we do not change the decision"),
        [Filled(_l("Write why the decision is not changed.")), AtMost(LONGEST)],
    )
    to = StringField(_l("Who decides the appeal"), [Filled(_l("Write who decides the appeal.")), AtMost(200)])
    contact = StringField(
        _l("How the citizen reaches them"),
        [Filled(_l("Write a phone number or an email address.")), AtMost(200)],
    )


class AnswerForm(BaseForm):
    """What the body above us decided."""

    outcome = RadioField(
        _l("What they decided"),
        [Offered(_l("Choose what they decided."))],
        choices=[SelectChoice(outcome.value, label) for outcome, label in _OUTCOMES.items()],
        validate_choice=False,
    )
    now = SelectField(
        _l("How the application stands now, if it is changed"),
        choices=[
            SelectChoice("", _l("Not changed")),
            *(SelectChoice(outcome.value, label) for outcome, label in _NOW.items()),
        ],
        validate_choice=False,
    )
    received = DayField(_l("The answer came on"))
    letter = FileField(_l("The letter from them"))
    note = TextAreaField(
        _l("What the citizen reads about it"),
        [Filled(_l("Write in short what they decided and why.")), AtMost(2_000)],
    )

    received_letter: Received | None = None
    """The letter that was posted, once the form was validated."""

    def validate_now(self, _field: SelectField) -> None:
        """Where the decision is changed, it must be said into what."""
        is_changed = self.outcome.data == BodyOutcome.CHANGED.value
        if is_changed and self.now.data not in {outcome.value for outcome in _NOW}:
            raise ValidationError(_l("Choose how the application stands now."))

    def validate_received(self, _field: DayField) -> None:
        """It is a day that has come."""
        day = self.received.day
        if day is None:
            raise ValidationError(
                _l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026")
            )
        if day > clock.today():
            raise ValidationError(_l("Write the day on which the answer came. It cannot lie ahead."))

    def validate_letter(self, field: Field) -> None:
        """Check the letter, if there is one, and make it ready. Raises ValidationError."""
        self.received_letter = receive(field.name)
        if self.received_letter.refusals:
            raise ValidationError(self.received_letter.refusals[0])
        if any(sent.verdict and sent.verdict.state is ScanState.INFECTED for _id, sent in self.received_letter.uploads):
            raise ValidationError(_l("We found a virus in the letter, so it is not kept. Ask them to send it anew."))

    @property
    def answer(self) -> BodyAnswer:
        """What was registered, once the form is valid."""
        day = self.received.day
        assert day is not None  # noqa: S101  validated
        outcome = BodyOutcome(self.outcome.data)
        now = Outcome(self.now.data) if outcome is BodyOutcome.CHANGED else None
        sent = self.received_letter.uploads if self.received_letter else []
        letter = sent[0][1] if sent else None
        return BodyAnswer(outcome, day, (self.note.data or "").strip(), now, letter)
