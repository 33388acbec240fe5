"""Who has said that the names of visitors may be kept and shown. Nobody has, to begin with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from citizen_portal.db import Base, tenant_foreign_key
from citizen_portal.tenancy.models import TenantScoped


class VisitorNameRule(TenantScoped, Base):
    """The municipality's word on its own employees: none are named where it has said nothing."""

    __tablename__ = "visitor_name_rule"
    __table_args__ = (UniqueConstraint("municipality_id"),)

    is_kept: Mapped[bool]


class VisitorNameConsent(TenantScoped, Base):
    """A care recipient wants to see who comes to her. Those who follow her see it too."""

    __tablename__ = "visitor_name_consent"
    __table_args__ = (
        UniqueConstraint("municipality_id", "person_id"),
        tenant_foreign_key("person_id", "person"),
    )

    person_id: Mapped[UUID]
    allowed_at: Mapped[datetime]
