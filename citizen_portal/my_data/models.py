"""What a person asks of us about her own data: a copy of everything, a correction, a restriction, a deletion."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped

AVAILABLE_FOR: Final = timedelta(days=7)
"""How long a copy can be downloaded before it is deleted."""
GIVEN_UP_AFTER: Final = timedelta(days=1)
"""How long a copy may be under way before the person can order another."""


class ExportStatus(StrEnum):
    """Where a copy stands. Values are stored: never rename one."""

    ORDERED = "ordered"
    WORKING = "working"
    READY = "ready"
    EXPIRED = "expired"
    FAILED = "failed"
    """It could not be made; she can order another."""


UNDER_WAY: Final = (ExportStatus.ORDERED, ExportStatus.WORKING)


class Form(StrEnum):
    """In which form a copy is downloaded; the value is its file extension."""

    ZIP = "zip"
    PDF = "pdf"
    JSON = "json"


MIME: Final = {Form.ZIP: "application/zip", Form.PDF: "application/pdf", Form.JSON: "application/json"}


class DataExport(TenantScoped, Base):
    """A copy of everything about one person, ordered by herself. She has at most one under way."""

    __tablename__ = "data_export"
    __table_args__ = (
        tenant_foreign_key("person_id", "person", ondelete="CASCADE"),
        Index("ix_data_export_person", "municipality_id", "person_id", "id"),
        Index("uq_data_export_under_way", "municipality_id", "person_id", unique=True,
              postgresql_where=text("status IN ('ordered', 'working')")),
        CheckConstraint("(status IN ('ready', 'expired')) = (ready_at IS NOT NULL)", name="ready_has_time"),
        CheckConstraint("status <> 'ready' OR num_nulls(zip_sha256, pdf_sha256, json_sha256) = 0",
                        name="ready_has_files"),
    )  # fmt: skip

    person_id: Mapped[UUID]
    language: Mapped[str] = mapped_column(Text)
    """nb, nn or en: the language of the readable copy."""
    status: Mapped[ExportStatus] = term_column(ExportStatus, "status", default=ExportStatus.ORDERED, length=16)
    ordered_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    zip_sha256: Mapped[str | None] = mapped_column(Text)
    zip_size: Mapped[int | None] = mapped_column(BigInteger)
    pdf_sha256: Mapped[str | None] = mapped_column(Text)
    pdf_size: Mapped[int | None] = mapped_column(BigInteger)
    json_sha256: Mapped[str | None] = mapped_column(Text)
    json_size: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def expires_at(self) -> datetime | None:
        """When it is deleted; None before it is ready."""
        return self.ready_at and self.ready_at + AVAILABLE_FOR

    @property
    def shown_status(self) -> ExportStatus:
        """How it stands now, also before the clean-up has come by."""
        if self.status is ExportStatus.READY and self.expires_at is not None and self.expires_at <= clock.now():
            return ExportStatus.EXPIRED
        if self.status in UNDER_WAY and self.ordered_at <= clock.now() - GIVEN_UP_AFTER:
            return ExportStatus.FAILED
        return self.status

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded now."""
        return self.shown_status is ExportStatus.READY

    def file(self, form: Form) -> tuple[str, int] | None:
        """SHA-256 and size of the copy in a form; None when there is none to download."""
        sha256: str | None = getattr(self, f"{form.value}_sha256")
        size: int | None = getattr(self, f"{form.value}_size")
        return (sha256, size) if self.is_ready and sha256 is not None and size is not None else None

    def became_ready(self, files: dict[Form, tuple[str, int]], at: datetime) -> None:
        """The copy is made and stored."""
        self.status, self.ready_at = ExportStatus.READY, at
        for form, (sha256, size) in files.items():
            setattr(self, f"{form.value}_sha256", sha256)
            setattr(self, f"{form.value}_size", size)


class RequestKind(StrEnum):
    """What a person asks us to do with what we have about her. Values are stored: never rename one."""

    CORRECTION = "correction"
    RESTRICTION = "restriction"
    DELETION = "deletion"


class Outcome(StrEnum):
    """What came of a request."""

    DONE = "done"
    REFUSED = "refused"


class DataRequest(TenantScoped, Base):
    """Something that is wrong, should be blocked or should be deleted, and our answer.

    What it is about stays as it is: an archive is not edited, the correction stands beside it.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        tenant_foreign_key("person_id", "person"),
        tenant_foreign_key("answered_by_id", "staff_member"),
        Index("ix_data_request_person", "municipality_id", "person_id", "id"),
        Index("ix_data_request_unanswered", "municipality_id", "id", postgresql_where=text("answered_at IS NULL")),
        CheckConstraint("num_nulls(answered_at, answered_by_id, answered_by_name, answered_by_unit, outcome, answer) "
                        "IN (0, 6)", name="answered_as_a_whole"),
        CheckConstraint("(kind = 'correction') = (right_text IS NOT NULL)", name="correction_says_what_is_right"),
    )  # fmt: skip

    person_id: Mapped[UUID]
    kind: Mapped[RequestKind] = term_column(RequestKind, "kind", length=16)
    about_text: Mapped[str] = mapped_column(Text)
    """What is wrong, or what should be blocked or deleted and why."""
    right_text: Mapped[str | None] = mapped_column(Text)
    """What is right, of a correction."""
    sent_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None]
    answered_by_name: Mapped[str | None] = mapped_column(Text)
    answered_by_unit: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[Outcome | None] = term_column(Outcome, "outcome", length=16)
    answer: Mapped[str | None] = mapped_column(Text)

    @property
    def is_answered(self) -> bool:
        """Whether the municipality has said what it does."""
        return self.answered_at is not None
