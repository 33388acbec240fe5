"""What all forms share. Field types that Norwegians need come here when the second feature needs them."""

import re
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectFieldBase, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from citizen_portal.config import Settings
from citizen_portal.db import new_id, storable
from citizen_portal.templating import filesize
from citizen_portal.uploads import (
    EmptyFile,
    EncryptedPdf,
    FileTooLarge,
    TooManyPages,
    TooManyPixels,
    UploadError,
    UploadLimits,
    WrongFileType,
)

MOST_PAGES: Final = 50
"""Of one PDF: making the archive's rendition of it is some eight seconds' work. Longer ones are sent in parts."""
_DAY: Final = re.compile(r"([0-9]{1,2})[./\- ]([0-9]{1,2})[./\- ]([0-9]{4})")


class BaseForm(FlaskForm):
    """A form whose errors can be listed above it, each with a link to its field."""

    class Meta(FlaskForm.Meta):
        """Messages are our own, in the user's language; WTForms' built-in ones are never shown."""

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> str:
            """Render without `required` attributes: errors are ours to word, and drafts may be incomplete."""
            render_kw.setdefault("required", False)
            return super().render_field(field, render_kw)  # type: ignore[no-any-return]

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Take what was typed into any field as it can be kept: browsers end lines in their own way."""
            field: Field = super().bind_field(form, unbound_field, options)
            field.filters = (_storable, *field.filters)
            return field

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(field id, message) of each error, in the order of the fields."""
        return [(field.id, str(message)) for field in self if field.name != "csrf_token" for message in field.errors]


def _storable(data: Any) -> Any:
    return storable(data) if isinstance(data, str) else data


class FilterForm(BaseForm):
    """What part of a list to see. It stands in the address, and an address may hold anything: what is unknown is not
    there."""

    class Meta(BaseForm.Meta):
        """Sent by GET: it changes nothing."""

        csrf = False

    @property
    def in_address(self) -> dict[str, Any]:
        """What was chosen, as the next page's address says it."""
        choices = (field for field in self if isinstance(field, SelectFieldBase))
        known = [(field, {value for value, *_rest in field.iter_choices() if value}) for field in choices]
        return {field.name: field.data for field, values in known if field.data in values}


class DayField(StringField):
    """A date as people write it: day, month and year, «24.11.2026»."""

    @property
    def day(self) -> date | None:
        """The date that was written; None when there is no such date."""
        found = _DAY.fullmatch((self.data or "").strip())
        try:
            return date(int(found[3]), int(found[2]), int(found[1])) if found else None
        except ValueError:
            return None


class ChosenId(HiddenField):
    """An id that the page gives the form, so that it counts once however often it is sent."""

    def __init__(self, **options: Any) -> None:
        """A fresh form has an id of its own."""
        super().__init__(default=lambda: str(new_id()), **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the id that came with the form; in place of what is none a new one, so that nothing typed is lost."""
        if valuelist:
            try:
                self.data = str(UUID(valuelist[0]))
            except ValueError:
                self.data = str(new_id())

    @property
    def chosen(self) -> UUID:
        """The form's id."""
        return UUID(self.data)


class Filled(InputRequired):
    """The field must hold something other than space; `message` tells what to write."""

    def __call__(self, _form: Any, field: Field) -> None:
        """Raise ValidationError when the field is blank."""
        if not isinstance(field.data, str) or not field.data.strip():
            raise ValidationError(str(self.message or _l("Fill in this field.")))


class Offered:
    """The choice must be one that the field offers, for fields whose own check is off (`validate_choice=False`)."""

    def __init__(self, message: Any) -> None:
        """`message` tells what to choose."""
        self.message = message

    def __call__(self, _form: Any, field: SelectFieldBase) -> None:
        """Raise ValidationError when something else was sent, or nothing."""
        if field.data not in [value for value, *_rest in field.iter_choices()]:
            raise ValidationError(str(self.message))


class AtMost(Length):
    """The text holds at most `maximum` characters."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            max=maximum, message=_l("This is too long. Shorten it to %(number)s characters.", number=maximum)
        )


def upload_limits() -> UploadLimits:
    """What one file may be that somebody sends us."""
    settings: Settings = current_app.config["PORTAL"]
    return UploadLimits(max_bytes=settings.max_upload_bytes, max_pages=MOST_PAGES)


def refusal_in_words(error: UploadError) -> str:
    """Why a file is not taken, and what to do."""
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
