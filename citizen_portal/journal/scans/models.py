"""What the virus scanner said about stored files, by their content: one file has one verdict, wherever it was sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, term_column
from citizen_portal.tenancy.models import TenantScoped


class ScanState(StrEnum):
    """How it stands with a file. Values are stored."""

    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"


class FileScan(TenantScoped, Base):
    """One stored file that the scanner was asked about. A file without a row came in where there is no scanner."""

    __tablename__ = "file_scan"
    __table_args__ = (
        UniqueConstraint("municipality_id", "sha256"),
        CheckConstraint("(state = 'waiting') = (scanned_at IS NULL)", name="scanned_has_time"),
        CheckConstraint("(state = 'infected') = (signature IS NOT NULL)", name="infected_has_signature"),
        Index("ix_file_scan_infected", "municipality_id", "scanned_at", postgresql_where=text("state = 'infected'")),
        Index("ix_file_scan_source", "municipality_id", "source_sha256"),
    )

    sha256: Mapped[str] = mapped_column(Text)
    source_sha256: Mapped[str] = mapped_column(Text)
    """What is scanned: the file itself, or what a rendition for the archive was made from."""
    state: Mapped[ScanState] = term_column(ScanState, "state", default=ScanState.WAITING, length=16)
    asked_at: Mapped[datetime]
    scanned_at: Mapped[datetime | None]
    signature: Mapped[str | None] = mapped_column(Text)
    """What the scanner calls that which it found."""
