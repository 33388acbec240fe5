"""Why a stored file does not open."""

from citizen_portal.errors import Conflict


class FileWaitsForScan(Conflict):
    """The virus scanner has not seen the file yet: nothing opens before."""


class FileInQuarantine(Conflict):
    """The virus scanner found something in the file: nobody opens it."""
