"""The letter that tells a citizen who has her application now."""

from typing import Final

from sqlalchemy.orm import Session

from citizen_portal import clock, documents, storage
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.documents import Document, Language, Section
from citizen_portal.identity.models import Person
from citizen_portal.journal.entries import JournalDocument, JournalFile, OutgoingEntry
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.terms import ScreenedMetadata
from citizen_portal.tenancy.models import Municipality

FORWARDED: Final = Text(nb="Søknaden er sendt videre", nn="Søknaden er send vidare", en="The application is sent on")
TOLD: Final = Text(
    nb="Vi har sendt søknaden din, «{title}», videre til {to}, som avgjør den.",
    nn="Vi har sendt søknaden din, «{title}», vidare til {to}, som avgjer han.",
    en="We have sent your application, “{title}”, on to {to}, who decides it.",
)
REACHED: Final = Text(nb="Slik får du kontakt: {contact}", nn="Slik får du kontakt: {contact}", en="Contact: {contact}")
CASE_NUMBER: Final = Text(nb="Saksnummer", nn="Saksnummer", en="Case number")
RECIPIENT: Final = Text(nb="Til", nn="Til", en="To")


def forwarding(
    session: Session,
    actor: Staff,
    application: Application,
    citizen: Person,
    case_file: CaseFile,
    *,
    to: str,
    contact: str,
    why: str,
) -> OutgoingEntry:
    """The letter, stored and ready to be registered, in the application's language."""
    title = FORWARDED.in_language(application.language)
    letter = _letter(session, actor, application, citizen, case_file, {"to": to, "contact": contact, "why": why})
    stored = storage.files().put(documents.render(letter))
    file = JournalFile(stored.sha256, stored.size, "pdf", format_details=documents.FORMAT_DETAILS)
    return OutgoingEntry(
        title=f"{title} – {case_file.title}",
        public_title=f"{title} – {case_file.public_title}",
        recipient=citizen.name,
        sent_at=clock.now(),
        document_date=clock.today(),
        caseworker_name=actor.name,
        documents=(JournalDocument(title, title, (file,)),),
        screening=case_file.screening and case_file.screening.with_citizen_as(ScreenedMetadata.RECIPIENT_NAME),
    )


def _letter(
    session: Session,
    actor: Staff,
    application: Application,
    citizen: Person,
    case_file: CaseFile,
    words: dict[str, str],
) -> Document:
    municipality, language = session.get_one(Municipality, current_municipality_id()), application.language
    told = TOLD.in_language(language).format(title=application.definition.title.in_language(language), to=words["to"])
    reached = REACHED.in_language(language).format(contact=words["contact"])
    return Document(
        title=FORWARDED.in_language(language),
        language=_document_language(language),
        municipality_name=municipality.name,
        unit=case_file.unit_name,
        date=clock.today(),
        reference=(
            (RECIPIENT.in_language(language), citizen.name),
            (CASE_NUMBER.in_language(language), case_file.number),
        ),
        sections=(
            Section(heading="", paragraphs=(told, words["why"], reached)),
            Section(heading="", paragraphs=(f"{actor.name}\n{actor.unit_name}",)),
        ),
    )


def _document_language(language: str) -> Language:
    return "nn" if language == "nn" else "en" if language == "en" else "nb"
