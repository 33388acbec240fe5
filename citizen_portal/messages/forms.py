"""The form with which both sides write."""

from typing import BinaryIO, Self, cast
from uuid import UUID

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField, TextAreaField
from wtforms.validators import ValidationError

from citizen_portal.config import Settings
from citizen_portal.db import new_id
from citizen_portal.forms import AtMost, BaseForm, Filled
from citizen_portal.messages.enclosures import MOST_PAGES, Enclosure, enclose
from citizen_portal.messages.models import LONGEST_BODY, MOST_ATTACHMENTS, MessageDraft, clean
from citizen_portal.messages.records import record_language
from citizen_portal.templating import filesize
from citizen_portal.tenancy.hosts import current_municipality
from citizen_portal.uploads import (
    EmptyFile,
    EncryptedPdf,
    FileTooLarge,
    TooManyPages,
    TooManyPixels,
    UploadError,
    UploadLimits,
    WrongFileType,
    check_upload,
)


class MessageForm(BaseForm):
    """A message and its files. What was typed is kept when a file is refused; the files must be chosen anew."""

    message_id = HiddenField(default=lambda: str(new_id()))
    body = TextAreaField(
        _l("Message"),
        [Filled(_l("Write the message before you send it.")), AtMost(LONGEST_BODY)],
        filters=[lambda text: text and clean(text)],
    )
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
        try:
            return UUID(self.message_id.data)
        except (ValueError, TypeError):
            return new_id()

    def validate_attachments(self, field: Field) -> None:
        """Check each file by its content, and make it ready. Raises ValidationError that names the file."""
        files: list[FileStorage] = field.data or []
        if len(files) > MOST_ATTACHMENTS:
            message = gettext("Choose at most %(number)s files, and send the rest in a message of their own.")
            raise ValidationError(message % {"number": MOST_ATTACHMENTS})
        self.enclosures = () if self.body.errors else tuple(_enclosed(file) for file in files)


def upload_limits() -> UploadLimits:
    """What one attachment may be."""
    settings: Settings = current_app.config["PORTAL"]
    return UploadLimits(max_bytes=settings.max_upload_bytes, max_pages=MOST_PAGES)


def _enclosed(file: FileStorage) -> Enclosure:
    try:
        checked = check_upload(cast(BinaryIO, file.stream), file.filename or "", limits=upload_limits())
        return enclose(checked, record_language(current_municipality()))
    except UploadError as error:
        raise ValidationError(f"«{file.filename}»: {_reason(error)}") from error


def _reason(error: UploadError) -> str:
    match error:
        case EmptyFile():
            reason = gettext("The file is empty. Choose the files again.")
        case WrongFileType():
            reason = gettext("We take PDF, JPEG and PNG. Save the file as one of them and choose the files again.")
        case EncryptedPdf():
            reason = gettext("The PDF is locked with a password. Save it without one and choose the files again.")
        case FileTooLarge(limit=limit):
            reason = gettext("The file is larger than %(size)s. Choose a smaller one.", size=filesize(limit))
        case TooManyPages(limit=limit):
            reason = gettext("The PDF has more than %(number)s pages. Send it in parts.", number=limit)
        case TooManyPixels():
            reason = gettext("The picture is too large. Make it smaller and choose the files again.")
        case _:
            reason = gettext("We cannot open the file. Check that you can open it and choose the files again.")
    return str(reason)
