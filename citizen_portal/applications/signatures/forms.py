"""Forms with which a signature is asked for and refused. What is wrong with a number is said without its digits."""

from collections.abc import Sequence
from typing import Any, Final, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal.forms import AtMost, BaseForm, Offered
from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.models import Person
from citizen_portal.identity.national_id import NationalId

SOMEBODY_ELSE: Final = "other"
LONGEST_REASON: Final = 2_000


class AskForm(BaseForm):
    """Who shall sign: somebody whom we know that it concerns, or somebody by number and name."""

    revision = HiddenField()
    who = RadioField(_l("Who shall sign?"), [Offered(_l("Choose who shall sign."))], choices=[], validate_choice=False)
    national_id = StringField(
        _l("The signer's national identity number"),
        [AtMost(20)],
        description=_l("11 digits. We use the number only to find the right person."),
    )
    last_name = StringField(_l("The signer's last name"), [AtMost(200)])

    @classmethod
    def among(cls, parents: Sequence[Person], **data: Any) -> Self:
        """The form with those who can be chosen without a number."""
        form = cls(**data)
        choices = [SelectChoice(str(parent.id), parent.name) for parent in parents]
        form.who.choices = [*choices, SelectChoice(SOMEBODY_ELSE, _l("Somebody else"))]
        if not parents:
            form.who.data = SOMEBODY_ELSE
        return form

    @property
    def chosen_parent(self) -> UUID | None:
        """Who was chosen in the valid form; None for somebody by number and name."""
        return None if self.who.data == SOMEBODY_ELSE else UUID(self.who.data)

    @property
    def looked_over(self) -> int:
        """Which answers the applicant looked over; -1 for what is no number."""
        text = str(self.revision.data or "")
        return int(text) if text.isdecimal() and len(text) < 10 else -1

    def validate_national_id(self, field: Field) -> None:
        """Raise ValidationError where a number is needed and is none."""
        if self.who.data != SOMEBODY_ELSE:
            return
        try:
            NationalId.parse(field.data or "")
        except InvalidNationalId:
            raise ValidationError(str(_l("Write the 11 digits of the person who shall sign."))) from None

    def validate_last_name(self, field: Field) -> None:
        """Raise ValidationError where a name is needed and there is none."""
        if self.who.data == SOMEBODY_ELSE and not (field.data or "").strip():
            raise ValidationError(str(_l("Write the last name of the person who shall sign.")))

    def refuse_applicant(self) -> None:
        """Say that it must be somebody else."""
        self.national_id.errors = [_l("Write the number of somebody else than the one who applies.")]


class RefuseForm(BaseForm):
    """A no, with a reason or without."""

    reason = TextAreaField(
        _l("Why do you not want to sign?"),
        [AtMost(LONGEST_REASON)],
        description=_l("You do not have to say why. What you write is shown to the person who asked you."),
    )
