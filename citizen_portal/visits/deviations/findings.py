"""What is wrong with a visit at an instant: the rules, without the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.reports import CancelledBy, VisitStatus
from citizen_portal.visits.rules.models import CareRules

NEWS: Final = timedelta(days=1)
"""Older than this nobody is told of it, and a closed door or a cancellation is not opened as a deviation at all."""
UNSIGNED: Final = frozenset({DeviationKind.LATE, DeviationKind.MISSING})
"""What a silent source may be the reason of."""

CAME: Final = 3
"""What tells most of a visit: that somebody came."""

Rules = Mapping[UUID | None, CareRules]


@dataclass(frozen=True, slots=True)
class WatchedVisit:
    """What the rules ask of a visit."""

    id: UUID
    care_recipient_id: UUID | None
    unit_id: UUID | None
    consumer: str
    status: VisitStatus
    occurs_at: datetime | None
    expected_at: datetime | None
    """By when it should be done: the end of the planned window."""
    updated_at: datetime
    is_protected: bool
    twin: int | None
    """How much another system tells that reports the same visit, where that counts and not this; `CAME` is the most."""
    cancelled_by: CancelledBy | None
    """Who called it off, where that is known: what the citizen asked for is no deviation."""

    def wrong(self, rules: CareRules, now: datetime) -> DeviationKind | None:
        """What is wrong with it now, silent sources aside; None when nothing is, or it is not known whose it is."""
        if self.care_recipient_id is None:
            return None
        kind = self._wrong_here(rules, now)
        return DeviationKind.MERGED if kind and self.twin is not None else kind

    def _wrong_here(self, rules: CareRules, now: datetime) -> DeviationKind | None:
        match self.status:
            case VisitStatus.NOT_HOME:
                return DeviationKind.NOT_HOME
            case VisitStatus.CANCELLED:
                at_short_notice = self.occurs_at is not None and self.updated_at > self.occurs_at - rules.notice
                is_own_wish = self.cancelled_by is CancelledBy.PATIENT
                return DeviationKind.CANCELLED_BY_SERVICE if at_short_notice and not is_own_wish else None
            case VisitStatus.PLANNED | VisitStatus.ON_THE_WAY | VisitStatus.ARRIVED:
                return self._unsigned(rules, now)
        return None

    def _unsigned(self, rules: CareRules, now: datetime) -> DeviationKind | None:
        """A visit that somebody has begun is not late, and should still be signed off when the shift ends."""
        if self.expected_at is None or now < rules.late_at(self.expected_at):
            return None
        if now >= rules.missing_at(self.expected_at):
            return DeviationKind.MISSING
        return None if self.status is VisitStatus.ARRIVED else DeviationKind.LATE

    def is_news(self, now: datetime) -> bool:
        """Whether it was to take place so lately that somebody may want to hear of it."""
        return self.expected_at is not None and self.expected_at > now - NEWS

    def may_open(self, kind: DeviationKind, now: datetime) -> bool:
        """Whether it is worth a deviation: that a visit of last week was never signed off is, the rest is history."""
        return (kind in UNSIGNED and not self._was_history()) or self.is_news(now)

    def _was_history(self) -> bool:
        """Whether all that we know of it came when it had long been over: a source that pushes its past anew."""
        return self.expected_at is not None and self.updated_at > self.expected_at + NEWS

    def tell_at(self, kind: DeviationKind, rules: CareRules, now: datetime) -> datetime | None:
        """From when followers may be told of what is opened now; None if never."""
        somebody_came = kind is DeviationKind.MISSING and self.status is VisitStatus.ARRIVED
        if kind is DeviationKind.MERGED or somebody_came or self.is_protected or not self.is_news(now):
            return None
        return now + rules.grace

    def describe(self, deviation: Deviation) -> None:
        """Let a deviation say whose visit it is about, and by when that should have been done."""
        deviation.care_recipient_id, deviation.unit_id = self.care_recipient_id, self.unit_id
        deviation.expected_at = self.expected_at

    def is_of(self, deviation: Deviation) -> bool:
        """Whether it still has the recipient and the unit that the deviation names."""
        return (self.care_recipient_id, self.unit_id) == (deviation.care_recipient_id, deviation.unit_id)

    def opens_again(self, deviation: Deviation) -> bool:
        """Whether a closed deviation counts anew; what the unit has handled only when the visit was moved since."""
        return deviation.closed_as is not Closing.HANDLED or deviation.expected_at != self.expected_at

    def closing(self, deviation: Deviation, wrong: DeviationKind | None) -> Closing | None:
        """Why an open deviation of it closes, when `wrong` is what is wrong now; None while it stands."""
        if not self.is_of(deviation):
            return Closing.CORRECTED
        if deviation.kind is wrong:
            return None
        if self.status in (VisitStatus.DONE, VisitStatus.ARRIVED) or self.twin == CAME:
            return Closing.SIGNED_OFF
        is_graver = wrong in (DeviationKind.MISSING, DeviationKind.NOT_HOME)
        return Closing.SUPERSEDED if is_graver else Closing.CORRECTED
