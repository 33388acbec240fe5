"""The page of what the virus scanner has stopped."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from citizen_portal.auth.guards import requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only
from citizen_portal.staff import quarantine

bp = Blueprint("quarantine", __name__, url_prefix="/ansatt/karantene")


@bp.get("")
@requires(Permission.QUARANTINE_READ)
def overview() -> ResponseReturnValue:
    """What was stopped, when, in which case, and what the scanner calls it."""
    with read_only() as session:
        files = quarantine.stopped_files(session)
    return render_template("staff/quarantine.html", files=files)
