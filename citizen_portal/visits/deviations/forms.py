"""Forms of the unit's page of visits."""

from collections.abc import Sequence
from typing import Any, Final, Self

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from citizen_portal.forms import AtMost, BaseForm, Filled, FilterForm
from citizen_portal.visits.deviations.staff_queries import DayFilter

LONGEST_REASON: Final = 1000
FILTERS: Final = {
    "": DayFilter.ALL,
    "ikke-kvittert": DayFilter.NOT_SIGNED_OFF,
    "utfort": DayFilter.DONE,
    "avvik": DayFilter.DEVIATIONS,
}
"""The parts of a day as they stand in its address."""
_WORDS: Final = {
    DayFilter.ALL: _l("All visits"),
    DayFilter.NOT_SIGNED_OFF: _l("Not signed off"),
    DayFilter.DONE: _l("Done"),
    DayFilter.DEVIATIONS: _l("With deviations"),
}


class HandleForm(BaseForm):
    """What the unit has done about a deviation."""

    reason = TextAreaField(
        _l("What have you done?"),
        [Filled(_l("Write what you have done, so that your colleagues know.")), AtMost(LONGEST_REASON)],
        description=_l("For example: Called. Her daughter is there."),
    )


class DayForm(FilterForm):
    """Which of a day's visits to see."""

    vis = SelectField(
        _l("Show"),
        choices=[SelectChoice(name, _WORDS[part]) for name, part in FILTERS.items()],
        validate_choice=False,
    )
    tjeneste = SelectField(_l("Service"), validate_choice=False)

    @classmethod
    def among(cls, services: Sequence[str]) -> Self:
        """The form with the services of the day, filled from the address."""
        form = cls(request.args)
        every: Any = _l("All services")
        form.tjeneste.choices = [SelectChoice("", every), *(SelectChoice(service, service) for service in services)]
        return form

    @property
    def wanted(self) -> DayFilter:
        """The chosen part of the day."""
        return FILTERS.get(self.vis.data or "", DayFilter.ALL)
