"""What representation refuses."""

from citizen_portal.errors import Conflict, DomainError


class NotPossibleHere(DomainError):
    """It cannot be done on these pages, and why is told to nobody: a protected address must not show in an answer."""


class TooManyTries(DomainError):
    """Somebody has tried too many numbers: whoever guesses must not learn who lives here."""


class FromRegister(Conflict):
    """What the population register says is changed there."""


class IdTaken(Conflict):
    """The id that the form chose belongs to something else."""


class InvalidPeriod(DomainError):
    """The last day is past, or too far ahead."""


class NotCovered(DomainError):
    """The law that was named does not cover all of the areas."""
