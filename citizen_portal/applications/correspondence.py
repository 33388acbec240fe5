"""Letters in and out of a case under way: each a PDF/A, journaled with the case's titles and screening.

Documents are made before a number is taken, because all registration of the municipality waits for whoever takes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.journaling import case_file_of, municipality_of, stored
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import PORTAL, Citizen, Staff, System
from citizen_portal.documents import Document, Language, Section
from citizen_portal.identity import queries as identity
from citizen_portal.identity.models import Person
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import record_language
from citizen_portal.journal.entries import IncomingEntry, JournalDocument, OutgoingEntry, Screening, party
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import ScreenedMetadata, SignOffMethod
from citizen_portal.tenancy.models import Municipality

CASE_NUMBER: Final = Text(nb="Saksnummer", nn="Saksnummer", en="Case number")
FROM: Final = Text(nb="Fra", nn="Frå", en="From")
TO: Final = Text(nb="Til", nn="Til", en="To")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `kind` is what it is called in the journal and above its text."""

    kind: Text
    sections: tuple[Section, ...]


def letter_language(application: Application, municipality: Municipality) -> Language:
    """Nynorsk or Bokmål: as the citizen applied; for others as the municipality writes."""
    if application.language in ("nb", "nn"):
        return "nn" if application.language == "nn" else "nb"
    return record_language(municipality)


def send(
    session: Session, actor: Staff, application: Application, letter: Letter, answers: RegistryEntry | None = None
) -> RegistryEntry:
    """Register a letter to the applicant, and the entry that it answers as answered by it. Raises CaseFileIsClosed."""
    case_file, municipality = case_file_of(session, application), municipality_of(session)
    applicant, sent_at = identity.person(session, application.person_id), clock.now()
    language = letter_language(application, municipality)
    document = _written(letter, language, municipality, case_file, sender=actor.name, recipient=applicant.name)
    title = letter.kind.in_language(record_language(municipality))
    entry = OutgoingEntry(
        title=f"{title} – {case_file.title}",
        public_title=f"{title} – {case_file.public_title}",
        recipient=applicant.name,
        sent_at=sent_at,
        document_date=clock.to_oslo(sent_at).date(),
        caseworker_name=actor.name,
        documents=(document,),
        screening=_screening(application, ScreenedMetadata.RECIPIENT_NAME),
    )
    return journal.register_outgoing(session, actor, case_file, entry, answers=answers)


def receive(
    session: Session,
    actor: Citizen,
    application: Application,
    applicant: Person,
    letter: Letter,
    enclosures: Sequence[JournalDocument] = (),
) -> RegistryEntry:
    """Register what the citizen sends to her case. It asks for no answer of its own: the application's is its answer.

    Raises CaseFileIsClosed.
    """
    case_file, municipality, received_at = case_file_of(session, application), municipality_of(session), clock.now()
    sender = party(applicant.name, None if actor.person_id == applicant.id else actor.name)
    language = letter_language(application, municipality)
    document = _written(letter, language, municipality, case_file, sender=sender, recipient=case_file.unit_name)
    title = letter.kind.in_language(record_language(municipality))
    entry = IncomingEntry(
        title=f"{title} – {case_file.title}",
        public_title=f"{title} – {case_file.public_title}",
        sender=sender,
        received_at=received_at,
        document_date=clock.to_oslo(received_at).date(),
        documents=(document, *enclosures),
        screening=_screening(application, ScreenedMetadata.SENDER_NAME),
    )
    made = journal.register_incoming(session, actor, case_file, entry)
    journal.sign_off(session, System(actor.municipality_id, PORTAL), made, SignOffMethod.NOTED)
    return made


def _written(
    letter: Letter, language: Language, municipality: Municipality, case_file: CaseFile, *, sender: str, recipient: str
) -> JournalDocument:
    title = letter.kind.in_language(language)
    written = Document(
        title=title,
        language=language,
        municipality_name=municipality.name,
        unit=case_file.unit_name,
        date=clock.today(),
        reference=(
            (CASE_NUMBER.in_language(language), case_file.number),
            (FROM.in_language(language), sender),
            (TO.in_language(language), recipient),
        ),
        sections=letter.sections,
    )
    return stored(written, title)


def _screening(application: Application, citizen_is: ScreenedMetadata) -> Screening | None:
    screening = application.definition.journal.as_screening()
    return screening and screening.with_citizen_as(citizen_is)
