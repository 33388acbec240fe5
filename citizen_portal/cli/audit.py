"""The audit log at the command line."""

from typing import TYPE_CHECKING

import click

from citizen_portal.cli import connection

if TYPE_CHECKING:
    from citizen_portal.audit.service import Verdict


@click.group()
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
    with connection.connected(), connection.refusals():
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
