"""What runs for long, and the database, at the command line."""

import contextlib
import os
import signal
import sys

import click

from citizen_portal.cli import connection


@click.command()
@click.option("--bind", help="Address to listen on, by default 127.0.0.1 and PORTAL_PORT.")
def serve(bind: str | None) -> None:
    """Serve the portal with gunicorn."""
    from citizen_portal.serving import options

    settings = connection.settings()
    address = bind or f"127.0.0.1:{settings.port}"
    chosen = options(address, workers=settings.web_workers, threads=settings.web_threads)
    command = ["gunicorn", "--no-control-socket", *(f"--{name}={value}" for name, value in chosen.items())]
    os.execv(sys.executable, [sys.executable, "-m", *command, "citizen_portal.app:create_app()"])  # noqa: S606 - no shell is wanted


@click.command()
def worker() -> None:
    """Work through the jobs that the portal put on its queue."""
    from citizen_portal import jobs
    from citizen_portal.app import create_app

    settings = connection.settings()
    create_app(settings)  # features declare their jobs where they are registered
    jobs.run_worker(settings)


@click.group()
def db() -> None:
    """The database."""


@db.command()
def start() -> None:
    """Run the embedded PostgreSQL in the foreground, with the portal's database and roles in it."""
    from citizen_portal.config import instance_folder
    from citizen_portal.database_roles import provision
    from citizen_portal.demo.installation import DATABASE, database_folder
    from citizen_portal.postgres import EmbeddedPostgres

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), EmbeddedPostgres(database_folder(instance_folder())) as server:
        provision(server, DATABASE)
        raise SystemExit(server.wait() and 1)


@db.command()
def migrate() -> None:
    """Bring the tables up to date; harmless to repeat. Needs PORTAL_OWNER_DATABASE_URL."""
    from citizen_portal import migrations

    with connection.database() as settings:
        migrations.upgrade(connection.owner_url(settings))


@db.command()
@click.option("--owner", is_flag=True, help="For the role that owns the tables, not for the one that serves.")
def url(owner: bool) -> None:
    """Print the database's address as psql takes it, password included."""
    settings = connection.settings()
    address = connection.owner_url(settings) if owner else settings.database_url
    click.echo(address.replace("+psycopg", "", 1))
