"""The form of a unit's limits."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any, Final, Self

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from citizen_portal.forms import BaseForm
from citizen_portal.visits.rules.models import LONGEST_NOTICE, LONGEST_WAIT, MOST_MONTHS, CareRules, Limits

_NUMBER: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", re.ASCII)
_MOST_SHIFTS: Final = 6
_WAIT, _NOTICE = (int(limit.total_seconds()) // 60 for limit in (LONGEST_WAIT, LONGEST_NOTICE))


class NumberField(StringField):
    """A whole number between two others, as people write it."""

    def __init__(self, label: Any, least: int, most: int, **options: Any) -> None:
        super().__init__(label, **options)
        self.least, self.most = least, most

    @property
    def number(self) -> int:
        """What was written; 0 while it is no number."""
        written = (self.data or "").strip()
        return int(written) if _NUMBER.fullmatch(written) else 0

    def pre_validate(self, _form: Any) -> None:
        """Raise ValidationError unless it is a number within the bounds."""
        if not _NUMBER.fullmatch((self.data or "").strip()) or not self.least <= self.number <= self.most:
            message = _l("Write a whole number from %(least)s to %(most)s.", least=self.least, most=self.most)
            raise ValidationError(str(message))


class CareRulesForm(BaseForm):
    """A unit's limits for its visits."""

    late_after = NumberField(
        _l("Late after (minutes)"),
        1,
        _WAIT,
        description=_l("So long after the planned time a visit without sign-off comes on the duty list."),
    )
    grace = NumberField(
        _l("Time for the unit (minutes)"),
        0,
        _WAIT,
        description=_l("So long the unit has to find out before next of kin are told."),
    )
    shift_ends = StringField(
        _l("Shifts end at"),
        description=_l("Times with commas between, for example 07:30, 15:00, 22:30."),
    )
    cancel_before = NumberField(
        _l("Cancellation by the citizen, at the latest (minutes before)"),
        0,
        _NOTICE,
        description=_l("720 minutes are 12 hours. Later the citizen must call."),
    )
    silent_after = NumberField(
        _l("The care record system is silent after (minutes)"),
        5,
        _WAIT,
        description=_l(
            "So long without a word, while visits wait for sign-off, the unit is told that the system is silent."
        ),
    )
    keep_months = NumberField(
        _l("Visits are kept here (months)"),
        1,
        MOST_MONTHS,
        description=_l("The care record system is the archive, and keeps them longer."),
    )

    @classmethod
    def of(cls, rules: CareRules) -> Self:
        """The form with what holds now."""
        return cls(
            formdata=None,
            late_after=str(rules.late_after_minutes),
            grace=str(rules.grace_minutes),
            shift_ends=", ".join(f"{end:%H:%M}" for end in rules.shift_ends),
            cancel_before=str(rules.cancel_before_minutes),
            silent_after=str(rules.silent_after_minutes),
            keep_months=str(rules.keep_months),
        )

    def validate_shift_ends(self, field: Field) -> None:
        """Raise ValidationError unless it is a list of times of the day."""
        times = _times_in(field.data or "")
        if times is None or not 1 <= len(times) <= _MOST_SHIFTS:
            raise ValidationError(
                str(_l("Write one to six times with commas between, for example 07:30, 15:00, 22:30."))
            )

    @property
    def limits(self) -> Limits:
        """What was written, once it is validated."""
        return Limits(
            late_after_minutes=self.late_after.number,
            grace_minutes=self.grace.number,
            shift_ends=tuple(sorted(set(_times_in(self.shift_ends.data or "") or ()))),
            cancel_before_minutes=self.cancel_before.number,
            silent_after_minutes=self.silent_after.number,
            keep_months=self.keep_months.number,
        )


def _times_in(text: str) -> Sequence[time] | None:
    """The times of the day that a text lists; None when it holds something else."""
    found = [_CLOCK.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
    times = [time(int(match[1]), int(match[2])) for match in found if match]
    return times if len(times) == len(found) else None
