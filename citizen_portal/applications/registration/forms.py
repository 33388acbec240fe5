"""The form with which staff register what came by phone or on paper."""

from collections.abc import Iterable
from typing import Final

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition
from citizen_portal.applications.files.forms import Received, receive
from citizen_portal.applications.registration.service import LONGEST_AGO, Registration
from citizen_portal.applications.status import Channel
from citizen_portal.forms import AtMost, BaseForm, ChosenId, DayField, Filled, Offered
from citizen_portal.i18n import content_language
from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.national_id import NationalId

LONGEST_TOLD: Final = 20_000
_CHOOSE: Final = _l("Choose how it came.")


class KnownCitizenForm(BaseForm):
    """What came, when and how, from somebody whom the employee has found already."""

    chosen_id = ChosenId()
    service = SelectField(_l("Service"), [Offered(_l("Choose the service."))], choices=[], validate_choice=False)
    channel = RadioField(
        _l("How did it come?"),
        [Offered(_CHOOSE)],
        choices=[SelectChoice("phone", _l("By phone")), SelectChoice("paper", _l("On paper"))],
        validate_choice=False,
    )
    received = DayField(
        _l("The day on which we received it"),
        [Filled(_l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026"))],
        description=_l("All deadlines are counted from this day."),
        default=lambda: f"{clock.today():%d.%m.%Y}",
    )
    told = TextAreaField(
        _l("What the citizen says"),
        [AtMost(LONGEST_TOLD)],
        description=_l("In the citizen's own words. The citizen can read it, and say if it is not right."),
    )

    scan = FileField(_l("The scanned paper"))

    received_files: Received | None = None
    """The scan that was posted, once the form was validated."""

    def __init__(self, services: Iterable[Definition], **kwargs: object) -> None:
        """Make the form with the services that can be applied for."""
        super().__init__(**kwargs)
        self.service.choices = [
            SelectChoice("", _l("Choose the service")),
            *(SelectChoice(each.id, each.service.in_language(content_language())) for each in services),
        ]

    def validate_service(self, field: Field) -> None:
        """Raise ValidationError when none is chosen."""
        if not field.data:
            raise ValidationError(str(_l("Choose the service.")))

    def validate_received(self, field: DayField) -> None:
        """Raise ValidationError for what is no day, or one that cannot be."""
        if field.day is None:
            raise ValidationError(
                str(_l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026"))
            )
        if field.day > clock.today():
            raise ValidationError(str(_l("The day is not here yet. Write today or an earlier day.")))
        if field.day < clock.today() - LONGEST_AGO:
            raise ValidationError(str(_l("The day is more than a year ago. Check the year.")))

    def validate_told(self, field: Field) -> None:
        """Raise ValidationError when nothing was written down from the phone."""
        if self.channel.data == Channel.PHONE and not (field.data or "").strip():
            raise ValidationError(str(_l("Write what the citizen says.")))

    def validate_scan(self, field: Field) -> None:
        """Check the scan of a paper, and make it ready. Raises ValidationError."""
        if self.channel.data != Channel.PAPER:
            return
        self.received_files = receive(field.name)
        if self.received_files.refusals:
            raise ValidationError(self.received_files.refusals[0])
        if not self.received_files.uploads:
            raise ValidationError(str(_l("Choose the scanned paper.")))

    @property
    def registration(self) -> Registration:
        """What the valid form says."""
        if self.received.day is None:
            raise ValueError("not validated")
        scan = self.received_files.uploads[0][1] if self.received_files else None
        return Registration(
            id=self.chosen_id.chosen,
            definition_id=self.service.data,
            channel=Channel(self.channel.data),
            received_date=self.received.day,
            told=(self.told.data or "").strip(),
            scan=scan,
        )


class CitizenForm(KnownCitizenForm):
    """The same with who the citizen is. The number is never shown again once it was sent."""

    national_id = StringField(_l("The citizen's national identity number"), [AtMost(20)], description=_l("11 digits."))
    name = StringField(
        _l("The citizen's name"),
        [Filled(_l("Write the citizen's name.")), AtMost(200)],
        description=_l("Used only if the municipality does not know the citizen from before."),
    )

    def validate_national_id(self, field: Field) -> None:
        """Raise ValidationError for what is no number."""
        try:
            NationalId.parse(field.data or "")
        except InvalidNationalId:
            raise ValidationError(str(_l("Write the 11 digits of the citizen."))) from None

    def refuse_citizen(self) -> None:
        """Say that nothing can be registered for the number, and not why."""
        self.national_id.errors = [
            _l("You cannot register an application for this number. Check the digits, or ask your manager.")
        ]
