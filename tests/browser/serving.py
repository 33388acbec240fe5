"""The portal served from the test's own process, so that tests reach its database and clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from citizen_portal import db

NO_WORKER: Final[dict[str, Any]] = {"service_workers": "block"}
"""For windows on what is served so: a service worker would still be fetching when the test ends and the server goes."""


class _OneRequest(WSGIRequestHandler):
    """Ends with its answer: a browser holds connections open, some never used, and nobody shall wait for those."""

    protocol_version = "HTTP/1.0"
    timeout = 5  # seconds that a connection may say nothing


@contextmanager
def serving(app: Flask, port: int) -> Iterator[None]:
    """Serve the application on a port of this machine; every request has ended when the block is left."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_OneRequest)
    server.daemon_threads = False  # type: ignore[attr-defined]  # of the threaded server: closing then waits for them
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        db.dispose()
