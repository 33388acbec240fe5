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
    is_granted: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime]

    def state_of(self, visit: Visit) -> ChangeState:
        """How it stands. The record system confirms by doing: it cancels the visit, or plans it for another time."""
        if self.withdrawn_at is not None:
            return ChangeState.WITHDRAWN
        if self.is_granted is not None:
            return ChangeState.CONFIRMED if self.is_granted else ChangeState.DECLINED
        is_cancelled = visit.status is VisitStatus.CANCELLED
        is_moved = self.kind is ChangeKind.MOVE and visit.planned_start_at != self.planned_start_at
        return ChangeState.CONFIRMED if is_cancelled or is_moved else ChangeState.ASKED
