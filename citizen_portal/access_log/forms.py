"""The citizen's forms: what part of the log to see, and a question about a reading."""

from datetime import timedelta
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from citizen_portal import clock
from citizen_portal.access_log.models import LONGEST_TEXT
from citizen_portal.audit.readings import Kind, LogFilter, Reader
from citizen_portal.forms import AtMost, BaseForm, Filled

_DAYS: Final = {"uke": 7, "maned": 31, "ar": 366}
_READERS: Final = {"ansatte": Reader.STAFF, "representanter": Reader.REPRESENTATIVE, "systemer": Reader.MACHINE}
_KINDS: Final = {
    "saker": Kind.CASE,
    "samtaler": Kind.CONVERSATION,
    "besok": Kind.VISITS,
    "filer": Kind.DOCUMENT,
    "innsyn": Kind.ACCESS_LOG,
}


class LogFilterForm(BaseForm):
    """What part of the log to see. It stands in the address, and an address may hold anything: that shows it all."""

    class Meta(BaseForm.Meta):
        """Sent by GET: it changes nothing."""

        csrf = False

    hvem = SelectField(
        _l("Who has looked"),
        validate_choice=False,
        choices=[
            SelectChoice("", _l("Everybody")),
            SelectChoice("ansatte", _l("Staff of the municipality")),
            SelectChoice("representanter", _l("Those who act for you")),
            SelectChoice("systemer", _l("Other systems")),
        ],
    )
    hva = SelectField(
        _l("What they looked at"),
        validate_choice=False,
        choices=[
            SelectChoice("", _l("Everything")),
            SelectChoice("saker", _l("Cases")),
            SelectChoice("samtaler", _l("Conversations")),
            SelectChoice("besok", _l("Visits")),
            SelectChoice("filer", _l("Documents")),
            SelectChoice("innsyn", _l("This log")),
        ],
    )
    periode = SelectField(
        _l("Period"),
        validate_choice=False,
        choices=[
            SelectChoice("", _l("The whole log")),
            SelectChoice("uke", _l("The last week")),
            SelectChoice("maned", _l("The last month")),
            SelectChoice("ar", _l("The last year")),
        ],
    )

    @property
    def wanted(self) -> LogFilter:
        """What was chosen."""
        days = _DAYS.get(self.periode.data or "")
        return LogFilter(
            reader=_READERS.get(self.hvem.data or ""),
            kind=_KINDS.get(self.hva.data or ""),
            since=clock.now() - timedelta(days=days) if days else None,
        )

    @property
    def in_address(self) -> dict[str, Any]:
        """What was chosen, as the next page's address says it."""
        known = ((self.hvem, {*_READERS}), (self.hva, {*_KINDS}), (self.periode, {*_DAYS}))
        return {field.name: field.data for field, values in known if field.data in values}


class QuestionForm(BaseForm):
    """What a person wonders about a reading."""

    text = TextAreaField(
        _l("What do you wonder about?"), [Filled(_l("Write what you wonder about.")), AtMost(LONGEST_TEXT)]
    )
