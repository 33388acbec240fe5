"""The form of the preliminary reply."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from citizen_portal.applications.preliminary.models import LONGEST_TEXT
from citizen_portal.forms import AtMost, BaseForm, Filled


class ReplyForm(BaseForm):
    """The text of the letter."""

    text = TextAreaField(
        _l("What the citizen reads"), [Filled(_l("Write what the citizen shall read.")), AtMost(LONGEST_TEXT)]
    )

    def demand_date(self) -> None:
        """Say that the day on which the answer can be expected lacks."""
        self.text.errors = [gettext("Write the day on which the answer can be expected where it says “[dato]”.")]
