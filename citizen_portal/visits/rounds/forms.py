"""The forms of the nurse's page: each is a button, so they hold no field that is seen."""

from typing import Final
from uuid import UUID

from wtforms import HiddenField
from wtforms.validators import AnyOf

from citizen_portal import clock
from citizen_portal.forms import BaseForm, ChosenId
from citizen_portal.visits.rounds.models import NotHomeReason, Outcome
from citizen_portal.visits.rounds.service import Told

_MEANING: Final = {
    Outcome.DONE.value: (Outcome.DONE, None),
    Outcome.ON_THE_WAY.value: (Outcome.ON_THE_WAY, None),
    **{reason.value: (Outcome.NOT_HOME, reason) for reason in NotHomeReason},
}
"""What each button of a visit says."""


class SignOffForm(BaseForm):
    """How a visit went. Sent at the door, so it happened now."""

    sign_off_id = ChosenId()
    told = HiddenField(validators=[AnyOf(list(_MEANING))])

    def about(self, visit_id: UUID) -> Told:
        """What the form says about the visit."""
        outcome, reason = _MEANING[self.told.data or ""]
        now = clock.now()
        return Told(self.sign_off_id.chosen, visit_id, outcome, reason, performed_at=now, device_at=now)


class UndoForm(BaseForm):
    """Which sign-off to take back."""

    sign_off_id = ChosenId()


class MoveForm(BaseForm):
    """Which way to move a visit in the round."""

    direction = HiddenField(validators=[AnyOf(["earlier", "later"])])
