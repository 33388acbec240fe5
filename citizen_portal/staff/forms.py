"""Forms of the caseworker's pages."""

from typing import Final, Self

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import ValidationError

from citizen_portal.applications.decisions.errors import AppealStillOpen
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import FOR_STAFF, NEXT, Status
from citizen_portal.forms import AtMost, BaseForm, Offered
from citizen_portal.journal.errors import EntriesNotSignedOff

LONGEST_NOTE: Final = 2_000
WORDS: Final = {
    Status.IN_PROGRESS: _l("being processed"),
    Status.WAITING_FOR_OTHERS: _l("waiting for others"),
    Status.CLOSED: _l("closed"),
}


class StatusForm(BaseForm):
    """The next status of an application, with words that the citizen reads."""

    status = SelectField(_l("New status"), [Offered(_l("Choose a status from the list."))], validate_choice=False)
    note = TextAreaField(_l("What the citizen reads about it"), [AtMost(LONGEST_NOTE)])

    ends_undecided = False
    """Whether closing the case now means that nobody has decided it."""

    @classmethod
    def of(cls, application: Application) -> Self:
        """The form with the statuses that can come next; none when the case is at its end."""
        form = cls()
        form.ends_undecided = application.is_under_way and application.definition.decision is not None
        form.status.choices = [
            (status.value, WORDS[status]) for status in FOR_STAFF if status in NEXT[application.status]
        ]
        return form

    @property
    def chosen(self) -> Status:
        """What was chosen, once the form is valid."""
        return Status(self.status.data)

    def validate_note(self, _field: TextAreaField) -> None:
        """What ends without a decision ends with a reason."""
        if self.ends_undecided and self.status.data == Status.CLOSED.value and not (self.note.data or "").strip():
            raise ValidationError(_l("Write why the case is closed without a decision."))

    def refuse_closing(self, error: EntriesNotSignedOff | AppealStillOpen) -> None:
        """Say why the case cannot be closed yet, and what to do."""
        self.status.errors = [
            _l("The citizen can still appeal. Close the case when the deadline for that is over.")
            if isinstance(error, AppealStillOpen)
            else _l("The citizen waits for an answer. Answer in the conversation, then close the case.")
        ]
