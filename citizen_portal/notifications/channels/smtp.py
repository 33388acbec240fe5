"""E-mail over SMTP (RFC 5321), encrypted unless the server is on this machine."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from citizen_portal.notifications.channels.envelope import envelope
from citizen_portal.notifications.channels.port import AddressRefused, ChannelFailed
from citizen_portal.notifications.texts import NoticeText

_TIMEOUT: Final = 20
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class SmtpChannel:
    """Sends through `smtp://user:password@host:587?from=no-reply@example.no` (STARTTLS) or `smtps://…:465`."""

    name = "email"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("the SMTP URL starts with smtp:// or smtps:// and names a host")
        self._host, self._implicit_tls = parts.hostname, parts.scheme == "smtps"
        self._port = parts.port or (465 if self._implicit_tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = parse_qs(parts.query).get("from", [f"no-reply@{self._host}"])[0]

    def send(self, address: str, sender_name: str, text: NoticeText) -> None:
        """Hand the notice to the server. Raises ChannelFailed or AddressRefused."""
        message = envelope(address, sender_name, self._sender, text)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise (AddressRefused if code >= 500 else ChannelFailed) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelFailed from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context()
        with self._dial(context) as server:
            if not self._implicit_tls and self._host not in _THIS_MACHINE:
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
            yield server

    def _dial(self, context: ssl.SSLContext) -> smtplib.SMTP:
        if self._implicit_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
