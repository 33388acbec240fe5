"""Keep and remove files of an application, in the caller's transaction; they are checked and made ready before it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.applications.files import queries
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.files.models import ApplicationFile, columns_of
from citizen_portal.applications.files.scanning import scan_file
from citizen_portal.applications.files.sweeping import let_go
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.entries import JournalDocument
from citizen_portal.journal.scans import service as scans

MOST_FILES = 20
"""For one purpose, where the caller knows no smaller number."""


def keep(
    session: Session,
    actor: Citizen | Staff,
    application: Application,
    purpose: str,
    upload: Enclosure,
    upload_id: UUID,
    most: int = MOST_FILES,
) -> ApplicationFile:
    """Keep a file that is made ready. Sent again with the same `upload_id` it is the same file, also when removed.

    The caller has loaded the application with a lock, as one that the actor may change. Raises TooManyFiles.
    """
    if already := _already_kept(session, application, upload_id):
        return already
    if len(queries.files_of(session, application, purpose)) >= most:
        raise TooManyFiles(most)
    session.execute(
        insert(ApplicationFile)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            application_id=application.id,
            purpose=purpose,
            upload_id=upload_id,
            uploaded_at=clock.now(),
            **columns_of(upload),
            **_uploaded_by(session, actor, application),
        )
        .on_conflict_do_nothing()
    )
    waits = scans.note(session, upload.original.sha256, upload.verdict, [upload.archived.sha256])
    kept = _already_kept(session, application, upload_id)
    assert kept is not None  # noqa: S101  it was put there, by us or by another window
    if waits:
        jobs.defer(session, scan_file, file_id=str(kept.id))
    audit.record(
        session, actor, EventTag.FILE_ADDED, subject=kept, about_person_id=application.person_id, kind=kept.kind
    )
    return kept


def remove(
    session: Session, actor: Citizen | Staff, application: Application, purpose: str, file_id: UUID
) -> ApplicationFile:
    """Take a file away that is not sent yet; again is no change. The caller decides what may still be changed.

    Raises NotFound for a file of another application or purpose.
    """
    found = session.scalar(
        select(ApplicationFile).where(
            ApplicationFile.municipality_id == application.municipality_id,
            ApplicationFile.application_id == application.id,
            ApplicationFile.purpose == purpose,
            ApplicationFile.id == file_id,
        )
    )
    if found is None:
        raise NotFound
    if found.removed_at is None:
        found.removed_at = clock.now()
        let_go(session, [found])
        audit.record(session, actor, EventTag.FILE_REMOVED, subject=found, about_person_id=application.person_id)
    return found


def as_documents(files: Iterable[ApplicationFile], document_type: str) -> tuple[JournalDocument, ...]:
    """The files as documents of a registry entry, after its main one: «Vedlegg» in the journal's language."""
    return tuple(file.enclosure.as_document(document_type) for file in files)


def _already_kept(session: Session, application: Application, upload_id: UUID) -> ApplicationFile | None:
    return session.scalar(
        select(ApplicationFile).where(
            ApplicationFile.municipality_id == application.municipality_id,
            ApplicationFile.application_id == application.id,
            ApplicationFile.upload_id == upload_id,
        )
    )


def _uploaded_by(session: Session, actor: Citizen | Staff, application: Application) -> dict[str, object]:
    if isinstance(actor, Staff):
        return {"uploaded_by_staff_id": actor.staff_id, "uploaded_by_name": actor.name}
    principal = None if actor.person_id == application.person_id else identity.person(session, application.person_id)
    return {
        "uploaded_by_person_id": actor.person_id,
        "uploaded_by_name": actor.name,
        "on_behalf_of_name": principal and principal.name,
    }
