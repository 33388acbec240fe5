"""Service definitions at the command line."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click


@click.group()
def services() -> None:
    """What can be applied for: the service definitions."""


@services.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_files(files: tuple[Path, ...]) -> None:
    """Check definitions in FILES, or those that come with the portal.

    Each fault is a line with file, line, place and reason; the exit code is 1 when there is one.
    """
    from citizen_portal.applications.definitions import FOLDER

    chosen = files or tuple(sorted(FOLDER.glob("*.yaml")))
    faults = list(_faults(chosen))
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"{len(faults)} faults")
    click.echo(f"{len(chosen)} definitions, no faults.")


def _faults(files: Iterable[Path]) -> Iterator[str]:
    from citizen_portal.applications.definitions import DefinitionError, read_definition

    taken: dict[tuple[str, int], Path] = {}
    for path in files:
        try:
            made = read_definition(path)
        except DefinitionError as error:
            yield from str(error).splitlines()
            continue
        other = taken.setdefault((made.id, made.version), path)
        if other != path:
            yield f"{path.name}:1: version: version {made.version} of {made.id} is in {other.name}, too"
