"""Hand out a file of an application: nothing opens before the scanner has seen it, where there is one."""

from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from citizen_portal.applications.files import queries
from citizen_portal.applications.files.errors import FileInQuarantine, FileWaitsForScan
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import read_only
from citizen_portal.downloads import send_stored
from citizen_portal.identity.grounds import ground_for

_MEDIA_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


def send_file(actor: Citizen | Staff, application_id: UUID, file_id: UUID) -> Response:
    """The file, to the citizen as it was sent and to staff as the archive keeps it.

    Of a PDF that is pictures of its pages and their text, so nothing that a stranger hid in it reaches a computer of
    the municipality. Raises NotFound, FileWaitsForScan or FileInQuarantine.
    """
    with read_only() as session:
        application, file = queries.file_for(session, actor, application_id, file_id)
        ground = ground_for(session, actor, application.unit_id, application.person_id)
    _demand_clean(file)
    if isinstance(actor, Staff):
        media_type = _MEDIA_TYPES[file.archive_format]
        response = send_stored(file.archive_sha256, file.filename, media_type, file.archive_size_bytes)
    else:
        response = send_stored(file.sha256, file.filename, file.media_type, file.size_bytes)
    if isinstance(actor, Staff) or actor.person_id != application.person_id:
        audit.record_reading(
            actor, EventTag.DOCUMENT_READ, subject=application, about_person_id=application.person_id,
            file=str(file_id), **ground.facts,
        )  # fmt: skip
    return response


def say_not_open(error: FileWaitsForScan | FileInQuarantine) -> ResponseReturnValue:
    """Why the file does not open, and what to do."""
    page = "applications/files/not_open.html"
    return render_template(page, in_quarantine=isinstance(error, FileInQuarantine)), 409


def _demand_clean(file: ApplicationFile) -> None:
    if file.is_infected:
        raise FileInQuarantine
    if file.is_waiting:
        raise FileWaitsForScan
