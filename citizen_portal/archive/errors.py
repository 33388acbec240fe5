"""What the archive refuses."""

from citizen_portal.errors import DomainError


class InvalidPeriod(DomainError):
    """The period ends before it begins, or has not begun yet."""
