"""A preliminary reply: its text from when somebody changed the proposal, and that it was sent."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, tenant_foreign_key
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
