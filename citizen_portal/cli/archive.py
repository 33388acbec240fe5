"""Noark 5 deposits at the command line."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from citizen_portal.cli import connection


@click.group()
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
    with connection.connected(), connection.refusals():
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
    with connection.refusals():
        official.install(source, target)
    click.echo(f"The official schemas are in {target}")


def _schema_folder(chosen: Path | None) -> Path:
    from citizen_portal.config import instance_folder

    return chosen or instance_folder() / "noark5-schemas"
