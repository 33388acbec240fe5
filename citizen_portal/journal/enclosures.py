"""Files on their way into the journal: stored, and in a form that the archive takes, before any transaction begins.

Making the archive's rendition of a PDF takes about 0.15 s a page, which is why pages are limited here and why no
database connection waits for it. What is stored and then not sent is not referred to by anything.
"""

from dataclasses import dataclass
from typing import Final

from citizen_portal import clock, storage
from citizen_portal.documents import Language, archive_rendition
from citizen_portal.documents.untrusted import Unreadable
from citizen_portal.journal.entries import Conversion, JournalDocument, JournalFile
from citizen_portal.journal.screening import mask_national_ids
from citizen_portal.journal.terms import Variant
from citizen_portal.tenancy.models import Municipality
from citizen_portal.uploads import CheckedFile, DamagedFile

CONVERTED_BY: Final = "PDFium, typst"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file as it was sent, and as the archive keeps it; the same file when it came in an archive format."""

    filename: str
    media_type: str
    original: JournalFile
    archived: JournalFile

    def as_document(self, document_type: str) -> JournalDocument:
        """As a document of a registry entry: archive format first, and what it was made from."""
        files = (self.archived,) if self.archived is self.original else (self.archived, self.original)
        return JournalDocument(mask_national_ids(self.filename), document_type, files)


def enclose(file: CheckedFile, language: Language) -> Enclosure:
    """Store the checked file and its archive rendition, titled in the language. Raises DamagedFile."""
    today = clock.today()
    try:
        rendition = archive_rendition(file.data, file.mime, file.filename, language, today)
    except Unreadable as error:
        raise DamagedFile from error
    stored = storage.files().put(file.data)
    if rendition is None:
        original = JournalFile(stored.sha256, stored.size, file.extension)
        return Enclosure(file.filename, file.mime, original, original)
    kept = storage.files().put(rendition.data)
    conversion = Conversion(clock.now(), file.extension, rendition.details, CONVERTED_BY)
    return Enclosure(
        filename=file.filename,
        media_type=file.mime,
        original=JournalFile(stored.sha256, stored.size, file.extension, Variant.PRODUCTION),
        archived=JournalFile(
            kept.sha256, kept.size, rendition.extension, format_details=rendition.details, conversion=conversion
        ),
    )


def record_language(municipality: Municipality) -> Language:
    """The language of the municipality's journal: its own first, Bokmål or Nynorsk."""
    return "nn" if municipality.languages[0] == "nn" else "nb"
