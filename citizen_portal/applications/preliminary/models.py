"""A preliminary reply: its text from when somebody changed the proposal, and that it was sent."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock, deadlines
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import UNDER_WAY, Status
from citizen_portal.db import Base, tenant_foreign_key
from citizen_portal.deadlines import Deadline
from citizen_portal.tenancy.models import TenantScoped

LONGEST_TEXT: Final = 10_000


class PreliminaryReply(TenantScoped, Base):
    """What the citizen is told while she waits (foreløpig svar). There is none until somebody changed or sent it."""

    __tablename__ = "preliminary_reply"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        UniqueConstraint("municipality_id", "application_id"),
        CheckConstraint("(sent_at IS NULL) = (registry_entry_id IS NULL)", name="sent_is_journaled"),
    )

    application_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]
    saved_by_name: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    registry_entry_id: Mapped[UUID | None]


def demands_reply(application: Application) -> bool:
    """Whether a preliminary reply must be sent by `preliminary_due_date` unless the answer itself is."""
    return (
        application.preliminary_due_date is not None
        and application.preliminary_sent_at is None
        and application.status in UNDER_WAY
        and application.status is not Status.APPEALED
    )


def is_near(application: Application, today: date) -> bool:
    """Whether it is time to send it."""
    due_date = application.preliminary_due_date
    if due_date is None or not demands_reply(application):
        return False
    return deadlines.first_day(Deadline.PRELIMINARY_DRAFT, due_date) <= today


def is_overdue(application: Application) -> bool:
    """Whether the month is out and nothing was sent."""
    due_date = application.preliminary_due_date
    return due_date is not None and demands_reply(application) and due_date < clock.today()
