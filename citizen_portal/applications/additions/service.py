"""Add papers and words to an application, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import correspondence
from citizen_portal.applications import queries as applications
from citizen_portal.applications.correspondence import letter_language
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.files import queries as files
from citizen_portal.applications.files import service as file_service
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.files.models import ADDED, ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind
from citizen_portal.applications.tasks import letters
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.tenancy.models import Municipality

MOST_FILES: Final = 10


class Outcome(Enum):
    """What came of it."""

    KEPT = "kept"
    FULL = "full"
    """There was no room for all the files."""
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added: files made ready, each with its upload id. The form chooses the id of the whole."""

    id: UUID
    text: str
    uploads: Sequence[tuple[UUID, Enclosure]] = ()
    removed_file_id: UUID | None = None


def waiting_files(session: Session, application: Application) -> Sequence[ApplicationFile]:
    """The files that are chosen and not sent yet, of an application that the caller reaches."""
    return files.files_of(session, application, ADDED)


def add(session: Session, actor: Citizen, application_id: UUID, addition: Addition, *, sends: bool) -> Outcome:
    """Keep the files that were chosen, and with `sends` send them with the words where there is anything to send.

    Sent, it is journaled as incoming and stands in the timeline; again is no change.
    Raises NotFound, or NotPossibleNow for an application that is at its end.
    """
    application = applications.application_for(session, actor, application_id, lock=True)
    if _was_sent(session, application, addition):
        return Outcome.SENT
    if not application.is_under_way:
        raise NotPossibleNow
    if not _keep_files(session, actor, application, addition):
        return Outcome.FULL
    sent = waiting_files(session, application)
    if not sends or not (sent or addition.text) or any(file.is_infected for file in sent):
        return Outcome.KEPT
    _send(session, actor, application, addition, sent)
    return Outcome.SENT


def _was_sent(session: Session, application: Application, addition: Addition) -> bool:
    event = session.get(ApplicationEvent, (current_municipality_id(), addition.id))
    if event is not None and event.application_id != application.id:
        raise NotFound
    return event is not None


def _keep_files(session: Session, actor: Citizen, application: Application, addition: Addition) -> bool:
    if addition.removed_file_id is not None:
        file_service.remove(session, actor, application, ADDED, addition.removed_file_id)
    try:
        for upload_id, enclosure in addition.uploads:
            file_service.keep(session, actor, application, ADDED, enclosure, upload_id, MOST_FILES)
    except TooManyFiles:
        return False
    return True


def _send(
    session: Session,
    actor: Citizen,
    application: Application,
    addition: Addition,
    sent: Sequence[ApplicationFile],
) -> None:
    applicant = identity.person(session, application.person_id)
    municipality = session.get_one(Municipality, current_municipality_id())
    language = letter_language(application, municipality)
    letter = letters.addition(language, addition.text, [file.filename for file in sent])
    enclosures = file_service.as_documents(sent, letters.ENCLOSED.in_language(language))
    facts = {"note": addition.text} if addition.text else {}
    if actor.person_id != applicant.id:
        facts["for"] = applicant.name
    correspondence.receive(session, actor, application, applicant, letter, enclosures)
    event = application.note(EventKind.ADDED, clock.now(), actor=actor, facts=facts)
    event.id = addition.id
    session.add(event)
    for file in sent:
        file.purpose = f"{ADDED}:{event.id}"
    session.flush()
    audit.record(
        session,
        actor,
        EventTag.APPLICATION_ADDED_TO,
        subject=application,
        about_person_id=application.person_id,
        files=len(sent),
    )
