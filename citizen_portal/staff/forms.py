"""Forms of the caseworker's pages."""

from typing import Final, Self

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField

from citizen_portal.applications.models import Application
from citizen_portal.applications.status import FOR_STAFF, NEXT, Status
from citizen_portal.forms import AtMost, BaseForm, Offered

LONGEST_NOTE: Final = 2_000
WORDS: Final = {
    Status.IN_PROGRESS: _l("being processed"),
    Status.WAITING_FOR_OTHERS: _l("waiting for others"),
    Status.GRANTED: _l("granted"),
    Status.PARTLY_GRANTED: _l("partly granted"),
    Status.REFUSED: _l("refused"),
    Status.CLOSED: _l("closed"),
}


class StatusForm(BaseForm):
    """The next status of an application, with words that the citizen reads."""

    status = SelectField(_l("New status"), [Offered(_l("Choose a status from the list."))], validate_choice=False)
    note = TextAreaField(_l("What the citizen reads about it"), [AtMost(LONGEST_NOTE)])

    @classmethod
    def of(cls, application: Application) -> Self:
        """The form with the statuses that can come next; none when the case is at its end."""
        form = cls()
        form.status.choices = [
            (status.value, WORDS[status]) for status in FOR_STAFF if status in NEXT[application.status]
        ]
        return form

    @property
    def chosen(self) -> Status:
        """What was chosen, once the form is valid."""
        return Status(self.status.data)

    def refuse_closing(self) -> None:
        """Say why the case cannot be closed yet, and what to do."""
        self.status.errors = [_l("The citizen waits for an answer. Answer in the conversation, then close the case.")]
