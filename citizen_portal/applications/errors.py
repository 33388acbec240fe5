"""What applications refuse."""

from collections.abc import Sequence

from citizen_portal.applications.answers import Problem
from citizen_portal.errors import Conflict, DomainError, NotFound


class ServiceNotOffered(NotFound):
    """The municipality has no unit that handles the service."""


class Incomplete(DomainError):
    """The application cannot be sent yet. `problems` says what is missing, in the order of the form."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


class AlreadySent(Conflict):
    """What was sent is not changed; the citizen writes about the case instead."""


class PersonChanged(Conflict):
    """The page was shown for somebody else than whom the citizen sees for now, for example because of another tab."""


class ChangedMeanwhile(Conflict):
    """The answers are no longer those that the citizen looked over, for example because of another tab."""


class AlreadyPickedUp(Conflict):
    """A colleague has the application. `by` is the colleague's name."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class NotPossibleNow(Conflict):
    """The application's status does not lead to the one that was asked for."""


class SignatureNeeded(Conflict):
    """Somebody else must sign as well, and the application is sent when she has."""
