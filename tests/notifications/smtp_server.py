"""A small SMTP server on loopback that keeps what it gets (RFC 5321, as much of it as a client needs)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SmtpServer(socketserver.ThreadingTCPServer):
    """Takes mail for every recipient but those of `unknown.example` (550) and `busy.example` (450)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails: list[bytes] = []
        self.logins: list[bytes] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=varsel@ringebu.example"


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        """Talk with one client."""
        self._say("220 ready")
        for line in iter(self.rfile.readline, b""):
            command = line.upper().strip()
            if command.startswith(b"QUIT"):
                return self._say("221 bye")
            if command == b"DATA":
                self._say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            if command.startswith(b"EHLO"):
                self._say("250-ringebu.example\r\n250 AUTH PLAIN")
            elif command.startswith(b"AUTH"):
                self.server.logins.append(line.split()[-1])
                self._say("235 welcome")
            elif command.startswith(b"RCPT") and b"UNKNOWN" in command:
                self._say("550 no such mailbox")
            elif command.startswith(b"RCPT") and b"BUSY" in command:
                self._say("450 try later")
            else:
                self._say("250 ok")
        return None

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """A running server."""
    with SmtpServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
