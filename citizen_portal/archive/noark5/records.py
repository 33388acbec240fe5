"""What a deposit is made of, as plain values in the order in which they are written. Instants are aware."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from citizen_portal.journal.entries import Screening
from citizen_portal.journal.terms import (
    CaseStatus,
    DocumentRole,
    EntryStatus,
    EntryType,
    PartyType,
    SignOffMethod,
    Variant,
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was done, and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Creator:
    """The body whose archive it is (arkivskaper)."""

    organisation_number: str
    name: str


@dataclass(frozen=True, slots=True)
class FondsRecord:
    """The whole of what is delivered: one fonds with one series and its classification system."""

    id: UUID
    title: str
    created: Stamp
    closed: Stamp
    creator: Creator
    series_id: UUID
    series_title: str
    series_created: Stamp
    start_date: date
    end_date: date
    classification_id: UUID
    classification_title: str
    classification_kind: str
    classification_created: Stamp


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """A class with those below it; the whole tree is delivered, also what is empty."""

    id: UUID
    code: str
    title: str
    created: Stamp
    subclasses: tuple["ClassRecord", ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case file as it is delivered."""

    id: UUID
    class_id: UUID
    class_code: str
    class_title: str
    year: int
    number: int
    title: str
    public_title: str
    created: Stamp
    closed: Stamp
    case_date: date
    unit_name: str
    responsible_name: str
    status: CaseStatus
    screening: Screening | None
    is_protected: bool = False
    """Of somebody with a protected address: the public journal tells no more than the numbers."""


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """One party of an entry."""

    party_type: PartyType
    name: str
    unit_name: str | None
    caseworker_name: str | None


@dataclass(frozen=True, slots=True)
class SignOffRecord:
    """How an entry was dealt with; `answer_id` only when the answer is in the deposit too."""

    signed_off_date: date
    signed_off_by: str
    method: SignOffMethod
    answer_id: UUID | None


@dataclass(frozen=True, slots=True)
class ConversionRecord:
    """How a file came to be."""

    converted: Stamp
    from_format: str
    to_format: str
    tool: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of a document. `path` is where it lies in the deposit, for example `dokumenter/2026/…/….pdf`."""

    id: UUID
    version: int
    variant: Variant
    format: str
    format_details: str | None
    created: Stamp
    path: str
    sha256: str
    size_bytes: int
    conversion: ConversionRecord | None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document of an entry."""

    id: UUID
    document_type: str
    title: str
    role: DocumentRole
    number: int
    created: Stamp
    files: tuple[FileRecord, ...]


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A registry entry as it is delivered."""

    id: UUID
    created: Stamp
    archived: Stamp
    year: int
    number: int
    entry_number: int
    entry_type: EntryType
    status: EntryStatus
    journal_date: date
    document_date: date | None
    received_at: datetime | None
    sent_at: datetime | None
    title: str
    public_title: str
    screening: Screening | None
    parties: tuple[PartyRecord, ...]
    sign_offs: tuple[SignOffRecord, ...]
    documents: tuple[DocumentRecord, ...]


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One line of the change log, in our own terms; `serialise` gives them Noark's names."""

    object_id: UUID
    object_type: str
    field: str
    old_value: str | None
    new_value: str | None
    changed: Stamp


@dataclass(frozen=True, slots=True)
class JournalFacts:
    """What the heads of the journals say."""

    first_date: date
    last_date: date
    entry_count: int


class DepositSource(Protocol):
    """Where a deposit's content comes from. Each method can be called once and streams."""

    def classes(self) -> tuple[ClassRecord, ...]:
        """The top of the classification."""
        ...

    def case_files(self) -> Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]:
        """Each case file with its entries; grouped by class in the order of the tree, depth first."""
        ...

    def journal(self) -> Iterator[tuple[CaseRecord, EntryRecord]]:
        """Every entry with its case file, by journal year and number. Documents may be left out."""
        ...

    def changes(self) -> Iterator[ChangeRecord]:
        """The change log, oldest first."""
        ...
