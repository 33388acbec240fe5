"""What tasks refuse."""

from citizen_portal.errors import Conflict, DomainError


class IdTaken(Conflict):
    """The id that the form was given is that of a task in another case."""


class NoLongerAsked(Conflict):
    """The task was answered or withdrawn, or the application came to its end."""


class NotADeadline(DomainError):
    """The day is past, a day off, or too far away."""
