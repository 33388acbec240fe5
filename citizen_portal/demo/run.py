"""`make run`: the whole portal with demo data on one machine, as one supervised group."""

import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
import psycopg

from citizen_portal import db, migrations
from citizen_portal.config import ConfigurationError, Settings, instance_folder
from citizen_portal.demo import people
from citizen_portal.demo.installation import DATABASE, database_folder, origins, prepare, provider_port, start_over
from citizen_portal.demo.seed import seed
from citizen_portal.identity.registers.refresh import begin_night
from citizen_portal.postgres import APP_ROLE, EmbeddedPostgres, PostgresStartError
from citizen_portal.supervisor import Child, Supervisor, answers


def run(port: int) -> None:
    """Start everything, say where it is, and keep it up until KeyboardInterrupt.

    Raises ConfigurationError when a port is taken, ChildFailed when a part does not come up.
    """
    instance = instance_folder()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    for needed in (port, provider_port(port)):
        _demand_free(needed)
    unfinished = instance / "seeding"
    if unfinished.exists():  # stopped before it was complete: half a municipality is of no use
        start_over()
    with Supervisor(click.echo) as group:
        server = EmbeddedPostgres(database_folder(instance))
        with _step("database"):
            group.start(_child("database", "db", "start", is_ready=_accepts(server)))
        settings = prepare(instance, port, server)
        with _step("tables"):
            migrations.upgrade(settings.owner_database_url or "")
        with _step("people, cases and visits"):
            unfinished.touch()
            seed(settings, lambda done: click.echo(f"    {done}"))
            begin_night(timestamp=0)  # the demo may have slept for days: the worker asks the registers first of all
            db.dispose()
            unfinished.unlink()
        with _step("login provider"):
            group.start(_child("idporten", "demo", "idporten", is_ready=_answers_on(provider_port(port))))
        with _step("worker"):
            group.start(_child("worker", "worker"))
        with _step("web"):
            group.start(_child("web", "serve", is_ready=answers(f"http://127.0.0.1:{port}/")))
        with _step("care record system"):
            group.start(_child("visits", "demo", "care-record"))
        _tell_where(port)
        group.watch()


def serve_provider(settings: Settings) -> None:
    """Serve the demo's login provider in the foreground, on the port after the portal's."""
    from citizen_portal.demo import idporten

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request is of no use beside the portal's
    config = idporten.demo_provider_config(settings, settings.idporten_issuer, origins(settings.port))
    idporten.serve(config, provider_port(settings.port)).serve_forever()


def _child(name: str, *arguments: str, is_ready: Callable[[], bool] = lambda: True) -> Child:
    return Child(name, [sys.executable, "-m", "citizen_portal.cli", *arguments], is_ready)


def _answers_on(port: int) -> Callable[[], bool]:
    return answers(f"http://127.0.0.1:{port}/.well-known/openid-configuration")


def _accepts(server: EmbeddedPostgres) -> Callable[[], bool]:
    """Whether the application's own role can log in, which it can when `db start` has prepared everything."""

    def ask() -> bool:
        try:
            address = server.url(APP_ROLE, DATABASE).replace("+psycopg", "", 1)
            psycopg.connect(address, connect_timeout=2).close()
        except (PostgresStartError, psycopg.OperationalError):
            return False
        return True

    return ask


def _demand_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigurationError(
                f"port {port} cannot be used ({error.strerror}): is the portal running already? PORTAL_PORT chooses"
            ) from error


@contextmanager
def _step(what: str) -> Iterator[None]:
    before = time.monotonic()
    yield
    click.echo(f"  ✓ {what} ({time.monotonic() - before:.1f} s)")


def _tell_where(port: int) -> None:
    _plain, *addresses = origins(port)
    click.echo("\nThe portal is up. Log in as anybody below; Ctrl-C stops it, and what you did is kept.\n")
    for address in addresses:
        click.echo(f"  {address}")
    click.echo(f"\n  Citizens: {_names(people.named_citizens())}")
    click.echo(f"  Staff, at /ansatt: {_names([member.person for member in people.named_staff()])}\n")


def _names(persons: Sequence[people.DemoPerson]) -> str:
    return ", ".join(person.name for person in persons)
