"""How gunicorn serves us: its options, and how long it waits for a client that has gone silent."""

import socket
import struct
from collections.abc import Iterable
from typing import Any, Final

LONGEST_SILENCE_SECONDS: Final = 20
"""A phone without coverage for longer than this sends its form anew; until then it holds one of our threads."""


def options(bind: str, *, workers: int, threads: int) -> dict[str, Any]:
    """Gunicorn's options by their names on its command line."""
    return {
        "config": f"python:{__name__}",  # for `when_ready`
        "bind": bind,
        "worker-class": "gthread",
        "workers": workers,
        "threads": threads,
        "graceful-timeout": 8,
        "log-level": "warning",
        "forwarded-allow-ips": "",  # whom to believe is said by PORTAL_TRUSTED_PROXIES alone, see `app`
    }


def when_ready(server: Any) -> None:
    """Called by gunicorn when it listens."""
    limit_silence([listener.sock for listener in server.LISTENERS])


def limit_silence(listeners: Iterable[socket.socket], seconds: int = LONGEST_SILENCE_SECONDS) -> None:
    """Let every connection that comes by these sockets fail when its client neither sends nor takes anything so long.

    Gunicorn itself waits for ever. Who sends a byte now and then still holds a thread: the proxy in front ends that.
    """
    for listener in listeners:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # Linux hands them on to what is accepted
            listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))
