"""The citizen's files: download, add, remove."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from citizen_portal.applications.files.downloads import say_not_open, send_file
from citizen_portal.applications.files.errors import FileInQuarantine, FileWaitsForScan
from citizen_portal.auth.guards import current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import new_id

bp = Blueprint("application_files", __name__, url_prefix="/min-side/soknader/<uuid:application_id>")
bp.add_app_template_global(new_id, "upload_id")
bp.register_error_handler(FileWaitsForScan, say_not_open)
bp.register_error_handler(FileInQuarantine, say_not_open)


@bp.get("/filer/<uuid:file_id>")
@requires(Permission.APPLICATION_READ)
def download(application_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A file as it was sent."""
    return send_file(current_citizen(), application_id, file_id)
