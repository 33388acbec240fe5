"""The journal's tables, named after Noark 5's levels (design §7 has the Norwegian terms).

Rows are never deleted, and what is journaled changes only in the ways that `service` offers, each with its line in the
change log: triggers of migration `journal` hold the app role to it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.identity.models import Area
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.terms import (
    AccessRestriction,
    CaseStatus,
    DocumentRole,
    EntryStatus,
    EntryType,
    PartyType,
    ScreenedDocument,
    ScreenedMetadata,
    SeriesStatus,
    SignOffMethod,
    Variant,
)
from citizen_portal.tenancy.models import TenantScoped


class Created:
    """Who made the row, and when (M600, M601)."""

    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)


class Screened:
    """The screening of a case file or an entry; all columns empty when everything is public."""

    access_restriction: Mapped[AccessRestriction | None] = term_column(AccessRestriction, "access_restriction")
    screening_authority: Mapped[str | None] = mapped_column(Text)
    screening_metadata: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    screening_document: Mapped[ScreenedDocument | None] = term_column(ScreenedDocument, "screening_document")

    @property
    def screening(self) -> Screening | None:
        """The screening as one value; None when there is none."""
        if self.access_restriction is None or self.screening_authority is None:
            return None
        return Screening(
            restriction=self.access_restriction,
            authority=self.screening_authority,
            metadata=tuple(ScreenedMetadata(value) for value in self.screening_metadata),
            document=self.screening_document,
        )


def screening_columns(screening: Screening | None) -> dict[str, Any]:
    """The screening as column values."""
    return {
        "access_restriction": screening and screening.restriction,
        "screening_authority": screening and screening.authority,
        "screening_metadata": [part.value for part in screening.metadata] if screening else [],
        "screening_document": screening and screening.document,
    }


class Fonds(TenantScoped, Created, Base):
    """The municipality's archive (arkiv)."""

    __tablename__ = "fonds"

    title: Mapped[str] = mapped_column(Text)


class ClassificationSystem(TenantScoped, Created, Base):
    """How a series is arranged (klassifikasjonssystem)."""

    __tablename__ = "classification_system"

    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)


class Series(TenantScoped, Created, Base):
    """A part of the archive for one period (arkivdel). New case files go to the active one."""

    __tablename__ = "series"
    __table_args__ = (
        tenant_foreign_key("fonds_id", "fonds"),
        tenant_foreign_key("classification_system_id", "classification_system"),
        Index("uq_series_active", "municipality_id", unique=True, postgresql_where=text("status = 'active'")),
    )

    fonds_id: Mapped[UUID]
    classification_system_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(Text)
    status: Mapped[SeriesStatus] = term_column(SeriesStatus, "status")
    start_date: Mapped[date]


class ClassificationClass(TenantScoped, Created, Base):
    """One class of a classification system (klasse); only leaves hold case files."""

    __tablename__ = "classification_class"
    __table_args__ = (
        tenant_foreign_key("classification_system_id", "classification_system"),
        tenant_foreign_key("parent_id", "classification_class"),
        UniqueConstraint("municipality_id", "classification_system_id", "code"),
    )

    classification_system_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)


