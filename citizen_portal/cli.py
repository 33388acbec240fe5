"""The `citizen-portal` command. Commands import what they need when they run, so that `--help` answers at once."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from citizen_portal.audit.service import Verdict
    from citizen_portal.config import Settings


class _PortalGroup(click.Group):
    """Tells what is wrong in one sentence where the operator can mend it; everything else is a bug, with its trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from citizen_portal.config import ConfigurationError
            from citizen_portal.postgres import PostgresStartError
            from citizen_portal.supervisor import ChildFailed

            if isinstance(error, ConfigurationError | PostgresStartError | ChildFailed):
                raise click.ClickException(str(error)) from error
            raise


@click.group(cls=_PortalGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The municipality's pages for its citizens."""


@main.command()
@click.option("--bind", help="Address to listen on, by default 127.0.0.1 and PORTAL_PORT.")
def serve(bind: str | None) -> None:
    """Serve the portal with gunicorn."""
    from citizen_portal.serving import options

    settings = _settings()
    address = bind or f"127.0.0.1:{settings.port}"
    chosen = options(address, workers=settings.web_workers, threads=settings.web_threads)
    command = ["gunicorn", "--no-control-socket", *(f"--{name}={value}" for name, value in chosen.items())]
    os.execv(sys.executable, [sys.executable, "-m", *command, "citizen_portal.app:create_app()"])  # noqa: S606 - no shell is wanted


@main.command()
def worker() -> None:
    """Work through the jobs that the portal put on its queue."""
    from citizen_portal import jobs
    from citizen_portal.app import create_app

    settings = _settings()
    create_app(settings)  # features declare their jobs where they are registered
    jobs.run_worker(settings)


@main.group()
def db() -> None:
    """The database."""


@db.command()
def start() -> None:
    """Run the embedded PostgreSQL in the foreground, with the portal's database and roles in it."""
    from citizen_portal.config import instance_folder
    from citizen_portal.demo.installation import DATABASE, database_folder
    from citizen_portal.postgres import EmbeddedPostgres, provision

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), EmbeddedPostgres(database_folder(instance_folder())) as server:
        provision(server, DATABASE)
        raise SystemExit(server.wait() and 1)


@db.command()
def migrate() -> None:
    """Bring the tables up to date; harmless to repeat. Needs PORTAL_OWNER_DATABASE_URL."""
    from citizen_portal import migrations

    with _database() as settings:
        migrations.upgrade(_owner_url(settings))


@db.command()
@click.option("--owner", is_flag=True, help="For the role that owns the tables, not for the one that serves.")
def url(owner: bool) -> None:
    """Print the database's address as psql takes it, password included."""
    settings = _settings()
    address = _owner_url(settings) if owner else settings.database_url
    click.echo(address.replace("+psycopg", "", 1))


@main.group()
def tenant() -> None:
    """The municipalities of this installation."""


@tenant.command("list")
def list_tenants() -> None:
    """List the municipalities: number, name, languages."""
    from citizen_portal.db import read_only
    from citizen_portal.tenancy import queries

    with _connected(), read_only() as session:
        for found in queries.municipalities(session):
            click.echo(f"{found.number}  {found.name}  {' '.join(found.languages)}")


@tenant.command()
@click.argument("number")
@click.option("--name", required=True)
@click.option("--organisation-number", required=True)
@click.option("--slug", required=True, help="Short name in lower case, as in addresses.")
@click.option("--language", "languages", multiple=True, default=("nb", "nn", "en", "se"), help="Its own first.")
@click.option("--hostname", "hostnames", multiple=True, required=True)
@click.option("--phone", required=True)
@click.option("--email", required=True)
@click.option("--address-line", "address_lines", multiple=True, required=True)
@click.option("--onbehalfof", help="Its name at ID-porten, when one client serves several municipalities.")
def add(**facts: Any) -> None:
    """Add the municipality with the kommunenummer NUMBER."""
    from citizen_portal.db import transaction
    from citizen_portal.tenancy import service

    with _connected(as_owner=True), transaction() as session:
        service.add_municipality(session, **facts)
    click.echo(f"Added {facts['number']} {facts['name']}")


