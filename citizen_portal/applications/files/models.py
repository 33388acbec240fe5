"""Files of applications: in the form, with a task that was answered, with an appeal, or added afterwards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from citizen_portal.db import Base, tenant_foreign_key
from citizen_portal.journal.enclosures import CONVERTED_BY, Enclosure
from citizen_portal.journal.entries import Conversion, JournalFile
from citizen_portal.journal.scans.models import FileScan, ScanState
from citizen_portal.journal.terms import Variant
from citizen_portal.tenancy.models import TenantScoped

ADDED = "added"
"""The purpose of what the citizen adds to a case by herself."""


def for_field(name: str) -> str:
    """The purpose of files that answer a field of the form."""
    return f"field:{name}"


class ApplicationFile(TenantScoped, Base):
    """A file of an application, as it was sent and as the archive keeps it. Removed ones are only marked."""

    __tablename__ = "application_file"
    __table_args__ = (
        tenant_foreign_key("application_id", "application", ondelete="CASCADE"),
        tenant_foreign_key("uploaded_by_person_id", "person"),
        tenant_foreign_key("uploaded_by_staff_id", "staff_member"),
        UniqueConstraint("municipality_id", "application_id", "upload_id"),
        Index("ix_application_file_purpose", "municipality_id", "application_id", "purpose", "id"),
        Index("ix_application_file_sha256", "municipality_id", "sha256"),
        CheckConstraint(
            "(uploaded_by_person_id IS NULL) <> (uploaded_by_staff_id IS NULL)", name="uploaded_by_somebody"
        ),
        CheckConstraint("(archive_sha256 = sha256) = (converted_at IS NULL)", name="converted_has_time"),
    )

    application_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    """What it is for: `field:<name>`, `task:<id>:<slot>`, `appeal:<id>`, `appeal:<id>:answer`, `added`."""
    upload_id: Mapped[UUID]
    """Chosen by the browser, so that a file sent twice counts once."""
    filename: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    """The file extension, lower case, without dot."""
    size_bytes: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(Text)
    archive_sha256: Mapped[str] = mapped_column(Text)
    """The rendition for the archive; the same as `sha256` when the file came in an archive format."""
    archive_size_bytes: Mapped[int] = mapped_column(Integer)
    archive_format: Mapped[str] = mapped_column(Text)
    archive_details: Mapped[str | None] = mapped_column(Text)
    converted_at: Mapped[datetime | None]
    uploaded_at: Mapped[datetime]
    uploaded_by_person_id: Mapped[UUID | None]
    uploaded_by_staff_id: Mapped[UUID | None]
    uploaded_by_name: Mapped[str] = mapped_column(Text)
    """By the name of that day."""
    on_behalf_of_name: Mapped[str | None] = mapped_column(Text)
    """For whom a representative did it; None for those who did it for themselves."""
    removed_at: Mapped[datetime | None]

    scan: Mapped[FileScan | None] = relationship(
        lazy="joined",
        viewonly=True,
        uselist=False,
        primaryjoin=lambda: and_(
            foreign(ApplicationFile.municipality_id) == remote(FileScan.municipality_id),
            foreign(ApplicationFile.sha256) == remote(FileScan.sha256),
        ),
    )

    @property
    def state(self) -> ScanState:
        """Whether it is scanned; where there is no scanner, a file counts as clean once its content is checked."""
        return self.scan.state if self.scan else ScanState.CLEAN

    @property
    def is_waiting(self) -> bool:
        """Whether nobody may open it yet."""
        return self.state is ScanState.WAITING

    @property
    def is_infected(self) -> bool:
        """Whether it lies in quarantine: nobody ever opens it."""
        return self.state is ScanState.INFECTED

    @property
    def kind(self) -> str:
        """The type in a word that people know: PDF, JPEG or PNG."""
        return self.media_type.rpartition("/")[2].upper()

    @property
    def enclosure(self) -> Enclosure:
        """The file as the journal takes it."""
        if self.converted_at is None:
            file = JournalFile(self.sha256, self.size_bytes, self.format)
            return Enclosure(self.filename, self.media_type, file, file)
        conversion = Conversion(self.converted_at, self.format, self.archive_details or "", CONVERTED_BY)
        return Enclosure(
            self.filename,
            self.media_type,
            JournalFile(self.sha256, self.size_bytes, self.format, Variant.PRODUCTION),
            JournalFile(
                self.archive_sha256,
                self.archive_size_bytes,
                self.archive_format,
                format_details=self.archive_details,
                conversion=conversion,
            ),
        )


def columns_of(enclosure: Enclosure) -> dict[str, Any]:
    """What a row keeps of a file that is made ready."""
    original, archived = enclosure.original, enclosure.archived
    return {
        "filename": enclosure.filename,
        "media_type": enclosure.media_type,
        "format": original.format,
        "size_bytes": original.size_bytes,
        "sha256": original.sha256,
        "archive_sha256": archived.sha256,
        "archive_size_bytes": archived.size_bytes,
        "archive_format": archived.format,
        "archive_details": archived.format_details,
        "converted_at": archived.conversion and archived.conversion.converted_at,
    }
