"""What registering refuses."""

from citizen_portal.errors import DomainError


class NotRegistrable(DomainError):
    """Nobody for whom the employee can register something. It never says why."""


class NotThatDay(DomainError):
    """Nothing is received in the future, nor so long ago."""
