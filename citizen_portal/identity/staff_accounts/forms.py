"""The form that gives a role. What it may say the domain decides; the form puts each refusal at its field."""

from collections.abc import Iterable
from typing import Final, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import ValidationError

from citizen_portal import clock
from citizen_portal.auth.actor import Role
from citizen_portal.forms import BaseForm, DayField, Offered
from citizen_portal.identity.staff_accounts import errors
from citizen_portal.identity.staff_accounts.service import Assignment
from citizen_portal.templating import short_date

ROLE_NAMES: Final = {
    Role.CASEWORKER: _l("Caseworker"),
    Role.NURSE: _l("Nurse"),
    Role.ARCHIVIST: _l("Archivist"),
    Role.COMMUNICATIONS: _l("Communications adviser"),
    Role.SYSTEM_OWNER: _l("System owner"),
    Role.SUPERUSER: _l("Superuser in the unit"),
    Role.AUDITOR: _l("Internal control of access"),
    Role.PROTECTED_ACCESS: _l("Access to people with special protection"),
    Role.DEPUTY: _l("Deputy manager"),
    Role.MANAGER: _l("Manager"),
}
_NO_DATE: Final = _l("Write the date as day, month and year, for example 24.11.2026.")
_REFUSALS: Final = {
    errors.AlreadyHeld: (
        "role",
        _l("The person has this role in the unit already. Choose another role or other days."),
    ),
    errors.BeginsInThePast: ("from_date", _l("Choose today or a later day.")),
    errors.EndsTooEarly: ("to_date", _l("Choose a last day that is not before the first day.")),
    errors.SubstituteWithoutEnd: ("to_date", _l("Write the last day when somebody steps in for a colleague.")),
    errors.AbsentLacksRole: (
        "substitute_for",
        _l("The colleague does not have this role in the unit then. Choose another colleague or role."),
    ),
}


class GiveRoleForm(BaseForm):
    """A role in one unit."""

    role = SelectField(_l("Role"), [Offered(_l("Choose a role from the list."))], validate_choice=False)
    from_date = DayField(_l("First day"))
    to_date = DayField(_l("Last day"), description=_l("Leave it empty when no end is agreed."))
    substitute_for = SelectField(
        _l("Steps in for"),
        [Offered(_l("Choose a colleague from the list."))],
        default="",
        validate_choice=False,
        description=_l("Only when a colleague is away. Then the last day must be written."),
    )

    @classmethod
    def offering(cls, roles: Iterable[Role], colleagues: Iterable[tuple[UUID, str]]) -> Self:
        """The form with the roles and colleagues to choose from, beginning today."""
        form = cls(from_date=short_date(clock.today()))
        form.role.choices = [(role.value, ROLE_NAMES[role]) for role in roles]
        form.substitute_for.choices = [("", _l("Nobody"))] + [(str(key), name) for key, name in colleagues]
        return form

    def assignment(self, unit_id: UUID) -> Assignment:
        """What was filled in, once the form is valid."""
        absent = self.substitute_for.data
        first = self.from_date.day
        assert first is not None  # noqa: S101  validated
        return Assignment(unit_id, Role(self.role.data), first, self.to_date.day, UUID(absent) if absent else None)

    def refuse(self, error: errors.RoleRefused) -> None:
        """Say at its field what cannot be, and what to do."""
        name, text = _REFUSALS[type(error)]
        self[name].errors = [text]

    def validate_from_date(self, field: DayField) -> None:
        """A date. Raises ValidationError."""
        if field.day is None:
            raise ValidationError(str(_NO_DATE))

    def validate_to_date(self, field: DayField) -> None:
        """A date or nothing. Raises ValidationError."""
        if (field.data or "").strip() and field.day is None:
            raise ValidationError(str(_NO_DATE))
