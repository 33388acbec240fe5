"""Hand out a file of an application: nothing opens before the scanner has seen it, where there is one."""

from uuid import UUID

from flask import Response

from citizen_portal.applications.files import queries
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import read_only
from citizen_portal.downloads import send_stored
from citizen_portal.identity.grounds import ground_for
from citizen_portal.journal.scans import service as scans
from citizen_portal.uploads import MEDIA_TYPE_OF


def send_file(actor: Citizen | Staff, application_id: UUID, file_id: UUID) -> Response:
    """The file, to the citizen as it was sent and to staff as the archive keeps it.

    Of a PDF that is pictures of its pages and their text, so nothing that a stranger hid in it reaches a computer of
    the municipality. Raises NotFound, FileWaitsForScan or FileInQuarantine.
    """
    with read_only() as session:
        application, file = queries.file_for(session, actor, application_id, file_id)
        scans.demand_open(session, file.sha256)
        ground = ground_for(session, actor, application.unit_id, application.person_id)
    if isinstance(actor, Staff):
        media_type = MEDIA_TYPE_OF[file.archive_format]
        response = send_stored(file.archive_sha256, file.filename, media_type, file.archive_size_bytes)
    else:
        response = send_stored(file.sha256, file.filename, file.media_type, file.size_bytes)
    if isinstance(actor, Staff) or actor.person_id != application.person_id:
        audit.record_reading(
            actor, EventTag.DOCUMENT_READ, subject=application, about_person_id=application.person_id,
            file=str(file_id), **ground.facts,
        )  # fmt: skip
    return response
