"""The journal's fixed terms. Values are ours; their Noark 5 names stand in `archive/noark5/names.py` alone."""

from enum import StrEnum


class SeriesStatus(StrEnum):
    """Where a series stands in its life (M051)."""

    ACTIVE = "active"
    OVERLAPPING = "overlapping"
    CLOSED = "closed"


class CaseStatus(StrEnum):
    """Where a case file stands (M052)."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class EntryType(StrEnum):
    """Which way the document goes (M082)."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL_FOR_FOLLOW_UP = "internal_for_follow_up"
    INTERNAL = "internal"
    CASE_PRESENTATION = "case_presentation"


class EntryStatus(StrEnum):
    """Where a registry entry stands (M053)."""

    JOURNALED = "journaled"
    DISPATCHED = "dispatched"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class PartyType(StrEnum):
    """The part somebody plays in the correspondence (M087)."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    COPY_RECIPIENT = "copy_recipient"
    INTERNAL_SENDER = "internal_sender"
    INTERNAL_RECIPIENT = "internal_recipient"


class DocumentRole(StrEnum):
    """How a document is linked to its entry (M217)."""

    MAIN = "main"
    ATTACHMENT = "attachment"


class Variant(StrEnum):
    """Which rendition of a document a file is (M700). Production files never leave in a deposit."""

    PRODUCTION = "production"
    ARCHIVE = "archive"
    REDACTED = "redacted"


class SignOffMethod(StrEnum):
    """How an entry was dealt with (M619)."""

    ANSWERED_BY_LETTER = "answered_by_letter"
    ANSWERED_BY_EMAIL = "answered_by_email"
    ANSWERED_BY_PHONE = "answered_by_phone"
    NOTED = "noted"
    FOR_INFORMATION = "for_information"


class AccessRestriction(StrEnum):
    """Why the public does not see everything (M500)."""

    EXEMPT = "exempt"
    PERSONNEL = "personnel"
    CLIENT = "client"


class ScreenedMetadata(StrEnum):
    """What is masked in the public journal (M502)."""

    CASE_TITLE_WORDS = "case_title_words"
    CASE_TITLE = "case_title"
    ENTRY_TITLE_WORDS = "entry_title_words"
    ENTRY_TITLE = "entry_title"
    SENDER_NAME = "sender_name"
    RECIPIENT_NAME = "recipient_name"
    DOCUMENT_TITLE = "document_title"
    TEMPORARY = "temporary"


class ScreenedDocument(StrEnum):
    """How much of the documents is screened (M503)."""

    WHOLE = "whole"
    PARTLY = "partly"
