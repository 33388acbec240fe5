"""The citizen's forms: what part of the log to see, and a question about a reading."""

from datetime import timedelta
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from citizen_portal import clock
from citizen_portal.access_log.models import LONGEST_TEXT
from citizen_portal.audit.readings import Kind, LogFilter, Reader
from citizen_portal.forms import AtMost, BaseForm, Filled, FilterForm

_DAYS: Final = {"uke": 7, "maned": 31, "ar": 366}
_READERS: Final = {"ansatte": Reader.STAFF, "representanter": Reader.REPRESENTATIVE, "systemer": Reader.MACHINE}
_KINDS: Final = {
    "saker": Kind.CASE,
    "samtaler": Kind.CONVERSATION,
    "besok": Kind.VISITS,
    "filer": Kind.DOCUMENT,
    "innsyn": Kind.ACCESS_LOG,
}


class LogFilterForm(FilterForm):
    """What part of the log to see; all of it where nothing is chosen."""

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


class QuestionForm(BaseForm):
    """What a person wonders about a reading."""

    text = TextAreaField(
        _l("What do you wonder about?"), [Filled(_l("Write what you wonder about.")), AtMost(LONGEST_TEXT)]
    )
