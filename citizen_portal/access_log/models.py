"""What a citizen wonders about in her access log, and what the auditor has looked at."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped

LONGEST_TEXT = 4_000


def _of_event() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["municipality_id", "sequence_number"], ["audit_event.municipality_id", "audit_event.sequence_number"]
    )


class ComplaintStatus(StrEnum):
    """Where a complaint stands. Values are stored."""

    RECEIVED = "received"
    ANSWERED = "answered"


class AccessComplaint(TenantScoped, Base):
    """A person's question about one reading in her access log. There is one for a reading, however often it is sent."""

    __tablename__ = "access_complaint"
    __table_args__ = (
        _of_event(),
        tenant_foreign_key("person_id", "person", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "sequence_number"),
        Index(None, "municipality_id", "person_id"),
        Index(None, "municipality_id", "status", "created_at"),
        CheckConstraint("(status = 'answered') = (answer IS NOT NULL)", name="answered_has_answer"),
    )

    sequence_number: Mapped[int] = mapped_column(BigInteger)
    """Of the event that it is about."""
    person_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    answer_by_date: Mapped[date]
    """By when we promised an answer."""
    created_at: Mapped[datetime]
    status: Mapped[ComplaintStatus] = term_column(ComplaintStatus, "status", default=ComplaintStatus.RECEIVED)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by_name: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]

    @property
    def is_answered(self) -> bool:
        """Whether the person can read an answer."""
        return self.status is ComplaintStatus.ANSWERED


class AccessReview(TenantScoped, Base):
    """That an auditor has looked at an unusual reading, and what came of it."""

    __tablename__ = "access_review"
    __table_args__ = (_of_event(), UniqueConstraint("municipality_id", "sequence_number"))

    sequence_number: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)
    reviewed_by_name: Mapped[str] = mapped_column(Text)
    reviewed_at: Mapped[datetime]
