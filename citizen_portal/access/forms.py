"""Forms for finding a person and for saying why."""

from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal.access.errors import NameTooShort
from citizen_portal.access.queries import Search
from citizen_portal.access.service import SHORTEST_REASON
from citizen_portal.audit.models import Purpose
from citizen_portal.forms import AtMost, BaseForm, Filled, Offered
from citizen_portal.identity.errors import InvalidNationalId

PURPOSES: Final = {
    Purpose.CASE_HANDLING: _l("To handle a case"),
    Purpose.CARE: _l("To give health care or other help"),
    Purpose.ACCESS_REQUEST: _l("To answer somebody who asks for access"),
    Purpose.SUPERVISION: _l("To check how the municipality does its work"),
    Purpose.TECHNICAL_FAULT: _l("To put a technical fault right"),
    Purpose.EMERGENCY: _l("Emergency: life or health is at stake"),
    Purpose.PROTECTED_PERSON: _l("The reason you wrote"),
}
CHOSEN: Final = tuple(purpose for purpose in PURPOSES if purpose not in (Purpose.EMERGENCY, Purpose.PROTECTED_PERSON))
"""Purposes that are chosen from the list; the other two are pages of their own."""


class SearchForm(BaseForm):
    """Whom to look for."""

    wanted = StringField(
        _l("National identity number, case number or name"),
        [Filled(_l("Write whom you look for.")), AtMost(100)],
        description=_l("A case number looks like 2026/17. Of a name, write at least three letters."),
    )

    search: Search | None = None
    """What was typed, understood; once the form is valid."""

    def validate_wanted(self, field: StringField) -> None:
        """Raise ValidationError when nobody can be looked for by it."""
        try:
            self.search = Search.of(field.data or "")
        except InvalidNationalId:
            raise ValidationError(str(_l("This is not a national identity number. Check the eleven digits."))) from None
        except NameTooShort:
            raise ValidationError(str(_l("Write at least three letters of the name."))) from None


class PurposeForm(BaseForm):
    """Why one looks, from the list."""

    purpose = RadioField(
        _l("Why do you need to look?"),
        [Offered(_l("Choose why you need to look."))],
        choices=[SelectChoice(purpose.value, PURPOSES[purpose]) for purpose in CHOSEN],
        validate_choice=False,
    )

    @property
    def answer(self) -> tuple[Purpose, str | None]:
        """Purpose and reason, once the form is valid."""
        return Purpose(self.purpose.data), None


class ReasonForm(BaseForm):
    """Why one looks, in one's own words."""

    kind = Purpose.PROTECTED_PERSON
    reason = TextAreaField(
        _l("Why do you need to look?"),
        [Filled(_l("Write why you need to look.")), AtMost(1_000)],
        description=_l("Write what you will do and why it is needed. What you write is kept in the log."),
    )

    def validate_reason(self, field: TextAreaField) -> None:
        """Raise ValidationError for a word or two."""
        if len((field.data or "").strip()) < SHORTEST_REASON:
            raise ValidationError(str(_l("Write at least ten characters about why you need to look.")))

    @property
    def answer(self) -> tuple[Purpose, str | None]:
        """Purpose and reason, once the form is valid."""
        return self.kind, self.reason.data


class EmergencyForm(ReasonForm):
    """The emergency, in one's own words."""

    kind = Purpose.EMERGENCY
