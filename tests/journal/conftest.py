"""Ringebu's archive and things to put in it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from citizen_portal import db, storage
from citizen_portal.auth.actor import Actor, System
from citizen_portal.demo.people import named_citizens
from citizen_portal.journal import service
from citizen_portal.journal.entries import IncomingEntry, JournalDocument, JournalFile, OutgoingEntry, Screening
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.service import ClassDefinition
from citizen_portal.journal.terms import AccessRestriction, ScreenedMetadata
from citizen_portal.tenancy.models import Municipality, Unit

SCREENING = Screening(
    AccessRestriction.EXEMPT,
    "offl. § 13, jf. fvl. § 13 (1) nr. 1",
    (ScreenedMetadata.ENTRY_TITLE_WORDS, ScreenedMetadata.SENDER_NAME, ScreenedMetadata.RECIPIENT_NAME),
)
NATIONAL_ID = next(person.national_id for person in named_citizens() if person.name == "Borghild Moen")
CLASSES = (
    ClassDefinition(
        "H", "Helse og omsorg", (ClassDefinition("H12", "Trygghetsalarm"), ClassDefinition("H10", "Hjemmetjenester"))
    ),
    ClassDefinition("A", "Henvendelser"),
)


def set_up(session: Session, actor: Actor) -> None:
    """Give the current municipality an archive from New Year 2026."""
    service.set_up_archive(
        session,
        actor,
        fonds_title="Ringebu kommunes arkiv",
        series_title="Sakarkiv fra 2026",
        start_date=date(2026, 1, 1),
        classification_title="Kommunens funksjoner",
        classes=CLASSES,
    )


@pytest.fixture
def archive(in_ringebu: Municipality, the_system: System) -> None:
    """Ringebu has an archive."""
    with db.transaction() as session:
        set_up(session, the_system)


OpenCase = Callable[..., CaseFile]


def open_case(
    session: Session,
    actor: Actor,
    unit: Unit,
    title: str = "Trygghetsalarm",
    code: str = "H12",
    citizen_id: UUID | None = None,
) -> CaseFile:
    """A case about Borghild's alarm."""
    return service.open_case_file(
        session,
        actor,
        title=f"{title} – Borghild Moen",
        public_title=f"{title} – *****",
        unit_id=unit.id,
        responsible_name="Siri Haugen",
        classification_code=code,
        screening=SCREENING,
        citizen_id=citizen_id,
    )


def document(text: str = "søknad") -> JournalDocument:
    """A stored document with a file in an archive format."""
    content = f"%PDF-1.7 {text}".encode()
    storage.files().put(content)
    return JournalDocument(
        "Søknad om trygghetsalarm",
        "Søknad",
        (JournalFile(sha256(content).hexdigest(), len(content), "pdf", format_details="PDF/A-2a"),),
    )


def letter_in(**changes: object) -> IncomingEntry:
    """Borghild's application."""
    facts: dict[str, object] = {
        "title": "Søknad om trygghetsalarm fra Borghild Moen",
        "public_title": "Søknad om trygghetsalarm fra *****",
        "sender": "Borghild Moen",
        "received_at": datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
        "document_date": date(2026, 3, 1),
        "documents": (document(),),
        "screening": SCREENING,
    }
    return IncomingEntry(**{**facts, **changes})  # type: ignore[arg-type]  # a test may change any of them


def letter_out(**changes: object) -> OutgoingEntry:
    """Siri's answer."""
    facts: dict[str, object] = {
        "title": "Svar til Borghild Moen",
        "public_title": "Svar til *****",
        "recipient": "Borghild Moen",
        "sent_at": datetime(2026, 3, 5, 12, 0, tzinfo=UTC),
        "document_date": date(2026, 3, 5),
        "caseworker_name": "Siri Haugen",
        "documents": (document("svar"),),
        "screening": SCREENING,
    }
    return OutgoingEntry(**{**facts, **changes})  # type: ignore[arg-type]  # a test may change any of them