@tenant.command()
@click.argument("number")
@click.argument("name", required=False)
def onbehalfof(number: str, name: str | None) -> None:
    """Ask ID-porten on behalf of the municipality NUMBER under NAME; without NAME no longer so."""
    from citizen_portal.db import transaction
    from citizen_portal.errors import NotFound
    from citizen_portal.tenancy import queries

    with _connected(as_owner=True), transaction() as session:
        try:
            queries.municipality_by_number(session, number).onbehalfof = name
        except NotFound as error:
            raise click.ClickException("there is no municipality with that number") from error
    click.echo(f"{number} is {name or 'itself'} at ID-porten")


@main.group()
def keys() -> None:
    """The keys that the portal logs in with at ID-porten and at the staff provider."""


@keys.command("list")
def list_keys() -> None:
    """List the keys: client, kid, use, last day."""
    from citizen_portal.identity.client_keys import KeyFile

    settings = _settings()
    files = {
        settings.idporten_private_jwk: settings.idporten_client_id,
        settings.staff_oidc_private_jwk: settings.staff_oidc_client_id,
    }
    for path, client in files.items():
        for state in KeyFile(client, path).states():
            end = f"{state.expires_at:%Y-%m-%d} ({state.days_left} days)" if state.expires_at else "no date noted"
            click.echo(f"{client}  {state.kid}  {'signs' if state.signs else 'published'}  {end}")


@keys.command()
@click.option("--client", type=click.Choice(["citizen", "staff"]), required=True)
@click.option("--days", type=click.IntRange(1, 365), default=365, help="How long the new key lives at the provider.")
@click.option("--prepare", is_flag=True, help="Publish the new key only; the next rotation takes it into use.")
def rotate(client: str, days: int, prepare: bool) -> None:
    """Make a new key and keep the former ones; a running portal takes it up by itself."""
    from datetime import timedelta

    from citizen_portal.identity import client_keys

    settings = _settings()
    path = settings.idporten_private_jwk if client == "citizen" else settings.staff_oidc_private_jwk
    signing = client_keys.rotate(path, lifetime=timedelta(days=days), prepare=prepare)
    click.echo(f"{signing.kid} signs; what the provider must know:")
    click.echo(json.dumps({"keys": client_keys.KeyFile(client, path).published()}))


@main.group()
def staff() -> None:
    """The municipality's employees."""


@staff.command()
@click.option("--municipality", "number", required=True, help="Kommunenummer.")
@click.option("--subject", required=True, help="How the staff provider knows the person: Entra ID's oid, or sub.")
@click.option("--name", required=True)
@click.option("--title", default="", help="As colleagues read it.")
@click.option("--unit", "unit_name", required=True, help="The unit that the person works in; made if it is not there.")
@click.option("--issuer", help="By default PORTAL_STAFF_OIDC_ISSUER.")
def appoint(number: str, unit_name: str, issuer: str | None, **facts: Any) -> None:
    """Make somebody a system owner: the first one of a municipality, who then gives all roles in the portal."""
    from citizen_portal.auth.actor import System
    from citizen_portal.db import as_municipality, read_only, transaction
    from citizen_portal.errors import NotFound
    from citizen_portal.identity.staff_accounts import service
    from citizen_portal.tenancy import queries
    from citizen_portal.tenancy.service import add_unit

    facts["issuer"] = issuer or _settings().staff_oidc_issuer
    with _connected(), _refusals():
        with read_only() as session:
            municipality = queries.municipality_by_number(session, number)
        actor = System(municipality.id, "citizen-portal staff appoint")
        with as_municipality(municipality.id), transaction() as session:
            try:
                unit = queries.unit_by_name(session, unit_name)
            except NotFound:
                unit = add_unit(session, name=unit_name, phone=municipality.phone)
            member = service.appoint_system_owner(session, actor, unit_id=unit.id, **facts)
    click.echo(f"{member.name} is a system owner of {municipality.name}, in {unit_name}")


