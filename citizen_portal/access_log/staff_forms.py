"""The auditor's forms: what part of the report to see, a note about a finding, an answer to a citizen."""

from collections.abc import Sequence
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from citizen_portal.access_log.models import LONGEST_TEXT
from citizen_portal.access_log.report import Period, ReportFilter
from citizen_portal.audit.rules import Rule
from citizen_portal.forms import AtMost, BaseForm, Filled, FilterForm
from citizen_portal.tenancy.models import Unit

LONGEST_NOTE: Final = 2_000
_DAYS: Final = {"uke": 7, "maned": 31, "kvartal": 92}
_REVIEWED: Final = {"ikke": False, "sett": True, "alle": None}
RULE_NAMES: Final = {
    Rule.OWN_CASE: _l("Own case"),
    Rule.OWN_FAMILY: _l("Same family name"),
    Rule.OWN_NEIGHBOUR: _l("Same address"),
    Rule.OUT_OF_HOURS: _l("Outside working hours"),
    Rule.MANY_PEOPLE: _l("Many people in a short time"),
    Rule.OUTSIDE_UNIT: _l("Outside own unit"),
    Rule.EMERGENCY: _l("Emergency access"),
    Rule.PROTECTED_PERSON: _l("Protected person"),
}


class ReportForm(FilterForm):
    """What part of the report to see."""

    periode = SelectField(
        _l("Period"),
        validate_choice=False,
        choices=[
            SelectChoice("maned", _l("The last month")),
            SelectChoice("uke", _l("The last week")),
            SelectChoice("kvartal", _l("The last three months")),
        ],
    )
    enhet = SelectField(_l("Unit"), validate_choice=False)
    regel = SelectField(_l("Rule"), validate_choice=False)
    sett = SelectField(
        _l("Followed up"),
        validate_choice=False,
        choices=[
            SelectChoice("ikke", _l("Not looked at")),
            SelectChoice("sett", _l("Looked at")),
            SelectChoice("alle", _l("All")),
        ],
    )

    def offer(self, units: Sequence[Unit]) -> None:
        """Let the municipality's units, and every rule, be chosen."""
        self.enhet.choices = [SelectChoice("", _l("All units")), *(SelectChoice(str(u.id), u.name) for u in units)]
        self.regel.choices = [
            SelectChoice("", _l("All rules")),
            *(SelectChoice(rule.value, name) for rule, name in RULE_NAMES.items()),
        ]

    @property
    def period(self) -> Period:
        """The chosen period; a month by default."""
        return Period.last_days(_DAYS.get(self.periode.data or "", _DAYS["maned"]))

    def wanted(self, units: Sequence[Unit]) -> ReportFilter:
        """What was chosen."""
        return ReportFilter(
            unit_name=next((unit.name for unit in units if str(unit.id) == self.enhet.data), None),
            rule=next((rule for rule in Rule if rule.value == self.regel.data), None),
            is_reviewed=_REVIEWED.get(self.sett.data or "", False),
        )


class ReviewForm(BaseForm):
    """What came of looking at a finding."""

    note = TextAreaField(
        _l("What did you find out?"),
        [Filled(_l("Write in a few words what you found out.")), AtMost(LONGEST_NOTE)],
    )


class AnswerForm(BaseForm):
    """What the citizen reads as an answer."""

    answer = TextAreaField(_l("Answer to the citizen"), [Filled(_l("Write the answer.")), AtMost(LONGEST_TEXT)])
