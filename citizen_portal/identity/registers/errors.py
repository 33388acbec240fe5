"""What can go wrong when a national register is asked. Each argument is a short code for the log, never personal."""

from citizen_portal.errors import DomainError


class RegisterError(DomainError):
    """The register gave no answer that may be used; what depends on it fails closed."""


class RegisterUnavailable(RegisterError):
    """It does not answer now, or answers what we do not understand: asking again later may help."""


class RegisterRefused(RegisterError):
    """It knows us and says no, or we are not set up for it; somebody in charge must look."""


class UnclearAnswer(RegisterError):
    """It answered something about the person that we cannot use; asking again changes nothing by itself."""


class PersonNotFound(RegisterError):
    """It does not know the person."""
