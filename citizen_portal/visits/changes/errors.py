"""What changes of visits refuse."""

from citizen_portal.errors import DomainError


class TooLate(DomainError):
    """The visit has begun, is over, or is so near that only a call helps."""


class AskedAlready(DomainError):
    """Somebody has asked for a change of the visit, and it is not answered."""


class AnsweredAlready(DomainError):
    """It is withdrawn or answered, so nothing can be changed."""
