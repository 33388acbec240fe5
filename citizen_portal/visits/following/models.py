"""What a follower wants to be told of somebody's visits, and what she has been told."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from citizen_portal import clock
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped


class Choice(StrEnum):
    """How much a follower wants to be told. Values are stored: never rename one."""

    NOTHING = "nothing"
    DEVIATIONS = "deviations"
    """Silence when all is well. What everybody has who has chosen nothing else."""
    EACH_VISIT = "each_visit"
    """Each visit that is done, and deviations: silence would otherwise be the only sign that a visit is missing."""
    SUMMARY = "summary"
    """One word in the morning and one in the evening."""


class What(StrEnum):
    """What a follower was told of a visit: a kind of deviation, or that it is done. Values are stored."""

    LATE = "late"
    MISSING = "missing"
    NOT_HOME = "not_home"
    CANCELLED_BY_SERVICE = "cancelled_by_service"
    MERGED = "merged"
    DONE = "done"


TOLD_OF_DEVIATIONS: Final = (Choice.DEVIATIONS, Choice.EACH_VISIT)
SUMMARY_TIMES: Final = (time(8, 30), time(20))
"""On a Norwegian clock, in the order of the day."""


class Wish(Protocol):
    """A follower's choice, whether she made it herself or has the one that everybody begins with."""

    @property
    def choice(self) -> Choice:
        """How much."""
        ...

    @property
    def quiet_from(self) -> time | None:
        """When her quiet hours begin."""
        ...

    @property
    def quiet_until(self) -> time | None:
        """When they end."""
        ...

    @property
    def missing_breaks_quiet(self) -> bool:
        """Whether a missing visit may break them."""
        ...


@dataclass(frozen=True, slots=True)
class DefaultWish:
    """What holds for a follower who has chosen nothing: deviations, and peace at night unless nobody came at all."""

    choice: Choice = Choice.DEVIATIONS
    quiet_from: time | None = time(22)
    quiet_until: time | None = time(7)
    missing_breaks_quiet: bool = True


class VisitFollowing(TenantScoped, Base):
    """What one follower has chosen for one care recipient. It gives no right: that comes from `Representation`."""

    __tablename__ = "visit_following"
    __table_args__ = (
        UniqueConstraint("municipality_id", "follower_id", "care_recipient_id"),
        tenant_foreign_key("follower_id", "person", ondelete="CASCADE"),
        tenant_foreign_key("care_recipient_id", "person", ondelete="CASCADE"),
        Index("ix_visit_following_choice", "municipality_id", "choice"),
        Index("ix_visit_following_care_recipient_id", "municipality_id", "care_recipient_id"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours_are_whole"),
    )

    follower_id: Mapped[UUID]
    care_recipient_id: Mapped[UUID]
    choice: Mapped[Choice] = term_column(Choice, "choice", length=16)
    quiet_from: Mapped[time | None]
    """On a Norwegian clock, as `quiet_until`; after midnight when that is earlier. None for no quiet hours."""
    quiet_until: Mapped[time | None]
    missing_breaks_quiet: Mapped[bool]
    """Whether she may be woken when nobody came at all."""
    chosen_at: Mapped[datetime]
    """Nothing that happened before is told."""
    summarised_at: Mapped[datetime]
    """When the newest summary was told."""


class VisitTold(TenantScoped, Base):
    """That a follower was told something of a visit. One row each, so that nothing is told twice.

    A deviation that was closed and opens again is told of again: each of its openings once.
    """

    __tablename__ = "visit_told"
    __table_args__ = (
        UniqueConstraint("municipality_id", "follower_id", "visit_id", "what", "opened_at",
                         name="uq_visit_told_opening", postgresql_nulls_not_distinct=True),
        tenant_foreign_key("follower_id", "person", ondelete="CASCADE"),
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
        Index(None, "municipality_id", "visit_id"),
        Index("ix_visit_told_lately", "municipality_id", "told_at"),
    )  # fmt: skip

    follower_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    what: Mapped[What] = term_column(What, "what", length=24)
    opened_at: Mapped[datetime | None]
    """When the deviation opened that is told of, or that is told to have come right; None where there was none."""
    told_at: Mapped[datetime]


def is_quiet(wish: Wish, at: datetime) -> bool:
    """Whether the instant is in the follower's quiet hours."""
    if wish.quiet_from is None or wish.quiet_until is None:
        return False
    now = clock.to_oslo(at).time()
    if wish.quiet_from <= wish.quiet_until:
        return wish.quiet_from <= now < wish.quiet_until
    return now >= wish.quiet_from or now < wish.quiet_until


def may_be_told(wish: Wish, at: datetime, *, of_missing: bool) -> bool:
    """Whether the follower may be told now. What waits is judged anew each minute, and told when the quiet ends."""
    return not is_quiet(wish, at) or (of_missing and wish.missing_breaks_quiet)
