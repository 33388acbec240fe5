"""Ports for servers that tests start."""

import secrets
import socket
from contextlib import suppress

# Below the range that systems give a client's own end of a connection: none of those can take the port meanwhile.
_RANGE = range(20_000, 32_000)


def free_port(following: int = 0) -> int:
    """A port of this machine that nobody has, and so many `following` ones with it."""
    while True:
        port = secrets.choice(_RANGE)
        with suppress(OSError):
            for each in range(port, port + following + 1):
                with socket.create_server(("127.0.0.1", each)):
                    pass
            return port
