"""Hand out a file that was sent with a message."""

from uuid import UUID

from flask import Response

from citizen_portal import storage
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import read_only
from citizen_portal.messages import queries


def send_attachment(actor: Citizen | Staff, attachment_id: UUID) -> Response:
    """The file as it was sent, to be saved and never shown inside our pages. Raises NotFound."""
    with read_only() as session:
        attachment, thread = queries.attachment(session, actor, attachment_id)
    pieces = storage.files().open(attachment.sha256)
    audit.record_reading(actor, EventTag.DOCUMENT_READ, subject=attachment, about_person_id=thread.person_id)
    response = Response(pieces, mimetype=attachment.media_type)
    response.content_length = attachment.size_bytes
    response.headers.set("Content-Disposition", "attachment", filename=attachment.filename)
    return response
