"""What is refused of files of applications; what is wrong with a file itself is said by `uploads`."""

from citizen_portal.errors import Conflict, DomainError


class TooManyFiles(DomainError):
    """There is room for `most` files."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class FileWaitsForScan(Conflict):
    """The virus scanner has not seen the file yet: nothing opens before."""


class FileInQuarantine(Conflict):
    """The virus scanner found something in the file: nobody opens it."""