class CaseFile(TenantScoped, Created, Screened, Base):
    """A case (saksmappe), known to people as «2026/17»."""

    __tablename__ = "case_file"
    __table_args__ = (
        tenant_foreign_key("series_id", "series"),
        tenant_foreign_key("classification_class_id", "classification_class"),
        tenant_foreign_key("unit_id", "unit"),
        tenant_foreign_key("citizen_id", "person"),
        Index(None, "municipality_id", "citizen_id"),
        Index(None, "municipality_id", "classification_class_id"),
        UniqueConstraint("municipality_id", "case_year", "case_sequence_number"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        CheckConstraint("citizen_id IS NULL OR area IS NOT NULL", name="citizen_has_area"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_has_name"),
    )

    series_id: Mapped[UUID]
    classification_class_id: Mapped[UUID]
    case_year: Mapped[int] = mapped_column(SmallInteger)
    case_sequence_number: Mapped[int] = mapped_column(Integer)
    case_date: Mapped[date]
    citizen_id: Mapped[UUID | None]
    """The person whose case it is (part): she may read it. `open_case_file` takes it as an optional keyword."""
    area: Mapped[Area | None] = term_column(Area, "area")
    """The service area of a citizen's case: who may act for her in it follows from that."""
    title: Mapped[str] = mapped_column(Text)
    public_title: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[UUID]
    unit_name: Mapped[str] = mapped_column(Text)
    """The unit's name when it got the case: units are renamed, archives are not."""
    responsible_name: Mapped[str] = mapped_column(Text)
    status: Mapped[CaseStatus] = term_column(CaseStatus, "status", default=CaseStatus.OPEN)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(Text)
    last_entry_number: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def number(self) -> str:
        """The case number that people use: «2026/17»."""
        return f"{self.case_year}/{self.case_sequence_number}"

    @property
    def is_open(self) -> bool:
        """Whether entries may be added."""
        return self.status is CaseStatus.OPEN


class RegistryEntry(TenantScoped, Created, Screened, Base):
    """One line of the journal (journalpost), with its documents."""

    __tablename__ = "registry_entry"
    __table_args__ = (
        tenant_foreign_key("case_file_id", "case_file"),
        UniqueConstraint("municipality_id", "journal_year", "journal_sequence_number"),
        UniqueConstraint("municipality_id", "case_file_id", "entry_number"),
        Index("ix_registry_entry_journal_date", "municipality_id", "journal_date"),
        CheckConstraint("(status = 'archived') = (archived_at IS NOT NULL)", name="archived_has_time"),
    )

    case_file_id: Mapped[UUID]
    journal_year: Mapped[int] = mapped_column(SmallInteger)
    journal_sequence_number: Mapped[int] = mapped_column(Integer)
    entry_number: Mapped[int] = mapped_column(Integer)
    entry_type: Mapped[EntryType] = term_column(EntryType, "entry_type")
    status: Mapped[EntryStatus] = term_column(EntryStatus, "status")
    journal_date: Mapped[date]
    document_date: Mapped[date | None]
    received_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(Text)
    public_title: Mapped[str] = mapped_column(Text)
    archived_at: Mapped[datetime | None]
    archived_by: Mapped[str | None] = mapped_column(Text)

    case_file: Mapped[CaseFile] = relationship(viewonly=True, lazy="raise_on_sql")
    parties: Mapped[list["CorrespondenceParty"]] = relationship(
        lazy="raise_on_sql", order_by="CorrespondenceParty.position", passive_deletes="all"
    )
    documents: Mapped[list["DocumentDescription"]] = relationship(
        lazy="raise_on_sql", order_by="DocumentDescription.document_number", passive_deletes="all"
    )
    sign_offs: Mapped[list["EntrySignOff"]] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin="and_(RegistryEntry.municipality_id == EntrySignOff.municipality_id, "
        "RegistryEntry.id == EntrySignOff.registry_entry_id)",
        foreign_keys="[EntrySignOff.municipality_id, EntrySignOff.registry_entry_id]",
    )

    @property
    def number(self) -> str:
        """The journal number: «17/2026»."""
        return f"{self.journal_sequence_number}/{self.journal_year}"


class CorrespondenceParty(TenantScoped, Base):
    """Somebody who sent or got the document (korrespondansepart). Never a national id."""

    __tablename__ = "correspondence_party"
    __table_args__ = (
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        Index("ix_correspondence_party_entry", "municipality_id", "registry_entry_id"),
    )

    registry_entry_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    party_type: Mapped[PartyType] = term_column(PartyType, "party_type")
    name: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str | None] = mapped_column(Text)
    caseworker_name: Mapped[str | None] = mapped_column(Text)


