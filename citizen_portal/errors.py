"""What can go wrong in the domain, without text and without HTTP status: `web_errors` has the one table for those."""


class DomainError(Exception):
    """A rule of the domain said no. Answered with 422 unless a subclass says otherwise."""


class NotFound(DomainError):
    """The object does not exist, or not for this actor: the two are never told apart (design §4 rule 6)."""


class Conflict(DomainError):
    """The object changed, or was already dealt with, since the actor looked at it."""


class Forbidden(DomainError):
    """The actor is known but the role does not include this action."""


class NotLoggedIn(DomainError):
    """Nobody is logged in, and the page demands that somebody is."""


class AssuranceTooLow(DomainError):
    """The login's level of assurance is below what the page demands."""


class LoginNotFresh(DomainError):
    """The login is too long ago for so sensitive an action; log in once more."""
