"""Deviations (avvik): what did not go as planned with a visit, and a source system that says nothing."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.auth.actor import Staff
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped


class DeviationKind(StrEnum):
    """What is wrong. Values are stored: never rename one."""

    LATE = "late"
    """The planned window has passed by the unit's margin, and nobody has signed off."""
    MISSING = "missing"
    """The shift has ended, and nobody has signed off."""
    NOT_HOME = "not_home"
    CANCELLED_BY_SERVICE = "cancelled_by_service"
    """At shorter notice than the unit itself asks of citizens."""
    MERGED = "merged"
    """Another system reports the same visit: it is alarmed about there. Asks nothing of anybody."""
    SOURCE_SILENT = "source_silent"
    """Instead of an alarm for each visit: the system that would tell of their sign-off says nothing."""


class Closing(StrEnum):
    """Why a deviation is no longer open. Values are stored: never rename one."""

    SIGNED_OFF = "signed_off"
    """Somebody came after all, or the silent source speaks again."""
    CORRECTED = "corrected"
    """The source has taken back or changed what it was about."""
    HANDLED = "handled"
    """The unit has done what was to be done, and said what."""
    SUPERSEDED = "superseded"
    """A graver one took its place."""


class Deviation(TenantScoped, Base):
    """One thing wrong with one visit, or a source that is silent towards one unit.

    A visit has at most one of each kind. What closed and came true again is opened again: with a new `opened_at`.
    """

    __tablename__ = "visit_deviation"
    __table_args__ = (
        UniqueConstraint("municipality_id", "visit_id", "kind"),
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
        tenant_foreign_key("care_recipient_id", "person"),
        tenant_foreign_key("unit_id", "unit"),
        tenant_foreign_key("source_id", "visit_source"),
        CheckConstraint(
            "(kind = 'source_silent') = (visit_id IS NULL) AND (kind = 'source_silent') = (source_id IS NOT NULL) "
            "AND (visit_id IS NULL) = (care_recipient_id IS NULL)",
            name="about_visit_or_source",
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_as IS NULL)", name="closed_is_whole"),
        CheckConstraint(
            "closed_as IS NULL OR (closed_as = 'handled') = (handled_by_name IS NOT NULL "
            "AND handled_reason IS NOT NULL)",
            name="handled_is_whole",
        ),
        Index("uq_visit_deviation_silent", "municipality_id", "source_id", "unit_id", unique=True,
              postgresql_nulls_not_distinct=True,
              postgresql_where=text("kind = 'source_silent' AND closed_at IS NULL")),
        Index("ix_visit_deviation_duty", "municipality_id", "unit_id", "opened_at", "id",
              postgresql_where=text("closed_at IS NULL AND kind <> 'merged'")),
        Index("ix_visit_deviation_tell", "municipality_id", "tell_at", "id",
              postgresql_where=text("tell_at IS NOT NULL")),
        Index("ix_visit_deviation_silences", "municipality_id", "closed_at",
              postgresql_where=text("kind = 'source_silent'")),
    )  # fmt: skip

    visit_id: Mapped[UUID | None]
    """None for a silent source."""
    care_recipient_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    """None where no unit is known: it stands on every unit's list, so that nobody can take it for another's."""
    source_id: Mapped[UUID | None]
    """The silent source; None for a visit."""
    kind: Mapped[DeviationKind] = term_column(DeviationKind, "kind")
    expected_at: Mapped[datetime | None]
    """By when the visit should have been done. What was handled stays handled until the visit is moved."""
    opened_at: Mapped[datetime]
    tell_at: Mapped[datetime | None]
    """From when followers may be told, if it still stands; None if never."""
    closed_at: Mapped[datetime | None]
    closed_as: Mapped[Closing | None] = term_column(Closing, "closed_as")
    handled_by_name: Mapped[str | None] = mapped_column(Text)
    handled_reason: Mapped[str | None] = mapped_column(Text)
    """What the unit did, in the employee's words. Health content."""

    def open(self, at: datetime, tell_at: datetime | None) -> None:
        """It is true now, for the first time or again."""
        self.opened_at, self.tell_at = at, tell_at
        self.closed_at = self.closed_as = self.handled_by_name = self.handled_reason = None

    def close(self, closing: Closing, at: datetime) -> None:
        """It is true no longer, or somebody has seen to it."""
        self.closed_at, self.closed_as = at, closing

    def handle(self, actor: Staff, reason: str, at: datetime) -> None:
        """The unit has done what was to be done."""
        self.close(Closing.HANDLED, at)
        self.handled_by_name, self.handled_reason = actor.name, reason
