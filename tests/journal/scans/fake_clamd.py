"""A daemon on loopback that speaks ClamAV's INSTREAM and knows one virus: EICAR's test file."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@contextmanager
def fake_clamd(answer: bytes | None = None, path: Path | None = None) -> Iterator[str]:
    """The address of a daemon that runs within the block. `answer` is what it says instead of a verdict."""
    server = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    server.bind(str(path) if path else ("127.0.0.1", 0))
    server.listen()
    thread = threading.Thread(target=_serve, args=(server, answer), daemon=True)
    thread.start()
    try:
        yield f"unix://{path}" if path else f"tcp://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)  # wakes the thread
        thread.join()
        server.close()


def _serve(server: socket.socket, answer: bytes | None) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            found = EICAR in _received(connection)
            verdict = b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0"
            connection.sendall(verdict if answer is None else answer)


def _received(connection: socket.socket) -> bytes:
    stream = connection.makefile("rb")
    assert stream.read(10) == b"zINSTREAM\0"
    data = b""
    while size := struct.unpack("!L", stream.read(4))[0]:
        data += stream.read(size)
    stream.close()
    return data
