"""The citizen's files: download, add, remove."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from citizen_portal.applications.files.downloads import send_file
from citizen_portal.auth.guards import current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import new_id

bp = Blueprint("application_files", __name__, url_prefix="/min-side/soknader/<uuid:application_id>")
bp.add_app_template_global(new_id, "upload_id")


@bp.get("/filer/<uuid:file_id>")
@requires(Permission.APPLICATION_READ)
def download(application_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A file as it was sent."""
    return send_file(current_citizen(), application_id, file_id)
