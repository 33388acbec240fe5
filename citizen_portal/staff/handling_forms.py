"""Forms for sharing the work."""

from collections.abc import Sequence
from typing import Any, Final, Self

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SearchField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from citizen_portal.forms import AtMost, BaseForm, ChosenId, Filled, Offered
from citizen_portal.identity.models import StaffMember
from citizen_portal.tenancy.models import Unit

LONGEST_NOTE: Final = 10_000


class SearchForm(BaseForm):
    """Which case of the unit to look for."""

    wanted = SearchField(
        _l("Case number, name or service"),
        [Filled(_l("Write what you look for.")), AtMost(100)],
        description=_l("A case number looks like 2026/17."),
    )


def _choices(nobody: Any, among: Sequence[StaffMember | Unit]) -> list[tuple[str, Any]]:
    """Nobody first, so that nothing is given to whoever happens to stand there."""
    return [("", nobody), *((str(each.id), each.name) for each in among)]


class _Chosen(Offered):
    """Somebody of the list, and not its first line."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise ValidationError when nobody was chosen."""
        super().__call__(form, field)
        if not field.data:
            raise ValidationError(str(self.message))


class NoteForm(BaseForm):
    """An internal note."""

    note_id = ChosenId()
    body = TextAreaField(_l("New note"), [Filled(_l("Write the note.")), AtMost(LONGEST_NOTE)])
    is_open_to_party = BooleanField(
        _l("The party may see it"),
        description=_l("Facts that the case is decided by, such as what was said on the phone, are open to the party."),
    )


class AssignForm(BaseForm):
    """To whom the chosen cases of the list go."""

    colleague = SelectField(_l("Give the chosen cases to"), [_Chosen(_l("Choose a colleague."))], validate_choice=False)

    @classmethod
    def among(cls, colleagues: Sequence[StaffMember]) -> Self:
        """The form with those who can take over."""
        form = cls()
        form.colleague.choices = _choices(_l("Choose a colleague"), colleagues)
        return form


class HandOverForm(AssignForm):
    """Which colleague goes on with one case, with a note for her."""

    note_id = ChosenId()
    colleague = SelectField(_l("Colleague"), [_Chosen(_l("Choose a colleague."))], validate_choice=False)
    note = TextAreaField(_l("Note to your colleague"), [AtMost(LONGEST_NOTE)])


class MoveForm(BaseForm):
    """Which unit has the case from now on."""

    unit = SelectField(_l("Unit"), [_Chosen(_l("Choose a unit."))], validate_choice=False)

    @classmethod
    def among(cls, units: Sequence[Unit]) -> Self:
        """The form with the units."""
        form = cls()
        form.unit.choices = _choices(_l("Choose a unit"), units)
        return form


class ForwardForm(BaseForm):
    """Which body outside the municipality decides it."""

    to = StringField(_l("Name of the body"), [Filled(_l("Write which body you send it to.")), AtMost(200)])
    contact = StringField(
        _l("How the citizen reaches it"),
        [Filled(_l("Write a phone number or an email address.")), AtMost(200)],
    )
    why = TextAreaField(_l("Why you send it on"), [Filled(_l("Write why you send it on.")), AtMost(2_000)])
