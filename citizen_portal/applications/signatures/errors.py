"""What signing refuses."""

from citizen_portal.errors import Conflict, DomainError


class AlreadyAsked(Conflict):
    """Somebody else is asked, perhaps from another window: she must not be left with a page that leads nowhere."""


class SignerIsApplicant(DomainError):
    """Somebody else than the applicant, and than who applies for her, must sign."""
