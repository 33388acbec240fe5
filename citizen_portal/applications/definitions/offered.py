"""Which version of a service a municipality offers now: its own newest published one, else the one that is shipped.

What is published never changes, so each process reads it once. Which version is the current one is asked for each
time, in one statement: whoever comes next, to whichever process, meets what was just published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, null, select, union_all
from sqlalchemy.orm import Session

from citizen_portal.applications.definitions import shipped
from citizen_portal.applications.definitions.models import (
    FIRST_OWN_VERSION,
    OwnDefinition,
    VersionState,
    WithdrawnService,
)
from citizen_portal.applications.definitions.reading import parse_definition
from citizen_portal.applications.definitions.schema import Definition
from citizen_portal.db import current_municipality_id, read_only
from citizen_portal.errors import NotFound


def definition(definition_id: str, version: int) -> Definition:
    """The version that a draft was started with, shipped or the municipality's own. Raises NotFound."""
    if version < FIRST_OWN_VERSION:
        return shipped.shipped_definition(definition_id, version)
    return _published(current_municipality_id(), definition_id, version)[0]


def source_of(definition_id: str, version: int) -> str:
    """The version as it is written, shipped or published here. Raises NotFound."""
    if version < FIRST_OWN_VERSION:
        return shipped.shipped_source(definition_id, version)
    return _published(current_municipality_id(), definition_id, version)[1]


def current_definition(session: Session, definition_id: str, on: date) -> Definition:
    """The version that is offered on the date. Raises NotFound, also for a service that is withdrawn."""
    offered = in_force(session, on).offered
    if definition_id not in offered:
        raise NotFound
    return definition(definition_id, offered[definition_id])


def current_definitions(session: Session, on: date) -> list[Definition]:
    """The services that can be applied for on the date, by name in Bokmål."""
    offered = [definition(*one) for one in in_force(session, on).offered.items()]
    return sorted(offered, key=lambda made: made.service.nb)


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of each service that holds on a day, and which services are not offered then."""

    versions: Mapping[str, int]
    withdrawn: frozenset[str]

    @property
    def offered(self) -> dict[str, int]:
        """Id and version of each service that can be applied for."""
        return {name: version for name, version in self.versions.items() if name not in self.withdrawn}


def in_force(session: Session, on: date) -> InForce:
    """What holds in the municipality on the date. One statement."""
    own = (
        select(OwnDefinition.definition_id, func.max(OwnDefinition.version))
        .where(
            OwnDefinition.municipality_id == current_municipality_id(),
            OwnDefinition.state == VersionState.PUBLISHED,
            OwnDefinition.valid_from_date <= on,
        )
        .group_by(OwnDefinition.definition_id)
    )
    withdrawn = select(WithdrawnService.definition_id, null()).where(
        WithdrawnService.municipality_id == current_municipality_id()
    )
    found: Sequence[Any] = session.execute(union_all(own, withdrawn)).all()
    return InForce(
        shipped.versions_on(on) | {name: version for name, version in found if version is not None},
        frozenset(name for name, version in found if version is None),
    )


@lru_cache(maxsize=1000)
def _published(municipality_id: int, definition_id: str, version: int) -> tuple[Definition, str]:
    """Read in a transaction of its own: a row of a list asks for it where no session is at hand."""
    with read_only() as session:
        source = session.scalar(
            select(OwnDefinition.source).where(
                OwnDefinition.municipality_id == municipality_id,
                OwnDefinition.definition_id == definition_id,
                OwnDefinition.version == version,
                OwnDefinition.state != VersionState.DRAFT,
            )
        )
    if source is None:
        raise NotFound
    return parse_definition(source, f"{definition_id} {version}"), source


def forget() -> None:
    """Forget what this process has read; for tests, whose databases begin anew."""
    _published.cache_clear()
