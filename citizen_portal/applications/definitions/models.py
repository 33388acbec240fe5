"""Tables of the municipality's own definitions: what it changed of the services that come with the portal."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, term_column
from citizen_portal.tenancy.models import TenantScoped

FIRST_OWN_VERSION: Final = 1001
"""Own versions are numbered from here, so that no version that comes with the portal is ever called the same."""


class VersionState(StrEnum):
    """How far an own version has come. Values are stored: never rename one."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"
    """It was published and is offered no more; what was begun with it goes on with it."""


class OwnDefinition(TenantScoped, Base):
    """A municipality's own version of a service. Once published its text never changes (a trigger holds to that)."""

    __tablename__ = "own_definition"
    __table_args__ = (
        UniqueConstraint("municipality_id", "definition_id", "version"),
        Index(
            "uq_own_definition_draft",
            "municipality_id",
            "definition_id",
            unique=True,
            postgresql_where=text("state = 'draft'"),
        ),
        CheckConstraint(f"version >= {FIRST_OWN_VERSION}", name="is_own"),
        CheckConstraint(
            "(state = 'draft') = (published_at IS NULL) AND (state = 'draft') = (published_by_name IS NULL) "
            "AND (state = 'draft') = (valid_from_date IS NULL) AND (state = 'draft') = (note IS NULL)",
            name="published_is_known",
        ),
        CheckConstraint(
            "(state = 'rolled_back') = (rolled_back_at IS NOT NULL) "
            "AND (state = 'rolled_back') = (rolled_back_by_name IS NOT NULL)",
            name="rolled_back_is_known",
        ),
    )

    definition_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    """The YAML as it was typed, right or wrong while it is a draft."""
    state: Mapped[VersionState] = term_column(VersionState, "state", default=VersionState.DRAFT)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    """Counts the savings of the draft: what is saved or published is what was looked at."""
    saved_at: Mapped[datetime]
    saved_by_name: Mapped[str] = mapped_column(Text)
    valid_from_date: Mapped[date | None]
    """From when it holds, as its text says."""
    note: Mapped[str | None] = mapped_column(Text)
    """What was changed and why, in the words of whoever published it."""
    published_at: Mapped[datetime | None]
    published_by_name: Mapped[str | None] = mapped_column(Text)
    rolled_back_at: Mapped[datetime | None]
    rolled_back_by_name: Mapped[str | None] = mapped_column(Text)

    @property
    def is_draft(self) -> bool:
        """Whether it is not published yet."""
        return self.state is VersionState.DRAFT


class WithdrawnService(TenantScoped, Base):
    """A service that the municipality does not offer now. What was begun goes on; nothing new is begun."""

    __tablename__ = "withdrawn_service"
    __table_args__ = (UniqueConstraint("municipality_id", "definition_id"),)

    definition_id: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime]
    withdrawn_by_name: Mapped[str] = mapped_column(Text)
