"""What can go wrong when somebody says who they are. No text and no status: the web layer gives each its page."""

from uuid import UUID

from citizen_portal.errors import DomainError, NotFound


class InvalidNationalId(DomainError):
    """Not a Norwegian national identity number."""


class ReasonNeeded(NotFound):
    """The person is out of reach until the employee, who is among the few that may, has said why in words."""

    def __init__(self, person_id: UUID) -> None:
        super().__init__()
        self.person_id = person_id


class LoginError(DomainError):
    """A login that did not end in a session. Its argument is a short code for the log, never shown."""

    id_token: str | None = None
    """Set when the provider did log the person in: they must be able to log out there again."""


class LoginCancelled(LoginError):
    """The person turned back at the provider."""


class LoginExpired(LoginError):
    """The answer does not belong to a login that this browser began in the last ten minutes; begin again."""


class LoginTooOld(LoginExpired):
    """The provider vouches for a login whose two hours are over; whoever it is must show who they are once more."""


class InteractionNeeded(LoginError):
    """The provider could not log anybody in without asking them something."""


class ProviderUnavailable(LoginError):
    """The provider does not answer, or says that it cannot serve now."""


class ProviderMisconfigured(LoginError):
    """The provider and we do not agree on how to talk; somebody in charge must look."""


class ProviderRefused(LoginError):
    """The provider said no with a code that we do not know."""


class InvalidAnswer(LoginError):
    """The provider's answer or token does not hold; nothing in it may be used."""


class LoginTooWeak(LoginError):
    """The way the person logged in is not strong enough, or is not on our list."""


class UnknownLevel(LoginTooWeak):
    """The way the person logged in is not one that we know."""


class AnotherPerson(LoginError):
    """Somebody else logged in than the one who asked for a stronger login."""


class MissingNationalId(LoginError):
    """A valid login without a national identity number, as with an unmatched eIDAS login."""


class LoginOfDeceased(LoginError):
    """The population register says that the person is dead: somebody else holds the login."""


class NoStaffAccess(LoginError):
    """A valid staff login by somebody without access in this municipality."""


class LoginNotRenewed(LoginError):
    """A new login was asked for, and it was somebody else's or an old one."""


class MachineTokenError(DomainError):
    """A bearer token that does not open the door (RFC 6750 section 3.1)."""


class InvalidToken(MachineTokenError):
    """The token is missing, forged, expired or meant for somebody else: 401."""


class WrongMunicipality(MachineTokenError):
    """The consumer in the token is not the municipality that was asked: 403."""


class IssuerUnavailable(MachineTokenError):
    """The issuer's keys cannot be fetched now, so nobody can tell whether the token holds: 503."""
