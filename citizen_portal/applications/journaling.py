"""What the journal is told about an application: when it comes in, is taken back, and gets its outcome.

Documents are made before a number is taken, because all registration of the municipality waits for whoever takes one.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from citizen_portal import clock, documents, storage
from citizen_portal.applications import record
from citizen_portal.applications.answers import answered, is_asked
from citizen_portal.applications.files.models import for_field
from citizen_portal.applications.files.queries import files_of
from citizen_portal.applications.files.service import as_documents
from citizen_portal.applications.models import Application
from citizen_portal.applications.record import SignedBy
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import PORTAL, Citizen, Staff, System
from citizen_portal.db import current_municipality_id
from citizen_portal.documents import Document
from citizen_portal.i18n import load_catalogue
from citizen_portal.identity.models import Person
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import record_language
from citizen_portal.journal.entries import IncomingEntry, JournalDocument, JournalFile, party
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.screening import MASK
from citizen_portal.journal.terms import SignOffMethod
from citizen_portal.tenancy.models import Municipality, Unit


def register_submission(
    session: Session,
    actor: Citizen,
    application: Application,
    applicant: Person,
    unit: Unit,
    signed_by: SignedBy | None = None,
) -> tuple[CaseFile, RegistryEntry]:
    """Open the case and register the application with its PDF, received now; from both, where two have signed it."""
    rule, received_at, municipality = application.definition.journal, clock.now(), municipality_of(session)
    sent = record.as_document(
        application,
        applicant,
        municipality_name=municipality.name,
        unit=unit,
        received_at=received_at,
        signed_by=signed_by,
    )
    sender = party(applicant.name, application.representative_name)
    sender = f"{sender} og {signed_by.name}" if signed_by else sender
    document = stored(sent, rule.document_type)
    attachments = _attachments(session, application, municipality)
    case_file, titles = _open_case(session, actor, application, applicant, unit)
    entry = incoming(application, sender, received_at, (document, *attachments), **titles)
    return case_file, journal.register_incoming(session, actor, case_file, entry)


def register_received(
    session: Session,
    actor: Staff,
    application: Application,
    applicant: Person,
    unit: Unit,
    document: JournalDocument,
    received_at: datetime,
) -> tuple[CaseFile, RegistryEntry]:
    """Open the case and register what came by phone or on paper, received when it came."""
    case_file, titles = _open_case(session, actor, application, applicant, unit)
    entry = incoming(application, applicant.name, received_at, (document,), **titles)
    return case_file, journal.register_incoming(session, actor, case_file, entry)


def _open_case(
    session: Session, actor: Citizen | Staff, application: Application, applicant: Person, unit: Unit
) -> tuple[CaseFile, dict[str, str]]:
    """The application's case, by its definition, and the two titles of the case and of what comes in first."""
    rule = application.definition.journal
    concerned = answered(application.definition, application.answers, {rule.concerns or ""})
    titles = {
        "title": rule.title.replace("{name}", " ".join(concerned.get(rule.concerns or "", applicant.name).split())),
        "public_title": rule.public_title.replace("{name}", MASK),
    }
    case_file = journal.open_case_file(
        session,
        actor,
        **titles,
        unit_id=unit.id,
        responsible_name=unit.name,
        classification_code=rule.classification_code,
        screening=rule.as_screening(),
        citizen_id=applicant.id,
        area=application.area,
    )
    return case_file, titles


def register_withdrawal(session: Session, actor: Citizen, application: Application, applicant: Person) -> RegistryEntry:
    """Register that the applicant takes the application back: a document that came in to the case like any other
    (offentleglova § 4), though she wrote it with one button. It asks for no answer, so it is signed off at once.

    Raises CaseFileIsClosed.
    """
    case_file = case_file_of(session, application)
    municipality, received_at = municipality_of(session), clock.now()
    title = record.WITHDRAWN.in_language(record_language(municipality))
    by = None if actor.person_id == applicant.id else actor.name
    withdrawal = record.withdrawal(
        application, applicant, case_file, by=by, municipality_name=municipality.name, received_at=received_at
    )
    entry = incoming(
        application,
        party(applicant.name, by),
        received_at,
        (stored(withdrawal, title),),
        title=f"{title} – {case_file.title}",
        public_title=f"{title} – {case_file.public_title}",
    )
    made = journal.register_incoming(session, actor, case_file, entry)
    journal.sign_off(session, System(actor.municipality_id, PORTAL), made, SignOffMethod.NOTED)
    return made


def settle(session: Session, actor: Citizen | Staff, application: Application) -> None:
    """Let the journal know that nobody owes the application anything more; a closed one closes its case file, too.

    A decision is the application's answer and has signed it off. What ends without one is signed off as noted (tatt til
    etterretning).

    Raises EntriesNotSignedOff when something else that came in with the case waits for an answer, CaseFileIsClosed.
    """
    assert application.registry_entry_id is not None  # noqa: S101  only drafts have none
    entry = journal_queries.registry_entry(session, application.registry_entry_id)
    if not entry.sign_offs:
        by = System(actor.municipality_id, PORTAL) if isinstance(actor, Citizen) else actor
        journal.sign_off(session, by, entry, SignOffMethod.NOTED)
    if application.status is Status.CLOSED:
        journal.close_case_file(session, actor, entry.case_file)


def name_responsible(session: Session, actor: Staff, application: Application) -> None:
    """Let the journal know who is responsible for the case (saksansvarlig)."""
    corrections = {"responsible_name": application.assigned_name}
    journal.correct_case_file(session, actor, case_file_of(session, application), corrections)


def incoming(
    application: Application,
    sender: str,
    received_at: datetime,
    documents: tuple[JournalDocument, ...],
    *,
    title: str,
    public_title: str,
) -> IncomingEntry:
    """An entry of something that the applicant sent us, screened as the application is."""
    return IncomingEntry(
        title=title,
        public_title=public_title,
        sender=sender,
        received_at=received_at,
        document_date=clock.to_oslo(received_at).date(),
        documents=documents,
        screening=application.definition.journal.as_screening(),
    )


def _attachments(session: Session, application: Application, municipality: Municipality) -> tuple[JournalDocument, ...]:
    """The papers that the form asked for and got, in its order."""
    definition, answers = application.definition, application.answers
    asked = [for_field(field.name) for field in definition.fields if is_asked(definition, field, answers)]
    files = [file for file in files_of(session, application) if file.purpose in asked and not file.is_infected]
    title = load_catalogue(record_language(municipality)).gettext("Attachment")
    return as_documents(sorted(files, key=lambda file: asked.index(file.purpose)), title)


def stored(document: Document, document_type: str) -> JournalDocument:
    """What the portal has written, as PDF/A in the file store."""
    made = storage.files().put(documents.render(document))
    file = JournalFile(made.sha256, made.size, "pdf", format_details=documents.FORMAT_DETAILS)
    return JournalDocument(document.title, document_type, (file,))


def case_file_of(session: Session, application: Application) -> CaseFile:
    """The case of an application that was sent."""
    assert application.case_file_id is not None  # noqa: S101  only drafts have none
    return journal_queries.case_file(session, application.case_file_id)


def municipality_of(session: Session) -> Municipality:
    """The municipality that is worked for."""
    return session.get_one(Municipality, current_municipality_id())
