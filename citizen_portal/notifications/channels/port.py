"""What every channel offers."""

from typing import Protocol

from citizen_portal.notifications.texts import NoticeText


class ChannelFailed(Exception):
    """The channel cannot take notices now; trying again later may help."""


class AddressRefused(Exception):
    """The channel will never take a notice to this address."""


class Channel(Protocol):
    """Something that carries a notice to an address."""

    @property
    def name(self) -> str:
        """What the notice remembers of how it went."""
        ...

    def send(self, address: str, sender_name: str, text: NoticeText) -> None:
        """Hand the text over, from the municipality `sender_name`. Raises ChannelFailed or AddressRefused."""
        ...
