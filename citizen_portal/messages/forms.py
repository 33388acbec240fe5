"""The form with which both sides write."""

from typing import BinaryIO, Self, cast
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, TextAreaField
from wtforms.validators import ValidationError

from citizen_portal.forms import AtMost, BaseForm, ChosenId, Filled, refusal_in_words, upload_limits
from citizen_portal.journal.enclosures import Enclosure, enclose, record_language
from citizen_portal.messages.models import LONGEST_BODY, MOST_ATTACHMENTS, MessageDraft
from citizen_portal.tenancy.hosts import current_municipality
from citizen_portal.uploads import UploadError, check_upload


class MessageForm(BaseForm):
    """A message and its files. What was typed is kept when a file is refused; the files must be chosen anew."""

    message_id = ChosenId()
    body = TextAreaField(_l("Message"), [Filled(_l("Write the message before you send it.")), AtMost(LONGEST_BODY)])
    attachments = MultipleFileField(_l("Attachments"))

    enclosures: tuple[Enclosure, ...] = ()
    """The files, stored and ready to go with the message; set by validation."""

    @classmethod
    def with_draft(cls, draft: MessageDraft | None) -> Self:
        """The form as it was left."""
        return cls(data={"body": draft.body} if draft else None)

    @property
    def text(self) -> str:
        """What was written."""
        return self.body.data or ""

    @property
    def chosen_id(self) -> UUID:
        """The id that this form was given when it was shown, so that sending it twice counts once."""
        return self.message_id.chosen

    def validate_attachments(self, field: Field) -> None:
        """Check each file by its content, and make it ready. Raises ValidationError that names the file."""
        files: list[FileStorage] = field.data or []
        if len(files) > MOST_ATTACHMENTS:
            message = gettext("Choose at most %(number)s files, and send the rest in a message of their own.")
            raise ValidationError(message % {"number": MOST_ATTACHMENTS})
        self.enclosures = () if self.body.errors else tuple(_enclosed(file) for file in files)


def _enclosed(file: FileStorage) -> Enclosure:
    try:
        checked = check_upload(cast(BinaryIO, file.stream), file.filename or "", limits=upload_limits())
        return enclose(checked, record_language(current_municipality()))
    except UploadError as error:
        raise ValidationError(f"«{file.filename}»: {refusal_in_words(error)}") from error
