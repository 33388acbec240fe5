"""A unit's own limits for its home-care visits: they are data, so that each unit can have those it works by."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, SmallInteger, Time, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock, deadlines
from citizen_portal.db import Base, tenant_foreign_key
from citizen_portal.deadlines import Deadline
from citizen_portal.tenancy.models import TenantScoped

SHIFT_ENDS: Final = (time(7, 30), time(15), time(22, 30))
"""When the shifts of a unit end that has not said otherwise."""


LONGEST_NOTICE: Final = timedelta(days=7)
"""No unit asks for a cancellation earlier than this."""
LONGEST_WAIT: Final = timedelta(days=1)
"""No other limit of minutes is longer."""
MOST_MONTHS: Final = 120
"""No visit is kept longer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits as values, by the names of their columns."""

    late_after_minutes: int
    grace_minutes: int
    shift_ends: tuple[time, ...]
    cancel_before_minutes: int
    silent_after_minutes: int
    keep_months: int

    @property
    def in_words(self) -> dict[str, str]:
        """Each as text, as the audit log keeps it."""
        shift_ends = ", ".join(f"{end:%H:%M}" for end in self.shift_ends)
        return {name: str(value) for name, value in asdict(self).items()} | {"shift_ends": shift_ends}


class CareRules(TenantScoped, Base):
    """The limits of one unit. A unit without a row has the usual ones."""

    __tablename__ = "care_rules"
    __table_args__ = (
        UniqueConstraint("municipality_id", "unit_id"),
        tenant_foreign_key("unit_id", "unit"),
        CheckConstraint(
            "late_after_minutes > 0 AND grace_minutes >= 0 AND cancel_before_minutes >= 0 "
            "AND silent_after_minutes > 0 AND keep_months > 0",
            name="not_negative",
        ),
        CheckConstraint("cardinality(shift_ends) > 0", name="has_shift"),
    )

    unit_id: Mapped[UUID]
    late_after_minutes: Mapped[int] = mapped_column(SmallInteger)
    """How long after the planned window a visit may be without sign-off before it is late."""
    grace_minutes: Mapped[int] = mapped_column(SmallInteger)
    """How long the unit has for a deviation before followers may be told of it."""
    shift_ends: Mapped[list[time]] = mapped_column(ARRAY(Time()))
    """When shifts end, on a Norwegian wall clock, in the order of the day."""
    cancel_before_minutes: Mapped[int] = mapped_column(SmallInteger)
    """How long before a visit a citizen may still cancel it."""
    silent_after_minutes: Mapped[int] = mapped_column(SmallInteger)
    """How long a source may say nothing, while visits wait for their sign-off, before it counts as silent."""
    keep_months: Mapped[int] = mapped_column(SmallInteger)
    """How long visits are kept here: the care record system is the archive."""

    @classmethod
    def usual(cls, unit_id: UUID | None) -> "CareRules":
        """The limits of a unit that has not set its own, and of visits of which no unit is known."""
        return cls(
            unit_id=unit_id,
            late_after_minutes=30,
            grace_minutes=20,
            shift_ends=list(SHIFT_ENDS),
            cancel_before_minutes=720,
            silent_after_minutes=60,
            keep_months=deadlines.months(Deadline.VISIT_KEPT, clock.today()),
        )

    @property
    def limits(self) -> Limits:
        """Its limits as values."""
        return Limits(
            late_after_minutes=self.late_after_minutes,
            grace_minutes=self.grace_minutes,
            shift_ends=tuple(self.shift_ends),
            cancel_before_minutes=self.cancel_before_minutes,
            silent_after_minutes=self.silent_after_minutes,
            keep_months=self.keep_months,
        )

    def become(self, limits: Limits) -> None:
        """Have these limits from now on."""
        self.late_after_minutes, self.grace_minutes = limits.late_after_minutes, limits.grace_minutes
        self.shift_ends = list(limits.shift_ends)
        self.cancel_before_minutes, self.silent_after_minutes = (
            limits.cancel_before_minutes,
            limits.silent_after_minutes,
        )
        self.keep_months = limits.keep_months

    @property
    def margin(self) -> timedelta:
        """How long after its window a visit is late."""
        return timedelta(minutes=self.late_after_minutes)

    @property
    def grace(self) -> timedelta:
        """How long the unit has before followers may be told."""
        return timedelta(minutes=self.grace_minutes)

    @property
    def notice(self) -> timedelta:
        """How long before a visit it is cancelled in good time."""
        return timedelta(minutes=self.cancel_before_minutes)

    @property
    def silence(self) -> timedelta:
        """How long a source may say nothing."""
        return timedelta(minutes=self.silent_after_minutes)

    def kept_from(self, today: date) -> date:
        """The first day whose visits are still kept."""
        return deadlines.add_months(today, -self.keep_months)

    def late_at(self, expected_at: datetime) -> datetime:
        """From when a visit is late that should have been done by `expected_at`."""
        return expected_at + self.margin

    def missing_at(self, expected_at: datetime) -> datetime:
        """From when it is missing: the shift that it stands in has ended, and the margin has passed."""
        return max(self.shift_end_after(expected_at), self.late_at(expected_at))

    def shift_end_after(self, instant: datetime) -> datetime:
        """The end of the shift that an instant is in; one that falls on the very end is in the shift before."""
        today = clock.to_oslo(instant).date()
        ends = [
            clock.from_oslo(datetime.combine(day, end))
            for day in (today, today + timedelta(days=1))
            for end in self.shift_ends
        ]
        return min(end for end in ends if end >= instant)
