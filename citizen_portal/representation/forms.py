"""Forms with which people give, and staff register, leave to act for another."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import ValidationError

from citizen_portal import clock, storage
from citizen_portal.config import Settings
from citizen_portal.forms import AtMost, BaseForm, ChosenId, DayField, Filled
from citizen_portal.i18n import content_language
from citizen_portal.identity.models import Area, Representation
from citizen_portal.journal.models import CaseFile
from citizen_portal.representation.legal_bases import LegalBasis, legal_bases
from citizen_portal.representation.queries import subject_of
from citizen_portal.representation.service import LONGEST_GIVEN, LONGEST_REGISTERED, Registration, Terms, last_day
from citizen_portal.uploads import UploadError, UploadLimits, check_upload

AREAS: Final = {
    Area.VISITS: _l("Home visits"),
    Area.HEALTH: _l("Health and care"),
    Area.UPBRINGING: _l("Children and school"),
    Area.ECONOMY: _l("Economy and housing"),
    Area.OTHER: _l("Other matters"),
}
HELPS: Final = {
    "visits": _l("See when home care comes, and whether somebody has been there."),
    "health": _l("Apply, see cases, read and write messages about health and care."),
    "upbringing": _l("Apply, see cases, read and write messages about kindergarten and school."),
    "economy": _l("Apply, see cases, read and write messages about money and a place to live."),
    "other": _l("Apply, see cases, read and write messages about everything else."),
}
RELATIONS: Final = {
    "": _l("Other"),
    "mother": _l("Mother"),
    "father": _l("Father"),
    "grandmother": _l("Grandmother"),
    "grandfather": _l("Grandfather"),
    "spouse": _l("Spouse or partner"),
    "sister": _l("Sister"),
    "brother": _l("Brother"),
    "daughter": _l("Daughter"),
    "son": _l("Son"),
}
PROPOSAL_HOLDS: Final = 3600
"""Seconds from the check page to the button."""
_CHOOSE_AREAS: Final = _l("Choose what it is about.")
_WRITE_DATE: Final = _l("Write the date as day, month and year, for example %(example)s.", example="24.11.2026")


class _AreasForm(BaseForm):
    """What and until when, whoever says it."""

    chosen_id = ChosenId()
    areas = SelectMultipleField(
        _l("What is it about?"),
        choices=[SelectChoice(area.value, label) for area, label in AREAS.items()],
        validate_choice=False,
    )

    @property
    def id(self) -> UUID:
        """The id that the form was given when it was shown, so that sending it twice counts once."""
        return self.chosen_id.chosen

    @property
    def chosen_areas(self) -> frozenset[Area]:
        """Those that were chosen, without what is no area."""
        return frozenset(area for area in Area if area.value in (self.areas.data or ()))


class GiveForm(_AreasForm):
    """A power of attorney: to whom, in what, until when. The number is never shown again once it was sent."""

    national_id = StringField(
        _l("The person's national identity number"),
        [Filled(_l("Write the 11 digits of the person who shall act for you.")), AtMost(20)],
        description=_l("11 digits. We use the number only to find the right person."),
    )
    last_name = StringField(
        _l("The person's last name"),
        [Filled(_l("Write the last name of the person who shall act for you.")), AtMost(200)],
    )
    what = RadioField(
        _l("What shall the person be able to do?"),
        choices=[
            SelectChoice("areas", _l("Everything in the areas that I choose")),
            SelectChoice("case", _l("Only read and write in one conversation")),
        ],
        default="areas",
        validate_choice=False,
    )
    case = RadioField(_l("Which conversation?"), choices=[], validate_choice=False)
    until = DayField(_l("Last day"), description=_l("Leave it blank if it shall hold until you end it."))

    case_names: Mapping[str, str] = {}
    """What each conversation that can be chosen is called."""

    @classmethod
    def for_cases(cls, cases: Sequence[CaseFile]) -> "GiveForm":
        """The form with the cases whose conversation can be chosen."""
        form = cls()
        form.case_names = {str(case.id): subject_of(case) for case in cases}
        form.case.choices = [SelectChoice(value, name) for value, name in form.case_names.items()]
        if not cases:
            form.what.data = "areas"
        return form

    def validate_areas(self, _field: Field) -> None:
        """Raise ValidationError when areas are wanted and none is chosen."""
        if self.what.data != "case" and not self.chosen_areas:
            raise ValidationError(str(_CHOOSE_AREAS))

    def validate_case(self, field: RadioField) -> None:
        """Raise ValidationError when one conversation is wanted and none of one's own is chosen."""
        if self.what.data == "case" and field.data not in self.case_names:
            raise ValidationError(str(_l("Choose the conversation.")))

    def validate_until(self, field: DayField) -> None:
        """Raise ValidationError for what is no date, or one that cannot be."""
        if field.data and field.data.strip():
            _check_day(field, LONGEST_GIVEN)

    @property
    def case_name(self) -> str | None:
        """What the chosen conversation is called, when one is wanted."""
        return self.case_names.get(self.case.data) if self.what.data == "case" else None

    def terms(self, representative_id: UUID) -> Terms:
        """What the valid form says."""
        case_id = _uuid(self.case.data) if self.what.data == "case" else None
        areas = frozenset() if case_id else self.chosen_areas
        return Terms(self.id, representative_id, areas, case_id, self.until.day)


