"""What the journal refuses."""

from citizen_portal.errors import Conflict, DomainError


class JournalError(DomainError):
    """A rule of the journal said no."""


class ArchiveNotSetUp(JournalError):
    """The municipality has no active series to put a case file in."""


class UnknownClass(JournalError):
    """No class with that code in the active series' classification system."""


class ClassHasSubclasses(JournalError):
    """Case files lie in the leaves of the classification only (Noark 5, test N5.12)."""


class CaseFileIsClosed(Conflict):
    """Nothing is added to a closed case file."""


class EntriesNotSignedOff(JournalError):
    """Incoming entries still wait for an answer, so the case file cannot be closed."""


class AlreadySignedOff(Conflict):
    """Somebody else dealt with the entry first."""


class NotCorrectable(JournalError):
    """That field of a journaled object never changes."""


class BlankText(JournalError):
    """A title or a name in which nothing can be seen."""


class ArchiveVariantMissing(JournalError):
    """A document without a file in an archive format."""


class NoDocument(JournalError):
    """An entry without any document."""


class InvalidFile(JournalError):
    """A file without a proper checksum, size or extension."""