@main.group()
def archive() -> None:
    """Noark 5 deposits: made from the journal, and checked."""


_schemas_option = click.option(
    "--schemas",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="PORTAL_NOARK5_SCHEMAS",
    help="Folder with the official schemas; by default the one that `archive schemas` fills.",
)


@archive.command()
@click.option("--municipality", "number", required=True, help="Kommunenummer.")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day of the journal.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day of the journal.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to make.")
@_schemas_option
def export(number: str, start: datetime, end: datetime, out: Path, schemas: Path | None) -> None:
    """Write a deposit of a municipality's journal."""
    from citizen_portal.archive import service
    from citizen_portal.auth.actor import System
    from citizen_portal.db import as_municipality, read_only, transaction
    from citizen_portal.tenancy import queries

    period = start.date(), end.date()
    with _connected(), _refusals():
        with read_only() as session:
            municipality = queries.municipality_by_number(session, number)
        actor = System(municipality.id, "citizen-portal archive export")
        with as_municipality(municipality.id):
            with transaction() as session:
                service.record_export(session, actor, start=period[0], end=period[1])
            with read_only() as session:
                made = service.export_deposit(
                    session, actor, start=period[0], end=period[1], out=out, schemas=_schema_folder(schemas)
                )
    for what, count in asdict(made.counts).items():
        click.echo(f"{count:>8} {what.replace('_', ' ')}")
    click.echo(f"{made.path} is complete; the SHA-256 of its description is {made.sha256}")


@archive.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_schemas_option
def check(directory: Path, schemas: Path | None) -> None:
    """Check the deposit in DIRECTORY and list every finding; the exit code is 1 when there is one."""
    from citizen_portal.archive.noark5 import check as checking

    findings = checking.check(directory, _schema_folder(schemas))
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.ClickException(f"{len(findings)} findings")
    click.echo("No findings.")


