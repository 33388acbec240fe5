"""What citizens ask of visits to come: that one is cancelled, or comes at another time."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus

LONGEST_WISH: Final = 500
CALLED_OFF: Final = (VisitStatus.CANCELLED, VisitStatus.ENTERED_IN_ERROR)
"""A visit that was taken out of the plan."""
BEGUN: Final = (VisitStatus.ARRIVED, VisitStatus.DONE, VisitStatus.NOT_HOME)
"""A visit to which somebody has come."""


class ChangeKind(StrEnum):
    """What is asked for. Values are stored: never rename one."""

    CANCEL = "cancel"
    MOVE = "move"


class ChangeState(StrEnum):
    """How it stands with it."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ChangeRequest(TenantScoped, Base):
    """A citizen asks for a visit to be cancelled or moved (avlysning, endringsønske). One at a time of a visit."""

    __tablename__ = "visit_change_request"
    __table_args__ = (
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
        tenant_foreign_key("asked_by_id", "person"),
        Index(None, "municipality_id", "visit_id"),
        Index(None, "municipality_id", "updated_at", "id"),
        Index(
            "ix_visit_change_request_open",
            "municipality_id",
            "visit_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL AND answered_at IS NULL"),
        ),
        CheckConstraint("(answered_at IS NULL) = (is_granted IS NULL)", name="answer_has_time"),
    )

    visit_id: Mapped[UUID]
    kind: Mapped[ChangeKind] = term_column(ChangeKind, "kind", length=16)
    wish: Mapped[str] = mapped_column(Text)
    """In the citizen's own words: the time that suits, or why."""
    asked_by_id: Mapped[UUID]
    asked_by_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    planned_start_at: Mapped[datetime]
    """When the visit was planned as she asked."""
    withdrawn_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None] = mapped_column(Text)
    """The employee; None where the record system answered, by what it did."""
    is_granted: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime]

    def state_of(self, visit: Visit) -> ChangeState:
        """How it stands: as the unit has answered, else as the record system has by what it did."""
        if self.withdrawn_at is not None:
            return ChangeState.WITHDRAWN
        is_granted = self.deed_of(visit) if self.is_granted is None else self.is_granted
        if is_granted is None:
            return ChangeState.ASKED
        return ChangeState.CONFIRMED if is_granted else ChangeState.DECLINED

    def deed_of(self, visit: Visit) -> bool | None:
        """What the record system has answered by doing: yes where it called the visit off, or planned it for another
        time, and no where somebody came to it. None while it has done neither.
        """
        is_moved = self.kind is ChangeKind.MOVE and visit.planned_start_at != self.planned_start_at
        if visit.status in CALLED_OFF or is_moved:
            return True
        return False if visit.status in BEGUN else None

    def answer_with(self, *, is_granted: bool, text: str | None, by: str | None, at: datetime) -> None:
        """It is answered, once and for all; by nobody's name where the record system answered."""
        self.is_granted, self.answer, self.answered_by_name = is_granted, text, by
        self.answered_at = self.updated_at = at
