"""Forms about one's own data, and the form in which staff answer."""

from typing import Final
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms import SelectChoice as Choice  # type: ignore[attr-defined]  # newer than its types

from citizen_portal.forms import AtMost, BaseForm, ChosenId, Filled, Offered
from citizen_portal.my_data.models import Outcome, RequestKind

LONGEST_TEXT: Final = 4_000


class OrderForm(BaseForm):
    """Nothing but the button."""


class _RequestForm(BaseForm):
    request_id = ChosenId()

    @property
    def chosen_id(self) -> UUID:
        """The id that came with the form."""
        return self.request_id.chosen


class CorrectionForm(_RequestForm):
    """What is wrong, and what is right."""

    wrong = TextAreaField(
        _l("What is wrong?"),
        [Filled(_l("Write what is wrong, and where you saw it.")), AtMost(LONGEST_TEXT)],
        description=_l("Write where it stands, for example in which case or letter."),
    )
    right = TextAreaField(_l("What is right?"), [Filled(_l("Write what should stand there.")), AtMost(LONGEST_TEXT)])


class RestrictionForm(_RequestForm):
    """What should be blocked or deleted."""

    kind = RadioField(
        _l("What do you want us to do?"),
        [Offered(_l("Choose whether we should block or delete it."))],
        choices=[
            Choice(RequestKind.RESTRICTION.value, _l("Block it, so that it is kept but not used")),
            Choice(RequestKind.DELETION.value, _l("Delete it")),
        ],
        validate_choice=False,
    )
    about = TextAreaField(
        _l("What is it about, and why?"),
        [Filled(_l("Write what it is about, and why.")), AtMost(LONGEST_TEXT)],
    )

    @property
    def chosen_kind(self) -> RequestKind:
        """What was chosen, once the form is valid."""
        return RequestKind(self.kind.data)


class AnswerForm(BaseForm):
    """What the municipality does with a request."""

    outcome = RadioField(
        _l("What have we decided?"),
        [Offered(_l("Choose whether we do as asked."))],
        choices=[
            Choice(Outcome.DONE.value, _l("We do as asked")),
            Choice(Outcome.REFUSED.value, _l("We cannot do as asked")),
        ],
        validate_choice=False,
    )
    answer = TextAreaField(
        _l("Answer to the citizen"),
        [Filled(_l("Write what we do, or why not and how to complain.")), AtMost(LONGEST_TEXT)],
    )

    @property
    def chosen_outcome(self) -> Outcome:
        """What was chosen, once the form is valid."""
        return Outcome(self.outcome.data)
