"""What messages refuse."""

from citizen_portal.errors import Conflict, DomainError


class MessageError(DomainError):
    """A rule of messages said no."""


class EmptyMessage(MessageError):
    """A message says something."""


class MessageTooLong(MessageError):
    """The text is longer than LONGEST_BODY characters."""


class TooManyAttachments(MessageError):
    """More files than MOST_ATTACHMENTS."""


class MessageIdTaken(Conflict):
    """The id that the client chose belongs to another message."""
