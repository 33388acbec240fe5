"""What nurses sign off in the portal itself, and in what order the unit drives its round."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped
from citizen_portal.visits.reports import VisitStatus

OLDEST_SIGN_OFF: Final = timedelta(hours=48)
"""How late a phone without coverage may tell us: after that it is entered in the care record system, with a reason."""
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far ahead of ours a phone's corrected clock may be."""
UNDO_FOR: Final = timedelta(minutes=10)
"""How long a sign-off can be taken back here, counted from when we received it."""
FARTHEST_FROM_PLAN: Final = timedelta(hours=24)
"""How far from where the visit stands in the day it can have happened."""


class Outcome(StrEnum):
    """What a nurse tells from the door. Values are stored, and are those of `VisitStatus`: never rename one."""

    DONE = "done"
    NOT_HOME = "not_home"
    ON_THE_WAY = "on_the_way"

    @property
    def status(self) -> VisitStatus:
        """The visit's status by it alone."""
        return VisitStatus(self.value)


class NotHomeReason(StrEnum):
    """Why nobody was visited, as far as it can be told from the door. Values are stored: never rename one."""

    NO_ANSWER = "no_answer"
    AWAY = "away"
    DECLINED = "declined"
    OTHER = "other"


class VisitSignOff(TenantScoped, Base):
    """That a nurse signed off a visit (kvittering), as she sent it. It is never changed: undone, and done anew."""

    __tablename__ = "visit_sign_off"
    __table_args__ = (
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
        tenant_foreign_key("staff_id", "staff_member"),
        Index(None, "municipality_id", "visit_id"),
        Index(None, "municipality_id", "staff_id", "received_at"),
        CheckConstraint("(outcome = 'not_home') = (reason IS NOT NULL)", name="reason_when_not_home"),
    )

    visit_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    outcome: Mapped[Outcome] = term_column(Outcome, "outcome", length=16)
    reason: Mapped[NotHomeReason | None] = term_column(NotHomeReason, "reason", length=16)
    performed_at: Mapped[datetime]
    """When it happened, by the phone's clock as corrected from the server's."""
    device_at: Mapped[datetime]
    """The same by the phone's own clock: what was corrected can be seen afterwards."""
    received_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class RoundStop(TenantScoped, Base):
    """That the unit has moved a visit in the order of its round. Without one, a visit stands where it is planned."""

    __tablename__ = "round_stop"
    __table_args__ = (
        UniqueConstraint("municipality_id", "visit_id"),
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
    )

    visit_id: Mapped[UUID]
    planned_at: Mapped[datetime]
    """Where the visit stood when it was moved; a visit that is planned anew stands where it is planned."""
    stands_at: Mapped[datetime]
    """Where it stands now: visits that change places change these."""


def sign_off_that_counts(sign_offs: Sequence[VisitSignOff]) -> VisitSignOff | None:
    """The first that says that somebody has been there, else the last one told; what was undone does not count."""
    standing = [sign_off for sign_off in sign_offs if sign_off.undone_at is None]
    done = [sign_off for sign_off in standing if sign_off.outcome is Outcome.DONE]
    if done:
        return min(done, key=_when)
    return max(standing, key=_when, default=None)


def _when(sign_off: VisitSignOff) -> tuple[datetime, UUID]:
    return sign_off.performed_at, sign_off.id