class DocumentDescription(TenantScoped, Created, Base):
    """A document of an entry (dokumentbeskrivelse). Finished from the start: drafts live with the features."""

    __tablename__ = "document_description"
    __table_args__ = (
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        UniqueConstraint("municipality_id", "registry_entry_id", "document_number"),
    )

    registry_entry_id: Mapped[UUID]
    document_number: Mapped[int] = mapped_column(SmallInteger)
    role: Mapped[DocumentRole] = term_column(DocumentRole, "role")
    document_type: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)

    files: Mapped[list["DocumentObject"]] = relationship(
        lazy="raise_on_sql", order_by="DocumentObject.variant", passive_deletes="all"
    )


class DocumentObject(TenantScoped, Created, Base):
    """One file of a document (dokumentobjekt), found in storage by its SHA-256."""

    __tablename__ = "document_object"
    __table_args__ = (
        tenant_foreign_key("document_description_id", "document_description"),
        Index("ix_document_object_description", "municipality_id", "document_description_id"),
    )

    document_description_id: Mapped[UUID]
    version_number: Mapped[int] = mapped_column(SmallInteger, default=1)
    variant: Mapped[Variant] = term_column(Variant, "variant")
    format: Mapped[str] = mapped_column(Text)
    """The file extension, lower case, without dot."""
    format_details: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int]
    converted_at: Mapped[datetime | None]
    converted_by: Mapped[str | None] = mapped_column(Text)
    converted_from: Mapped[str | None] = mapped_column(Text)
    converted_to: Mapped[str | None] = mapped_column(Text)
    conversion_tool: Mapped[str | None] = mapped_column(Text)
    conversion_comment: Mapped[str | None] = mapped_column(Text)


class EntrySignOff(TenantScoped, Base):
    """How an entry was dealt with (avskrivning), at most once."""

    __tablename__ = "entry_sign_off"
    __table_args__ = (
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        tenant_foreign_key("answer_id", "registry_entry"),
        UniqueConstraint("municipality_id", "registry_entry_id"),
    )

    registry_entry_id: Mapped[UUID]
    answer_id: Mapped[UUID | None]
    """The outgoing entry that answered it."""
    signed_off_date: Mapped[date]
    signed_off_by: Mapped[str] = mapped_column(Text)
    method: Mapped[SignOffMethod] = term_column(SignOffMethod, "method")

    answer: Mapped[RegistryEntry | None] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin="and_(RegistryEntry.municipality_id == EntrySignOff.municipality_id, "
        "RegistryEntry.id == EntrySignOff.answer_id)",
        foreign_keys="[EntrySignOff.municipality_id, EntrySignOff.answer_id]",
    )


class ChangeLogEntry(TenantScoped, Base):
    """One change to something journaled: which object, which field, from what to what, by whom (endring)."""

    __tablename__ = "change_log_entry"
    __table_args__ = (
        tenant_foreign_key("case_file_id", "case_file"),
        Index("ix_change_log_entry_case_file", "municipality_id", "case_file_id"),
        Index("ix_change_log_entry_object", "municipality_id", "object_id"),
    )

    case_file_id: Mapped[UUID]
    registry_entry_id: Mapped[UUID | None]
    """The entry that the object is or belongs to; None for the case file's own fields."""
    object_id: Mapped[UUID]
    object_type: Mapped[str] = mapped_column(Text)
    """Table name of the object."""
    field: Mapped[str] = mapped_column(Text)
    old_value: Mapped[str | None] = mapped_column(Text)
    new_value: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(Text)
    transaction_number: Mapped[int] = mapped_column(BigInteger, server_default=text("txid_current()"))
    """By this the database sees that a change and its line were made together."""


class JournalSequence(TenantScoped, Base):
    """The last numbers given in one year. Its row is the lock that keeps both series of numbers without gaps."""

    __tablename__ = "journal_sequence"
    __table_args__ = (UniqueConstraint("municipality_id", "year"),)

    year: Mapped[int] = mapped_column(SmallInteger)
    last_case_number: Mapped[int] = mapped_column(Integer, default=0)
    last_journal_number: Mapped[int] = mapped_column(Integer, default=0)
