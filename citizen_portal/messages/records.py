"""A message as the journal keeps it: a PDF/A of the message itself, and each enclosure in an archive format."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from citizen_portal import clock, documents, storage
from citizen_portal.db import current_municipality_id
from citizen_portal.documents import Document, Section
from citizen_portal.i18n import load_catalogue
from citizen_portal.identity.models import Person
from citizen_portal.journal.enclosures import Enclosure, record_language
from citizen_portal.journal.entries import IncomingEntry, JournalDocument, JournalFile, OutgoingEntry, Screening
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.terms import ScreenedMetadata
from citizen_portal.tenancy.models import Municipality


@dataclass(frozen=True, slots=True)
class Letter:
    """A message about to be sent. `sender` and `recipient` are names as the journal shall know them.

    `on_behalf_of` is the citizen for whom a representative writes.
    """

    case_file: CaseFile
    sender: str
    recipient: str
    body: str
    sent_at: datetime
    enclosures: tuple[Enclosure, ...]
    on_behalf_of: Person | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The letter with its documents stored, ready to be registered."""

    letter: Letter
    title: str
    public_title: str
    documents: tuple[JournalDocument, ...]

    def incoming(self) -> IncomingEntry:
        """As an entry of something that a citizen sent us."""
        return IncomingEntry(
            title=self.title,
            public_title=self.public_title,
            sender=self.letter.sender,
            received_at=self.letter.sent_at,
            document_date=clock.to_oslo(self.letter.sent_at).date(),
            documents=self.documents,
            screening=self._screening(ScreenedMetadata.SENDER_NAME),
        )

    def outgoing(self) -> OutgoingEntry:
        """As an entry of something that we sent a citizen."""
        return OutgoingEntry(
            title=self.title,
            public_title=self.public_title,
            recipient=self.letter.recipient,
            sent_at=self.letter.sent_at,
            document_date=clock.to_oslo(self.letter.sent_at).date(),
            caseworker_name=self.letter.sender,
            documents=self.documents,
            screening=self._screening(ScreenedMetadata.RECIPIENT_NAME),
        )

    def _screening(self, citizen_is: ScreenedMetadata) -> Screening | None:
        screening = self.letter.case_file.screening
        return screening and screening.with_citizen_as(citizen_is)


def make_record(session: Session, letter: Letter) -> Record:
    """Write the letter as PDF/A. Done before any number is taken: all registration waits for whoever takes one."""
    municipality = session.get_one(Municipality, current_municipality_id())
    gettext = load_catalogue(record_language(municipality)).gettext
    attachments = tuple(enclosure.as_document(gettext("Attachment")) for enclosure in letter.enclosures)
    title = gettext("Message in the case “%(title)s”")
    return Record(
        letter=letter,
        title=title % {"title": letter.case_file.title},
        public_title=title % {"title": letter.case_file.public_title},
        documents=(_main_document(letter, municipality), *attachments),
    )


def _main_document(letter: Letter, municipality: Municipality) -> JournalDocument:
    language = record_language(municipality)
    gettext = load_catalogue(language).gettext
    sent_at = clock.to_oslo(letter.sent_at)
    reference = [
        (gettext("Case number"), letter.case_file.number),
        (gettext("Case"), letter.case_file.title),
        (gettext("From"), letter.sender),
        (gettext("To"), letter.recipient),
        (gettext("Sent"), f"{sent_at:%d.%m.%Y %H:%M}"),
    ]
    if letter.enclosures:
        reference.append((gettext("Attachments"), "\n".join(file.filename for file in letter.enclosures)))
    content = documents.render(
        Document(
            title=gettext("Message"),
            language=language,
            municipality_name=municipality.name,
            unit=letter.case_file.unit_name,
            date=sent_at.date(),
            reference=tuple(reference),
            sections=(Section(heading="", paragraphs=tuple(letter.body.split("\n\n"))),),
        )
    )
    stored = storage.files().put(content)
    file = JournalFile(stored.sha256, stored.size, "pdf", format_details=documents.FORMAT_DETAILS)
    return JournalDocument(gettext("Message"), gettext("Message"), (file,))
