"""What the journal is told about an appeal: when it comes in, is taken back, and gets the answer of the body above us.

Documents are made before a number is taken, because all registration of the municipality waits for whoever takes one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from citizen_portal.applications.appeals import letters
from citizen_portal.applications.appeals.letters import BodyAnswer
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.files.service import as_documents
from citizen_portal.applications.journaling import case_file_of, incoming, municipality_of, stored
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import PORTAL, Citizen, Staff, System
from citizen_portal.identity.models import Person
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import record_language
from citizen_portal.journal.entries import IncomingEntry, JournalDocument, party
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import SignOffMethod
from citizen_portal.tenancy.models import Municipality


def register(
    session: Session,
    actor: Citizen,
    application: Application,
    applicant: Person,
    appeal: Appeal,
    files: Sequence[ApplicationFile],
    at: datetime,
) -> RegistryEntry:
    """Register the appeal, with the papers that go with it."""
    case_file, municipality = case_file_of(session, application), municipality_of(session)
    by = appeal.representative_name
    names = [file.filename for file in files]
    written = letters.as_document(appeal, application, applicant, case_file, municipality, by=by, at=at, enclosed=names)
    title = _title(letters.APPEAL, municipality)
    enclosures = as_documents(files, letters.ENCLOSED.in_language(record_language(municipality)))
    documents = (stored(written, title), *enclosures)
    entry = _incoming(application, case_file, title, documents, party(applicant.name, by), at)
    return journal.register_incoming(session, actor, case_file, entry)


def register_withdrawal(
    session: Session, actor: Citizen, application: Application, applicant: Person, appeal: Appeal, at: datetime
) -> None:
    """A document that came in like any other. It asks for no answer, and neither does the appeal any more."""
    case_file, municipality = case_file_of(session, application), municipality_of(session)
    by = None if actor.person_id == applicant.id else actor.name
    written = letters.withdrawal(appeal, application, applicant, case_file, municipality, by=by, at=at)
    title = _title(letters.WITHDRAWN, municipality)
    entry = _incoming(application, case_file, title, (stored(written, title),), party(applicant.name, by), at)
    portal = System(actor.municipality_id, PORTAL)
    came = journal.register_incoming(session, actor, case_file, entry)
    journal.sign_off(session, portal, came, SignOffMethod.NOTED)
    journal.sign_off(session, portal, entry_of(session, appeal), SignOffMethod.NOTED)


def register_answer(
    session: Session,
    actor: Staff,
    application: Application,
    case_file: CaseFile,
    appeal: Appeal,
    answer: BodyAnswer,
    letter: ApplicationFile | None,
) -> RegistryEntry:
    """Register what the body above us decided: its letter, where there is one, and what the caseworker wrote of it."""
    municipality = municipality_of(session)
    body, title = appeal.forwarded_to or "", _title(letters.ANSWER, municipality)
    language = record_language(municipality)
    written = letters.answer_of_body(application, case_file, municipality, language=language, body=body, answer=answer)
    documents: tuple[JournalDocument, ...] = (stored(written, title),)
    if letter is not None:
        sent = letters.BODY_LETTER.in_language(language).format(body=body)
        documents = (replace(letter.enclosure, filename=sent).as_document(title), *documents)
    entry = _incoming(application, case_file, title, documents, body, answer.received_at)
    return journal.register_incoming(session, actor, case_file, entry)


def entry_of(session: Session, appeal: Appeal) -> RegistryEntry:
    """The registry entry of an appeal that was sent."""
    assert appeal.registry_entry_id is not None  # noqa: S101  only drafts have none
    return journal_queries.registry_entry(session, appeal.registry_entry_id)


def _incoming(
    application: Application,
    case_file: CaseFile,
    title: str,
    documents: tuple[JournalDocument, ...],
    sender: str,
    at: datetime,
) -> IncomingEntry:
    titles = {"title": f"{title} – {case_file.title}", "public_title": f"{title} – {case_file.public_title}"}
    return incoming(application, sender, at, documents, **titles)


def _title(kind: Text, municipality: Municipality) -> str:
    return kind.in_language(record_language(municipality))
