"""The form with which the citizen adds to an application."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from citizen_portal.applications.additions.service import MOST_FILES, Addition, Outcome
from citizen_portal.applications.files.forms import Received, file_to_remove, no_room
from citizen_portal.forms import AtMost, BaseForm, ChosenId

FILES = "files"
"""What the file field is called."""


class AdditionForm(BaseForm):
    """Words that go with the files. The files are received apart."""

    addition_id = ChosenId()
    text = TextAreaField(_l("What you want to tell us"), [AtMost(10_000)])

    file_errors: list[str]
    """What is wrong with the files."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file_errors = []

    @property
    def errors(self) -> dict[str, Any]:
        """What must be corrected, also of the files: for the error summary."""
        return {**super().errors, **({FILES: self.file_errors} if self.file_errors else {})}

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(field id, message) of each error, in the order of the page."""
        return [*((FILES, error) for error in self.file_errors), *super().error_list]

    def addition(self, received: Received) -> Addition:
        """What was typed and chosen."""
        return Addition(self.addition_id.chosen, (self.text.data or "").strip(), received.uploads, file_to_remove())

    def show(self, outcome: Outcome, received: Received, *, is_sending: bool) -> None:
        """Show why it was not sent: files that were refused or had no room, or nothing to send."""
        self.file_errors = list(received.refusals)
        if outcome is Outcome.FULL:
            self.file_errors.append(no_room(MOST_FILES))
        elif is_sending and not received.refusals:
            self.file_errors.append(gettext("Add a file that we can open, or write what you want to tell us."))
