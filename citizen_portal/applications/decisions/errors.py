"""What decisions refuse."""

from collections.abc import Sequence

from citizen_portal.applications.decisions.terms import Part
from citizen_portal.errors import Conflict, DomainError


class PartsMissing(DomainError):
    """The decision cannot be sent yet. `parts` says what it lacks; `lacks_outcome` whether that is not chosen."""

    def __init__(self, parts: Sequence[Part], *, lacks_outcome: bool) -> None:
        super().__init__(f"{len(parts) + lacks_outcome} parts")
        self.parts, self.lacks_outcome = tuple(parts), lacks_outcome


class NotApproved(Conflict):
    """Somebody else must approve the decision as it stands now before it is sent."""


class OwnWriting(Conflict):
    """Nobody approves a decision that she has written in herself."""


class AppealStillOpen(DomainError):
    """The party can still appeal in time, so the case is not closed yet."""
