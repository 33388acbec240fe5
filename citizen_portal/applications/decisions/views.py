"""The citizen's side of our letters: reading one is what makes her deadlines run."""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from citizen_portal.applications.decisions import queries
from citizen_portal.applications.decisions.reaching import note_opening
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only
from citizen_portal.downloads import send_stored

bp = Blueprint("decisions", __name__, url_prefix="/min-side/brev")


@bp.get("/<uuid:delivery_id>")
@requires(Permission.APPLICATION_READ)
def letter(delivery_id: UUID) -> ResponseReturnValue:
    """A letter of ours, to be saved. Opening it counts as having got it."""
    actor = current_citizen()
    with read_only() as session:
        application, found = queries.letter_for(session, actor, delivery_id)
    response = send_stored(found.file.sha256, found.filename, "application/pdf", found.file.size_bytes)
    if request.method == "GET":
        note_opening(actor, application, found.delivery)
        if application.person_id != actor.person_id:
            about = application.person_id
            record_reading(actor, EventTag.DOCUMENT_READ, subject=application, about_person_id=about)
    return response
