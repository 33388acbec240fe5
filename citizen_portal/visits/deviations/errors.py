"""What cannot be done about a deviation."""

from citizen_portal.errors import Conflict


class NoLongerOpen(Conflict):
    """It was closed meanwhile: by a colleague, or because the visit was signed off."""
