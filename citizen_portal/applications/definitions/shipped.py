"""The definitions that come with the portal: `services/*.yaml`, one file per service and version."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from citizen_portal.applications.definitions.reading import DefinitionError, Finding, read_definition
from citizen_portal.applications.definitions.schema import Definition
from citizen_portal.errors import NotFound

FOLDER: Final = Path(__file__).parents[1] / "services"


def shipped_definition(definition_id: str, version: int) -> Definition:
    """The version. Raises NotFound."""
    try:
        return _shipped()[definition_id, version][0]
    except KeyError:
        raise NotFound from None


def shipped_source(definition_id: str, version: int) -> str:
    """The version as it is written. Raises NotFound."""
    try:
        return _shipped()[definition_id, version][1].read_text("utf-8")
    except KeyError:
        raise NotFound from None


def versions_on(on: date) -> dict[str, int]:
    """The newest version of each service that holds on the date."""
    held = sorted(key for key, (made, _path) in _shipped().items() if made.valid_from <= on)
    return dict(held)


@cache
def _shipped() -> Mapping[tuple[str, int], tuple[Definition, Path]]:
    """All versions of all services and their files, read once per process."""
    made: dict[tuple[str, int], tuple[Definition, Path]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        one = read_definition(path)
        if (one.id, one.version) in made:
            reason = f"version {one.version} of {one.id} is in another file, too"
            raise DefinitionError(path.name, [Finding(1, "version", reason)])
        made[one.id, one.version] = one, path
    return made
