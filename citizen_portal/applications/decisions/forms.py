"""Forms of the caseworker's pages of decisions and letters."""

from datetime import date
from typing import Any, Final, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal import clock
from citizen_portal.applications.decisions.letter import Desk
from citizen_portal.applications.decisions.terms import Outcome, Part
from citizen_portal.forms import AtMost, BaseForm, DayField, Filled

LONGEST: Final = 20_000
OUTCOMES: Final = {
    Outcome.GRANTED: _l("Granted"),
    Outcome.PARTLY_GRANTED: _l("Partly granted"),
    Outcome.REFUSED: _l("Refused"),
    Outcome.DISMISSED: _l("The appeal is dismissed"),
}
MISSING: Final = {
    Part.DECIDED: _l("Write what is decided: what, how much and for how long."),
    Part.FACTS: _l("Write which facts the decision builds on."),
    Part.LAW: _l("Write which rules the decision builds on."),
    Part.REASONS: _l("Write why you decide this."),
    Part.APPEAL_RIGHT: _l("Write that the decision can be appealed."),
    Part.DEADLINE: _l("Write the deadline for appealing."),
    Part.BODY: _l("Write who decides the appeal."),
    Part.PROCEDURE: _l("Write how to appeal."),
    Part.ACCESS: _l("Write that the citizen can see the documents."),
}
_CHOOSE_OUTCOME: Final = _l("Choose the outcome.")


def _part(label: Any) -> TextAreaField:
    return TextAreaField(label, [AtMost(LONGEST)])


class DecisionForm(BaseForm):
    """A decision as it is written, part by part. The fields of the parts are named as the parts."""

    outcome = RadioField(_l("Outcome"), validate_choice=False)
    language = RadioField(
        _l("Language"),
        choices=[SelectChoice("nb", _l("Bokmål")), SelectChoice("nn", _l("Nynorsk"))],
        validate_choice=False,
    )
    decided = _part(_l("What is decided"))
    facts = _part(_l("Facts"))
    law = _part(_l("Rules"))
    reasons = _part(_l("Reasons"))
    conditions = _part(_l("Conditions"))
    appeal_right = _part(_l("The right to appeal"))
    deadline = _part(_l("Deadline for appealing"))
    body = _part(_l("Who decides the appeal"))
    procedure = _part(_l("How to appeal"))
    access = _part(_l("Access to the documents"))
    postponement = _part(_l("Postponed effect"))
    costs = _part(_l("Costs"))
    shown = HiddenField()
    """The outcome that the page was shown with: which standard texts the fields held."""

    @classmethod
    def of(cls, desk: Desk) -> Self:
        """The form with what is written so far and the standard texts; what was just typed stays."""
        outcome = desk.outcome.value if desk.outcome else None
        texts = {part.value: said for part, said in desk.texts.items()}
        form = cls(data={**texts, "outcome": outcome, "language": desk.language, "shown": outcome or ""})
        form.outcome.choices = [SelectChoice(choice.value, OUTCOMES[choice]) for choice in desk.outcomes]
        return form

    @property
    def chosen(self) -> Outcome | None:
        """The outcome, if one was chosen."""
        return _outcome(self.outcome.data)

    @property
    def shown_with(self) -> Outcome | None:
        """The outcome that the page was shown with."""
        return _outcome(self.shown.data)

    @property
    def said(self) -> dict[Part, str]:
        """What each part says, of those that the page sent."""
        return {part: self[part.value].data for part in Part if self[part.value].data is not None}

    def show_missing(self, desk: Desk) -> None:
        """Say at each field what must be there before the decision can be sent."""
        missing = desk.decision.missing(desk.texts) if desk.decision else []
        if desk.outcome is None:
            self.outcome.errors = [_CHOOSE_OUTCOME]
        for part in missing:
            self[part.value].errors = [MISSING[part]]


def _outcome(value: str | None) -> Outcome | None:
    return Outcome(value) if value in {outcome.value for outcome in Outcome} else None


class ReturnForm(BaseForm):
    """What must be mended before it is approved."""

    note = TextAreaField(
        _l("What must be mended"), [Filled(_l("Write what must be mended.")), AtMost(2_000)]
    )  # fmt: skip


class PostedForm(BaseForm):
    """When a letter was posted."""

    posted = DayField(_l("Posted on"))

    @classmethod
    def today(cls) -> Self:
        """The form with today's date."""
        return cls(formdata=None, data={"posted": f"{clock.today():%d.%m.%Y}"})

    def for_line(self, delivery_id: UUID) -> Self:
        """The form below one letter of the list: fields of a page have each their own id."""
        self.posted.id = f"posted-{delivery_id}"
        return self

    def validate_posted(self, _field: Field) -> None:
        """It is a day that has come."""
        day = self.posted.day
        if day is None:
            raise ValidationError(
                _l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026")
            )
        if day > clock.today():
            raise ValidationError(_l("Write the day on which the letter was posted. It cannot lie ahead."))

    @property
    def day(self) -> date:
        """The date, once the form is valid."""
        day = self.posted.day
        assert day is not None  # noqa: S101  validated
        return day
