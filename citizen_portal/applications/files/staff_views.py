"""The caseworker's downloads of files that came with an application."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from citizen_portal.applications.files.downloads import say_not_open, send_file
from citizen_portal.applications.files.errors import FileInQuarantine, FileWaitsForScan
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission

bp = Blueprint("application_files_staff", __name__, url_prefix="/ansatt/soknader/<uuid:application_id>")
bp.register_error_handler(FileWaitsForScan, say_not_open)
bp.register_error_handler(FileInQuarantine, say_not_open)


@bp.get("/filer/<uuid:file_id>")
@requires(Permission.CASE_READ)
def download(application_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A file as the archive keeps it."""
    return send_file(current_staff(), application_id, file_id)
