"""What the administration of staff refuses."""

from citizen_portal.errors import Conflict, DomainError, Forbidden


class OwnAccount(Forbidden):
    """Nobody changes her own roles or account: somebody else must have looked at it."""


class NotYoursToChange(Forbidden):
    """A superuser looks after her own unit, and not the roles that reach across units."""


class AccountClosed(Conflict):
    """The account is deactivated: activate it first."""


class LastSystemOwner(Conflict):
    """Without this one nobody would be left who may give every role."""


class RoleRefused(DomainError):
    """The role cannot be given like this."""


class AlreadyHeld(RoleRefused):
    """The employee has the role in that unit in some of that time already."""


class BeginsInThePast(RoleRefused):
    """A role counts from today at the earliest."""


class EndsTooEarly(RoleRefused):
    """A role ends on its first day at the earliest."""


class SubstituteWithoutEnd(RoleRefused):
    """Whoever steps in for a colleague does it until a day."""


class AbsentLacksRole(RoleRefused):
    """The absent colleague does not have that role in that unit then."""
