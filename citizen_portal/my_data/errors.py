"""What can go wrong with a person's requests about her own data."""

from citizen_portal.errors import Conflict, DomainError


class TooManyOrders(DomainError):
    """She has ordered as many copies as a day allows."""


class TooManyRequests(DomainError):
    """She has as many unanswered requests as we can keep apart."""


class AlreadyAnswered(Conflict):
    """A colleague has answered the request meanwhile."""
