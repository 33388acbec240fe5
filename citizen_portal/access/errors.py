"""What can go wrong when an employee looks for somebody, or asks for leave to look."""

from citizen_portal.errors import DomainError


class NameTooShort(DomainError):
    """Too few letters to look for a name by: it would list half the municipality."""


class ReasonTooShort(DomainError):
    """The purpose demands a reason in words, and there are too few of them."""
