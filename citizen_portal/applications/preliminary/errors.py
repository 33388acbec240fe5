"""What preliminary replies refuse."""

from citizen_portal.errors import Conflict, DomainError


class AlreadyReplied(Conflict):
    """A preliminary reply was sent, or none is needed any more: the application has its answer."""


class DateMissing(DomainError):
    """The text does not say when the answer can be expected."""


class EmptyReply(DomainError):
    """There is no text."""
