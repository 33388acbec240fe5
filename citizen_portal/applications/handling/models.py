"""Internal notes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, tenant_foreign_key
from citizen_portal.tenancy.models import TenantScoped


class InternalNote(TenantScoped, Base):
    """What caseworkers tell each other about an application. It is no document of the case, and never changed."""

    __tablename__ = "internal_note"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        tenant_foreign_key("staff_id", "staff_member"),
        Index("ix_internal_note_application", "municipality_id", "application_id", "id"),
    )

    application_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    is_open_to_party: Mapped[bool]
    """Whether the party may see it when she asks for access (forvaltningsloven §§ 18–18 d): facts are, as a rule; what
    was made for the preparation of the case inside the body is not."""
    written_at: Mapped[datetime]
