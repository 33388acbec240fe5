"""The timeline: what happened to an application, line by line."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.applications.clocks import Wait
from citizen_portal.applications.status import EventKind
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped


class ApplicationEvent(TenantScoped, Base):
    """One line of the timeline. Lines are added, never changed."""

    __tablename__ = "application_event"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        Index("ix_application_event_application", "municipality_id", "application_id", "id"),
    )

    application_id: Mapped[UUID]
    kind: Mapped[EventKind] = term_column(EventKind, "kind")
    occurred_at: Mapped[datetime]
    actor_name: Mapped[str | None] = mapped_column(Text)
    """Who did it; None when the portal did."""
    unit_name: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    """What the citizen may read with it: `to` (a colleague's or another body's name), `contact` (how to reach it),
    `note` (the caseworker's own words), `for` (the citizen's name, where somebody did it for her), `by` (who signed or
    decided), `task`, `title` and `due` (the id of what we asked for, what it is, and by when), `before` (the deadline
    that was moved), `waited_from` and `waited_to` (the days between which the clock stood still), `appeal`
    (its id, where that was taken back)."""

    @property
    def wait(self) -> Wait | None:
        """The pause of the clock that ended with it."""
        return Wait.of(self.facts)

    @property
    def due_date(self) -> date | None:
        """By when we asked for something."""
        return date.fromisoformat(self.facts["due"]) if "due" in self.facts else None
