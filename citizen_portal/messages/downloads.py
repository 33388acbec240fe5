"""Hand out a file that was sent with a message."""

from uuid import UUID

from flask import Response

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import read_only
from citizen_portal.downloads import send_stored
from citizen_portal.identity.grounds import ground_for
from citizen_portal.journal.scans import service as scans
from citizen_portal.messages import queries


def send_attachment(actor: Citizen | Staff, attachment_id: UUID) -> Response:
    """The file, to the citizen or the unit whose conversation it is. Raises NotFound.

    A citizen gets what was sent. Staff get what the archive keeps: of a PDF that is pictures of its pages and their
    text, so nothing that a stranger hid in the file reaches a computer of the municipality.
    """
    with read_only() as session:
        attachment, thread = queries.attachment(session, actor, attachment_id)
        scans.demand_open(session, attachment.sha256)
        ground = ground_for(session, actor, thread.unit_id, thread.person_id)
    sha256 = attachment.archive_sha256 if isinstance(actor, Staff) else attachment.sha256
    response = send_stored(sha256, attachment.filename, attachment.media_type)
    audit.record_reading(
        actor, EventTag.DOCUMENT_READ, subject=attachment, about_person_id=thread.person_id, **ground.facts
    )
    return response
