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


def definition(definition_id: str, version: int) -> Definition:
    """The version that a draft was started with. Raises NotFound."""
    try:
        return _shipped()[definition_id, version]
    except KeyError:
        raise NotFound from None


def current_definition(definition_id: str, on: date) -> Definition:
    """The newest version that holds on the date. Raises NotFound."""
    found = [made for made in _shipped().values() if made.id == definition_id and made.valid_from <= on]
    if not found:
        raise NotFound
    return max(found, key=lambda made: made.version)


def current_definitions(on: date) -> list[Definition]:
    """The services that can be applied for on the date, by name in Bokmål."""
    found = {made.id for made in _shipped().values() if made.valid_from <= on}
    return sorted((current_definition(definition_id, on) for definition_id in found), key=lambda made: made.service.nb)


@cache
def _shipped() -> Mapping[tuple[str, int], Definition]:
    """All versions of all services, read once per process."""
    made: dict[tuple[str, int], Definition] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        one = read_definition(path)
        if (one.id, one.version) in made:
            reason = f"version {one.version} of {one.id} is in another file, too"
            raise DefinitionError(path.name, [Finding(1, "version", reason)])
        made[one.id, one.version] = one
    return made
