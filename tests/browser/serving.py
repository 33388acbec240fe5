"""The portal served from the test's own process, so that tests reach its database and clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import make_server

from citizen_portal import db


@contextmanager
def serving(app: Flask, port: int) -> Iterator[None]:
    """Serve the application on a port of this machine; every request has ended when the block is left."""
    server = make_server("127.0.0.1", port, app, threaded=True)
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
