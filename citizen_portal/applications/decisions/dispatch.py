"""Sending letters: out through the journal, and to the party with a notice and an evidence line."""

from datetime import datetime

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.decisions.models import Delivery
from citizen_portal.applications.journaling import stored
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Staff
from citizen_portal.documents import Document
from citizen_portal.journal import service as journal
from citizen_portal.journal.entries import OutgoingEntry
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import ScreenedMetadata
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion


def register_letter(
    session: Session,
    actor: Staff,
    case_file: CaseFile,
    letter: Document,
    *,
    title: str,
    recipient: str,
    answers: RegistryEntry | None,
    at: datetime,
) -> RegistryEntry:
    """Register a letter that goes out; what it answers is signed off with it. Raises CaseFileIsClosed."""
    screening = case_file.screening
    entry = OutgoingEntry(
        title=f"{title} – {case_file.title}",
        public_title=f"{title} – {case_file.public_title}",
        recipient=recipient,
        sent_at=at,
        document_date=clock.to_oslo(at).date(),
        caseworker_name=actor.name,
        documents=(stored(letter, "Brev"),),
        screening=screening and screening.with_citizen_as(ScreenedMetadata.RECIPIENT_NAME),
    )
    return journal.register_outgoing(session, actor, case_file, entry, answers)


def deliver(session: Session, application: Application, entry: RegistryEntry, at: datetime) -> Delivery:
    """Let the party read the registered letter on her pages, and tell her that there is something to read."""
    notice = notifications.enqueue(session, Occasion.DECISION_SENT, application.person_id)
    delivery = Delivery(
        application_id=application.id, registry_entry_id=entry.id, notice_id=notice.id, sent_at=at
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery
