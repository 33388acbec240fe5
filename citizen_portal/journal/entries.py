"""What callers hand the journal: plain values, made before the transaction takes a number."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from citizen_portal.journal.errors import ArchiveVariantMissing, BlankText, InvalidFile
from citizen_portal.journal.terms import AccessRestriction, ScreenedDocument, ScreenedMetadata, Variant

_NAMES = frozenset({ScreenedMetadata.SENDER_NAME, ScreenedMetadata.RECIPIENT_NAME})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_NAMES = frozenset({ScreenedMetadata.SENDER_NAME, ScreenedMetadata.RECIPIENT_NAME})


def party(name: str, representative_name: str | None) -> str:
    """A party with the one who acts for it, as journals write it: «Borghild Moen v/ Kari Moen»."""
    return f"{name} v/ {representative_name}" if representative_name else name


def demand_text(*texts: str) -> None:
    """Raise BlankText unless each holds something that can be seen: no element of a deposit is empty."""
    for text in texts:
        if not any(char.isprintable() and not char.isspace() for char in text):
            raise BlankText


@dataclass(frozen=True, slots=True)
class Screening:
    """Why and what is kept from the public (skjerming): the law, and which parts of the metadata and documents."""

    restriction: AccessRestriction
    authority: str
    """The reference as it is printed, for example «offl. § 13, jf. fvl. § 13 (1) nr. 1»."""
    metadata: tuple[ScreenedMetadata, ...]
    document: ScreenedDocument | None = ScreenedDocument.WHOLE

    def __post_init__(self) -> None:
        if not self.authority.strip() or not self.metadata:
            raise ValueError("a screening names its authority and at least one screened part")

    def with_citizen_as(self, end: ScreenedMetadata) -> "Screening":
        """The same where the citizen is the sender or the recipient: a name that it hides is hers, on whichever end."""
        if _NAMES.isdisjoint(self.metadata):
            return self
        return replace(self, metadata=(*(part for part in self.metadata if part not in _NAMES), end))


@dataclass(frozen=True, slots=True)
class Conversion:
    """How an archive file was made from another one (konvertering)."""

    converted_at: datetime
    from_format: str
    to_format: str
    tool: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A stored file. `format` is the file extension, lower case without dot (the national validator compares them)."""

    sha256: str
    size_bytes: int
    format: str
    variant: Variant = Variant.ARCHIVE
    format_details: str | None = None
    """Level or PRONOM id, for example «PDF/A-2a»."""
    conversion: Conversion | None = None

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256) or not _EXTENSION.fullmatch(self.format) or self.size_bytes <= 0:
            raise InvalidFile


@dataclass(frozen=True, slots=True)
class JournalDocument:
    """A document of an entry and its files. The first document of an entry is the main one.

    Raises ArchiveVariantMissing when no file is fit for the archive, BlankText.
    """

    title: str
    document_type: str
    """Free text by the standard, for example «Søknad», «Brev», «Vedlegg»."""
    files: tuple[JournalFile, ...]

    def __post_init__(self) -> None:
        demand_text(self.title, self.document_type)
        if not any(file.variant is Variant.ARCHIVE for file in self.files):
            raise ArchiveVariantMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEntry:
    """A document that somebody outside sent us. `received_at` is an instant; `document_date` None means undated.

    Raises BlankText.
    """

    title: str
    public_title: str
    sender: str
    received_at: datetime
    document_date: date | None
    documents: tuple[JournalDocument, ...]
    screening: Screening | None = None

    def __post_init__(self) -> None:
        demand_text(self.title, self.public_title, self.sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEntry:
    """A document that we sent somebody. `caseworker_name` signed it on behalf of the case's unit. Raises BlankText."""

    title: str
    public_title: str
    recipient: str
    sent_at: datetime
    document_date: date
    caseworker_name: str
    documents: tuple[JournalDocument, ...]
    screening: Screening | None = None

    def __post_init__(self) -> None:
        demand_text(self.title, self.public_title, self.recipient, self.caseworker_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalEntry:
    """A document that stays in the municipality; `needs_follow_up` decides whether somebody must deal with it.

    Raises BlankText.
    """

    title: str
    public_title: str
    author: str
    document_date: date
    documents: tuple[JournalDocument, ...]
    needs_follow_up: bool = False
    is_case_presentation: bool = False
    screening: Screening | None = None

    def __post_init__(self) -> None:
        demand_text(self.title, self.public_title, self.author)
