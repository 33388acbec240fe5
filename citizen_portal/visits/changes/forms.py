"""Forms of changes of visits: what the citizen asks for, and what the unit answers."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal.forms import AtMost, BaseForm, ChosenId
from citizen_portal.visits.changes.models import LONGEST_WISH, ChangeKind
from citizen_portal.visits.changes.service import Asked


class AskForm(BaseForm):
    """What shall happen with the visit."""

    request_id = ChosenId()
    kind = RadioField(
        _l("What do you want?"),
        choices=[
            SelectChoice(ChangeKind.CANCEL.value, _l("Cancel the visit")),
            SelectChoice(ChangeKind.MOVE.value, _l("Have the visit at another time")),
        ],
        validate_choice=False,
    )
    wish = TextAreaField(
        _l("When does it suit, or is there something we should know?"),
        [AtMost(LONGEST_WISH)],
        description=_l("If you want another time, write which times suit."),
    )

    def validate_kind(self, field: RadioField) -> None:
        """One of the two is chosen."""
        if field.data not in {kind.value for kind in ChangeKind}:
            raise ValidationError(_l("Choose whether to cancel the visit or have it at another time."))

    def validate_wish(self, field: TextAreaField) -> None:
        """Another time is said in words."""
        if self.kind.data == ChangeKind.MOVE.value and not (field.data or "").strip():
            raise ValidationError(_l("Write when it suits to have the visit."))

    @property
    def asked(self) -> Asked:
        """What was asked for, once the form is valid."""
        return Asked(self.request_id.chosen, ChangeKind(self.kind.data), _words(self.wish))


class AnswerForm(BaseForm):
    """The unit's answer to the citizen."""

    outcome = RadioField(
        _l("Answer"),
        choices=[SelectChoice("yes", _l("Yes, we do it")), SelectChoice("no", _l("No, the visit stays as planned"))],
        validate_choice=False,
    )
    text = TextAreaField(
        _l("Message to the citizen"),
        [AtMost(LONGEST_WISH)],
        description=_l("The new time, or why not. The citizen reads it on the visits page."),
    )

    def validate_outcome(self, field: RadioField) -> None:
        """One of the two is chosen."""
        if field.data not in ("yes", "no"):
            raise ValidationError(_l("Choose what you answer."))

    def validate_text(self, field: TextAreaField) -> None:
        """Whoever says no says why."""
        if self.outcome.data == "no" and not (field.data or "").strip():
            raise ValidationError(_l("Write why it is not possible."))

    @property
    def words(self) -> str:
        """The message."""
        return _words(self.text)


def _words(field: TextAreaField) -> str:
    return (field.data or "").strip()
