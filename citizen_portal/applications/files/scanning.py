"""What follows when the virus scanner has said what it thinks of a file that waited."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.files.models import ApplicationFile, for_field
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import PORTAL, System
from citizen_portal.db import current_municipality_id, read_only, transaction
from citizen_portal.jobs import task
from citizen_portal.journal.scans.models import ScanState
from citizen_portal.journal.scans.service import scan_stored
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion


@task(name="application_files.scan")
def scan_file(file_id: str) -> None:
    """Scan a file that waits; tried again with growing pauses while the scanner is away.

    What is found is told to the citizen, who must send the paper anew.
    """
    with read_only() as session:
        file = session.get(ApplicationFile, (current_municipality_id(), UUID(file_id)))
    if file is None or file.removed_at is not None or not file.is_waiting:
        return
    if scan_stored(file.sha256).state is ScanState.INFECTED:
        with transaction() as session:
            _tell(session, file)


def _tell(session: Session, file: ApplicationFile) -> None:
    """Let the citizen know, if she has sent the application; of a draft it is no answer any more."""
    application = session.scalars(
        select(Application)
        .where(Application.municipality_id == file.municipality_id, Application.id == file.application_id)
        .with_for_update()
    ).one()
    audit.record(
        session,
        System(file.municipality_id, PORTAL),
        EventTag.FILE_STOPPED,
        subject=file,
        about_person_id=application.person_id,
    )
    name = file.purpose.removeprefix(for_field(""))
    if application.is_draft and name in application.answers:
        others = [one for one in application.answers[name] if one["id"] != str(file.id)]
        application.answer_with_files(name, others, clock.now())
    elif not application.is_draft and file.removed_at is None:
        notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
