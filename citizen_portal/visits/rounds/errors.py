"""What can be wrong with a sign-off."""

from citizen_portal.errors import Conflict, DomainError


class NotYet(DomainError):
    """It is said to have happened in the future: the phone's clock is wrong."""


class TooLate(DomainError):
    """It is said to have happened so long ago that it belongs in the care record system."""


class AlreadyUsed(Conflict):
    """The sign-off's id stands on another one."""


class NotUndoable(Conflict):
    """It was signed off too long ago, or is undone already."""


class AnotherNurse(Conflict):
    """What is sent was signed off by somebody else than the one who is logged in."""
