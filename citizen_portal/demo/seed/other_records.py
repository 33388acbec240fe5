"""Entries of the journal that come from elsewhere than the portal's own forms: every type of entry is there."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from citizen_portal import clock, documents, storage
from citizen_portal.auth.actor import Staff
from citizen_portal.db import transaction
from citizen_portal.demo.seed.timeline import Story, office_hours
from citizen_portal.documents import Document, Section
from citizen_portal.journal import service as journal
from citizen_portal.journal.entries import IncomingEntry, InternalEntry, JournalDocument, JournalFile, OutgoingEntry
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.terms import SignOffMethod


def road_lighting(archivist: Staff, municipality_name: str, start: datetime, randomness: Random) -> Story:
    """A letter about road lighting is answered, and the case is closed."""
    moment = office_hours(start, randomness)
    yield moment
    with transaction() as session:
        case_file = _open_case_file(session, archivist, "Veglys i Tromsvegen", "P10")
        incoming = journal.register_incoming(
            session,
            archivist,
            case_file,
            IncomingEntry(
                title="Spørsmål om veglys i Tromsvegen",
                public_title="Spørsmål om veglys i Tromsvegen",
                sender="Tromsvegen velforening",
                received_at=clock.now(),
                document_date=clock.today() - timedelta(days=2),
                documents=(_letter("Spørsmål om veglys", "Når blir lysene i Tromsvegen byttet?", municipality_name),),
            ),
        )
    yield office_hours(moment + timedelta(days=6), randomness)
    with transaction() as session:
        session.add_all([case_file, incoming])
        answer = OutgoingEntry(
            title="Svar om veglys i Tromsvegen",
            public_title="Svar om veglys i Tromsvegen",
            recipient="Tromsvegen velforening",
            sent_at=clock.now(),
            document_date=clock.today(),
            caseworker_name=archivist.name,
            documents=(_letter("Svar om veglys", "Lysene blir byttet i løpet av året.", municipality_name),),
        )
        journal.register_outgoing(session, archivist, case_file, answer, answers=incoming)
        journal.close_case_file(session, archivist, case_file)


def council_matter(archivist: Staff, municipality_name: str, start: datetime, randomness: Random) -> Story:
    """A matter for the council: a note for follow-up, a note for the record, and the case presentation."""
    moment = office_hours(start, randomness)
    yield moment
    with transaction() as session:
        case_file = _open_case_file(session, archivist, "Retningslinjer for trygghetsalarm", "A10")
    kinds = (("Notat til oppfølging", True, False), ("Referat fra møte", False, False), ("Saksframlegg", False, True))
    for title, needs_follow_up, is_case_presentation in kinds:
        moment = office_hours(moment + timedelta(days=2), randomness)
        yield moment
        full_title = f"{title} – retningslinjer for trygghetsalarm"
        with transaction() as session:
            session.add(case_file)
            entry = InternalEntry(
                title=full_title,
                public_title=full_title,
                author=archivist.name,
                document_date=clock.today(),
                documents=(_letter(full_title, "Retningslinjene skal være like for alle.", municipality_name),),
                needs_follow_up=needs_follow_up,
                is_case_presentation=is_case_presentation,
            )
            journal.register_internal(session, archivist, case_file, entry)
    yield office_hours(moment + timedelta(days=2), randomness)
    with transaction() as session:
        session.add(case_file)
        journal.close_case_file(session, archivist, case_file, sign_off_rest_as=SignOffMethod.NOTED)


def _open_case_file(session: Session, archivist: Staff, title: str, classification_code: str) -> CaseFile:
    return journal.open_case_file(
        session,
        archivist,
        title=title,
        public_title=title,
        unit_id=archivist.unit_id,
        responsible_name=archivist.name,
        classification_code=classification_code,
        screening=None,
    )


def _letter(title: str, text: str, municipality_name: str) -> JournalDocument:
    letter = Document(
        title=title,
        language="nb",
        municipality_name=municipality_name,
        unit="Dokumentsenteret",
        date=clock.today(),
        sections=(Section(heading=title, paragraphs=(text,)),),
    )
    stored = storage.files().put(documents.render(letter))
    file = JournalFile(stored.sha256, stored.size, "pdf", format_details=documents.FORMAT_DETAILS)
    return JournalDocument(title, "Brev", (file,))
