"""What tasks refuse."""

from citizen_portal.applications.tasks.models import Task
from citizen_portal.errors import Conflict, DomainError


class IdTaken(Conflict):
    """The id that the form was given is that of a task in another case."""


class NoLongerAsked(Conflict):
    """The task was answered or withdrawn, or the application came to its end. `task` says which."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task


class NothingAnswered(DomainError):
    """The answer holds neither text nor a document."""


class SlotsEmpty(DomainError):
    """Documents that must be there are missing: the numbers of their slots, counted from 1."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        super().__init__(*numbers)
        self.numbers = numbers


class NotADeadline(DomainError):
    """The day is past, a day off, or too far away."""
