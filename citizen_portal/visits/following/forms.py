"""Forms in which a follower chooses what to be told, when she wants peace, and where."""

from datetime import time
from typing import Final, Self

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal.forms import BaseForm, Offered
from citizen_portal.visits.following.models import Choice, Wish
from citizen_portal.visits.following.service import Chosen

HELPS: Final = {
    Choice.DEVIATIONS: _l("As long as you hear nothing, all is well as far as we know."),
    Choice.EACH_VISIT: _l("Also when something is not as planned."),
    Choice.SUMMARY: _l("At 08:30 and 20:00, if there were visits. You are not told in between."),
    Choice.NOTHING: _l("You can still see the visits here."),
}
_HOURS: Final = [SelectChoice("", _l("No quiet hours"))] + [
    SelectChoice(f"{hour:02}:00", f"{hour:02}:00") for hour in range(24)
]
_CHOOSE: Final = _l("Choose one of the answers.")


class FollowForm(BaseForm):
    """What to be told, and the quiet hours."""

    choice = RadioField(
        _l("When do you want to be told?"),
        [Offered(_CHOOSE)],
        choices=[
            SelectChoice(Choice.DEVIATIONS.value, _l("Only when something is not as planned")),
            SelectChoice(Choice.EACH_VISIT.value, _l("After each visit")),
            SelectChoice(Choice.SUMMARY.value, _l("In the morning and in the evening")),
            SelectChoice(Choice.NOTHING.value, _l("Never")),
        ],
        validate_choice=False,
    )
    quiet_from = SelectField(_l("Quiet from"), [Offered(_CHOOSE)], choices=_HOURS, validate_choice=False)
    quiet_until = SelectField(_l("Quiet until"), [Offered(_CHOOSE)], choices=_HOURS, validate_choice=False)
    missing_breaks_quiet = BooleanField(
        _l("Tell me in the quiet hours too, if nobody has been there"),
        description=_l("Everything else waits until the quiet hours end, and is told if it still stands."),
    )

    @classmethod
    def of(cls, wish: Wish) -> Self:
        """The form with what holds now."""
        return cls(
            data={
                "choice": wish.choice.value,
                "quiet_from": f"{wish.quiet_from:%H:%M}" if wish.quiet_from else "",
                "quiet_until": f"{wish.quiet_until:%H:%M}" if wish.quiet_until else "",
                "missing_breaks_quiet": wish.missing_breaks_quiet,
            }
        )

    def validate_quiet_until(self, field: Field) -> None:
        """Raise ValidationError for quiet hours of which one end is missing, or that never begin."""
        if bool(self.quiet_from.data) is not bool(field.data):
            raise ValidationError(str(_l("Choose both when the quiet hours begin and when they end, or neither.")))
        if field.data and self.quiet_from.data == field.data:
            raise ValidationError(str(_l("Choose another hour than the one at which the quiet hours begin.")))

    @property
    def chosen(self) -> Chosen:
        """What was chosen, once the form is valid."""
        return Chosen(
            Choice(self.choice.data),
            time.fromisoformat(self.quiet_from.data) if self.quiet_from.data else None,
            time.fromisoformat(self.quiet_until.data) if self.quiet_until.data else None,
            self.missing_breaks_quiet.data,
        )


class PushForm(BaseForm):
    """What a browser answered when it was asked to take push messages, and the page to go back to."""

    subscription = HiddenField()
    next = HiddenField()
