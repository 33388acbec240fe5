"""The demo's e-mail: one file per notice in a folder, so that everybody can see what would have been sent."""

from pathlib import Path

from citizen_portal.db import new_id
from citizen_portal.notifications.channels.envelope import envelope
from citizen_portal.notifications.texts import NoticeText


class OutboxChannel:
    """Writes each e-mail as an `.eml` file, in the order in which they were sent."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, address: str, sender_name: str, text: NoticeText) -> None:
        """Write the notice. Raises AddressRefused."""
        message = envelope(address, sender_name, "no-reply@portal.example", text)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / f"{new_id()}.eml").write_bytes(bytes(message))