class ConfirmForm(BaseForm):
    """The terms that were looked over, sealed so that nobody changes them on the way."""

    proposal = HiddenField()

    @classmethod
    def of(cls, terms: Terms, principal_id: UUID) -> "ConfirmForm":
        """The form with the terms of the one who gives."""
        form = cls(formdata=None)
        form.proposal.data = _seal().dumps(
            {
                "by": str(principal_id),
                "id": str(terms.id),
                "to": str(terms.representative_id),
                "areas": sorted(terms.areas),
                "case": terms.case_file_id and str(terms.case_file_id),
                "until": terms.valid_to_date and terms.valid_to_date.isoformat(),
            }
        )
        return form

    def terms(self, principal_id: UUID) -> Terms | None:
        """The terms as they were looked over by this person; None when they are too old or not hers."""
        try:
            said: dict[str, Any] = _seal().loads(self.proposal.data or "", max_age=PROPOSAL_HOLDS)
        except BadData:
            return None
        if said["by"] != str(principal_id):
            return None
        return Terms(
            UUID(said["id"]),
            UUID(said["to"]),
            frozenset(Area(area) for area in said["areas"]),
            _uuid(said["case"]),
            said["until"] and date.fromisoformat(said["until"]),
        )


class PersonForm(BaseForm):
    """Whom to see for; blank for oneself."""

    person = HiddenField()

    @property
    def person_id(self) -> UUID | None:
        """The chosen person."""
        return _uuid(self.person.data)


class RenewForm(_AreasForm):
    """By which law and document somebody may act for another, in what, and until when."""

    legal_basis = RadioField(_l("Legal basis"), validate_choice=False)
    relation = SelectField(
        _l("The citizen is the representative's …"),
        choices=[SelectChoice(value, label) for value, label in RELATIONS.items()],
        validate_choice=False,
    )
    until = DayField(_l("Last day"), [Filled(_WRITE_DATE)], description=_l("At most five years from now."))
    document = FileField(_l("The document that it rests on"), description=_l("A PDF."))

    document_is_needed = False
    document_sha256: str | None = None
    """The document as it was stored by validation; None when none was sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form with the law of today."""
        super().__init__(*args, **kwargs)
        language = content_language()
        self.legal_basis.choices = [
            SelectChoice(basis.id, f"{basis.reference}: {basis.in_language(language)}")
            for basis in legal_bases(clock.today())
        ]

    @classmethod
    def of(cls, former: Representation) -> "RenewForm":
        """The form filled with what holds now."""
        bases = [basis.id for basis in legal_bases(clock.today()) if basis.reference == former.legal_basis]
        return cls(
            data={"areas": former.areas, "relation": former.relation or "", "legal_basis": bases[0] if bases else None}
        )

    @property
    def chosen_basis(self) -> LegalBasis | None:
        """The law that was chosen."""
        return next((basis for basis in legal_bases(clock.today()) if basis.id == self.legal_basis.data), None)

    def validate_legal_basis(self, _field: Field) -> None:
        """Raise ValidationError when none of the list is chosen."""
        if self.chosen_basis is None:
            raise ValidationError(str(_l("Choose the legal basis.")))

    def validate_areas(self, _field: Field) -> None:
        """Raise ValidationError when none is chosen, or one that the law does not cover."""
        if not self.chosen_areas:
            raise ValidationError(str(_CHOOSE_AREAS))
        if self.chosen_basis and not self.chosen_areas <= self.chosen_basis.areas:
            names = ", ".join(str(AREAS[area]) for area in AREAS if area in self.chosen_basis.areas)
            raise ValidationError(str(_l("This legal basis covers only: %(areas)s.", areas=names)))

    def validate_until(self, field: DayField) -> None:
        """Raise ValidationError for what is no date, or one that cannot be."""
        _check_day(field, LONGEST_REGISTERED)

    def validate_document(self, field: Field) -> None:
        """Check the document and store it. Raises ValidationError."""
        if not field.data:
            if self.document_is_needed:
                raise ValidationError(str(_l("Choose the document.")))
            return
        settings: Settings = current_app.config["PORTAL"]
        limits = UploadLimits(max_bytes=settings.max_upload_bytes)
        try:
            checked = check_upload(cast(BinaryIO, field.data.stream), field.data.filename or "", limits=limits)
        except UploadError:
            raise ValidationError(
                str(_l("We cannot use this file. Choose a PDF that opens without a password."))
            ) from None
        if checked.mime != "application/pdf":
            raise ValidationError(str(_l("We cannot use this file. Choose a PDF that opens without a password.")))
        self.document_sha256 = storage.files().put(checked.data).sha256

    def registration(self, document_sha256: str) -> Registration:
        """What the valid form says."""
        basis, until = self.chosen_basis, self.until.day
        if basis is None or until is None:
            raise ValueError("not validated")
        relation = self.relation.data if self.relation.data in RELATIONS else ""
        return Registration(self.id, relation or None, self.chosen_areas, basis, document_sha256, until)


class RegisterForm(RenewForm):
    """The same with the two people. Their numbers are never shown again once they were sent."""

    principal = StringField(
        _l("The citizen's national identity number"), [Filled(_l("Write the 11 digits of the citizen.")), AtMost(20)]
    )
    representative = StringField(
        _l("The representative's national identity number"),
        [Filled(_l("Write the 11 digits of the representative.")), AtMost(20)],
    )

    document_is_needed = True


def _check_day(field: DayField, years: int) -> None:
    if field.day is None:
        raise ValidationError(str(_WRITE_DATE))
    if field.day < clock.today():
        raise ValidationError(str(_l("The day is past. Write today or a later day.")))
    if field.day > last_day(years):
        raise ValidationError(str(_l("The day is too far ahead. Write one within %(number)s years.", number=years)))


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="representation")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
