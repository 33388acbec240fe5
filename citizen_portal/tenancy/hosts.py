"""Host name -> municipality, for each request."""

from contextlib import ExitStack
from datetime import datetime, timedelta

from flask import Flask, g, request

from citizen_portal import clock
from citizen_portal.db import as_municipality, read_only
from citizen_portal.tenancy.models import Municipality
from citizen_portal.tenancy.queries import municipality_by_host

REMEMBERED_FOR = timedelta(minutes=1)
_EXTENSION = "portal.hosts"


class Hosts:
    """Remembers for a minute which municipality a host name leads to, so that a page costs no statement for it."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[datetime, Municipality]] = {}

    def municipality(self, host: str) -> Municipality:
        """The municipality of the host name. Raises NotFound."""
        found_at, municipality = self._found.get(host, (None, None))
        if found_at is None or municipality is None or clock.now() - found_at > REMEMBERED_FOR:
            with read_only() as session:
                municipality = municipality_by_host(session, host)
            self._found[host] = (clock.now(), municipality)
        return municipality


def init_app(app: Flask) -> None:
    """Let every request work for the municipality of its host; an unknown host is answered 404."""
    app.extensions[_EXTENSION] = Hosts()

    @app.before_request
    def enter_municipality() -> None:
        if request.path in ("/helse", "/metrics"):  # asked for by machines, by whatever address they have
            return
        hosts: Hosts = app.extensions[_EXTENSION]
        g.municipality = hosts.municipality(request.host.rpartition(":")[0] or request.host)
        g.leave_municipality = ExitStack()
        g.leave_municipality.enter_context(as_municipality(g.municipality.id))

    @app.teardown_request
    def leave_municipality(_error: BaseException | None) -> None:
        if "leave_municipality" in g:
            g.leave_municipality.close()

    app.context_processor(lambda: {"municipality": g.get("municipality")})


def current_municipality() -> Municipality:
    """The municipality of this request, detached from any session."""
    municipality: Municipality = g.municipality
    return municipality
