"""The virus scanner: ClamAV's daemon, asked over its socket by the INSTREAM command (clamd(8)).

A module of our own: `clamd` on PyPI is from 2014, its fork `clamav-client` is a one-person project that reads answers
with a loose pattern, and of the protocol we need one command with a time limit and a strict answer.
"""

import re
import socket
import struct
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 30
"""For one file. A daemon that is busier than that counts as away, and is asked again."""
_PIECE: Final = 256 * 1024
_LONGEST_REPLY: Final = 4096
_REPLY: Final = re.compile(rb"stream: (?:(?P<clean>OK)|(?P<signature>[^\x00-\x1f\x7f]{1,1000}) FOUND)\x00?\n?")


class ScannerAway(Exception):
    """The scanner cannot be reached, does not answer in time, or answers something else than a verdict."""


class Clamd:
    """The daemon at `unix:///run/clamav/clamd.ctl` or `tcp://host:3310`. Raises ValueError for any other address."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        self._seconds = seconds
        self._address: str | tuple[str, int]
        if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
            self._address = parts.path
        elif parts.scheme == "tcp" and parts.hostname and parts.port:
            self._address = (parts.hostname, parts.port)
        else:
            raise ValueError("a scanner's address is unix:///a/path or tcp://host:port")

    def signature_in(self, data: bytes) -> str | None:
        """What the scanner calls that which it found in the file; None when it found nothing. Raises ScannerAway."""
        try:
            with self._connected() as connection:
                self._send(connection, data)
                return read_reply(_reply(connection))
        except OSError as error:
            raise ScannerAway(type(error).__name__) from error

    def _connected(self) -> socket.socket:
        if isinstance(self._address, tuple):
            return socket.create_connection(self._address, timeout=self._seconds)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self._seconds)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection

    @staticmethod
    def _send(connection: socket.socket, data: bytes) -> None:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            connection.sendall(struct.pack("!L", len(piece)) + piece)
        connection.sendall(struct.pack("!L", 0))


def read_reply(reply: bytes) -> str | None:
    """The signature that an answer names, or None for a clean file. Raises ScannerAway for any other answer."""
    found = _REPLY.fullmatch(reply)
    if found is None:
        raise ScannerAway("no verdict")  # «INSTREAM size limit exceeded. ERROR», or cut off
    return None if found["clean"] else found["signature"].decode("utf-8", "replace")


def _reply(connection: socket.socket) -> bytes:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < _LONGEST_REPLY:
        piece = connection.recv(_LONGEST_REPLY)
        if not piece:
            break
        reply += piece
    return reply