@archive.command("schemas")
@click.option("--from", "source", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@_schemas_option
def install_schemas(source: Path, schemas: Path | None) -> None:
    """Take over the official schemas from a folder, after comparing every byte."""
    from citizen_portal.archive.noark5 import schemas as official

    target = _schema_folder(schemas)
    with _refusals():
        official.install(source, target)
    click.echo(f"The official schemas are in {target}")


def _schema_folder(chosen: Path | None) -> Path:
    from citizen_portal.config import instance_folder

    return chosen or instance_folder() / "noark5-schemas"


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the domain refuses, in a sentence for the archivist at the shell."""
    from citizen_portal.archive import errors
    from citizen_portal.archive.noark5 import package, schemas
    from citizen_portal.errors import DomainError, NotFound
    from citizen_portal.journal.errors import ArchiveNotSetUp

    sentences: dict[type[DomainError], str] = {
        NotFound: "there is no municipality with that number",
        ArchiveNotSetUp: "the municipality has no active series",
        errors.InvalidPeriod: "the period ends before it begins, or has not begun yet",
        package.EmptyPeriod: "nothing was journaled in the period",
        package.OutputExists: "something is there already; nothing is overwritten",
        schemas.UnofficialSchema: "these schemas are missing or not the official ones (see `archive schemas`): ",
    }
    try:
        yield
    except tuple(sentences) as error:
        names = ", ".join(str(name) for name in error.args) if isinstance(error, schemas.UnofficialSchema) else ""
        raise click.ClickException(sentences[type(error)] + names) from error


@main.group()
def audit() -> None:
    """The audit log: who did and read what."""


@audit.command("verify")
@click.option("--municipality", "number", help="Kommunenummer; every municipality without it.")
def verify_log(number: str | None) -> None:
    """Check that no event is changed, missing or put in; the exit code is 1 when one is.

    Keep the digest that it ends with in another place: a log that was made anew from the start ends with another.
    """
    from citizen_portal.audit import service
    from citizen_portal.db import as_municipality, read_only
    from citizen_portal.tenancy import queries

    is_whole = True
    with _connected(), _refusals():
        with read_only() as session:
            chosen = [queries.municipality_by_number(session, number)] if number else queries.municipalities(session)
        for found in chosen:
            with as_municipality(found.id), read_only() as session:
                verdict = service.verify(session)
            is_whole &= verdict.broken is None
            click.echo(f"{found.number} {found.name}: {_in_words(verdict)}")
    if not is_whole:
        raise SystemExit(1)


def _in_words(verdict: "Verdict") -> str:
    whole = f"{verdict.whole_events} events are whole, the last with digest {verdict.end.hex()}"
    if verdict.broken is None:
        return whole
    at = f"says {verdict.broken_at:%Y-%m-%d %H:%M:%S} UTC" if verdict.broken_at else "is missing or unfinished"
    return f"EVENT {verdict.broken} IS BROKEN ({at}); before it, {whole}"


@main.group()
def demo() -> None:
    """The demo: synthetic people on this machine, never in production."""


@demo.command()
@click.option("--port", type=int, envvar="PORTAL_PORT", default=8000, help="The portal's port; the next ones too.")
def run(port: int) -> None:
    """Start everything, and keep it up until Ctrl-C."""
    from citizen_portal.demo.run import run as run_demo

    with contextlib.suppress(KeyboardInterrupt):
        run_demo(port)
    click.echo("\nStopped. What was done is kept; `make run` goes on from here.")


@demo.command()
@click.confirmation_option(prompt="Everything in the demo is deleted. Go on?")
def reset() -> None:
    """Delete the demo's data; the next `make run` makes it anew."""
    from citizen_portal.demo.installation import start_over

    start_over()


@demo.command()
def idporten() -> None:
    """Serve the demo's login provider alone."""
    from citizen_portal.demo.run import serve_provider

    serve_provider(_settings())


@demo.command()
def care_record() -> None:
    """Simulate a care record system: push the home-care visits of the demo, then what is new each minute."""
    from citizen_portal.demo.care_record import run as run_care_record

    with contextlib.suppress(KeyboardInterrupt):
        run_care_record(_settings(), click.echo)


def _settings() -> "Settings":
    from citizen_portal.config import load_settings

    return load_settings()


def _owner_url(settings: "Settings") -> str:
    if settings.owner_database_url is None:
        raise click.ClickException("PORTAL_OWNER_DATABASE_URL is missing: the role that owns the tables")
    return settings.owner_database_url


@contextlib.contextmanager
def _database() -> Iterator["Settings"]:
    """Settings with a database that runs: the demo's is started for the while unless `make run` has it up."""
    from citizen_portal.demo.installation import database_folder
    from citizen_portal.postgres import EmbeddedPostgres

    settings = _settings()
    folder = database_folder(settings.instance)
    with EmbeddedPostgres(folder) if settings.is_demo and folder.exists() else contextlib.nullcontext():
        yield settings


@contextlib.contextmanager
def _connected(*, as_owner: bool = False) -> Iterator[None]:
    """This process connected as the application is, with every table known to the mapper."""
    from citizen_portal import db as database
    from citizen_portal import storage
    from citizen_portal.identity import encryption
    from citizen_portal.migrations import models as _every_table  # noqa: F401 - importing it is the point

    with _database() as settings:
        database.configure(_owner_url(settings) if as_owner else settings.database_url, pool_size=1)
        storage.configure(settings.storage_url)
        encryption.configure(settings)
        try:
            yield
        finally:
            database.dispose()


if __name__ == "__main__":
    main()
