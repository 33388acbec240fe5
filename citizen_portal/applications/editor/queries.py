"""Reads of the municipality's services: which version is offered, the draft of the next one, and the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, defer

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition, definition
from citizen_portal.applications.definitions.models import (
    FIRST_OWN_VERSION,
    OwnDefinition,
    VersionState,
    WithdrawnService,
)
from citizen_portal.applications.definitions.offered import in_force
from citizen_portal.applications.definitions.shipped import versions_on
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Service:
    """A service as a superuser sees it."""

    definition: Definition
    """The version that holds today, offered or not."""
    is_withdrawn: bool
    own: Sequence[OwnDefinition]
    """The municipality's own versions without their text, the newest first."""

    @property
    def draft(self) -> OwnDefinition | None:
        """The next version, while somebody works on it."""
        return next((version for version in self.own if version.is_draft), None)

    @property
    def history(self) -> list[OwnDefinition]:
        """What was ever published here, the newest first."""
        return [version for version in self.own if not version.is_draft]

    @property
    def newest_published(self) -> int:
        """The newest version that is published and not rolled back, even if it holds from a later day; 0 for none."""
        return next((one.version for one in self.own if one.state is VersionState.PUBLISHED), 0)

    @property
    def shipped_version(self) -> int:
        """The version that comes with the portal and holds today."""
        return versions_on(clock.today())[self.definition.id]

    @property
    def next_version(self) -> int:
        """The number of the draft, or of the one that would be begun now."""
        if self.draft is not None:
            return self.draft.version
        return self.own[0].version + 1 if self.own else FIRST_OWN_VERSION

    @property
    def changed(self) -> tuple[datetime, str] | None:
        """When something was last saved, published or rolled back, and by whom; None when nothing ever was."""
        moments = [
            (at, by)
            for one in self.own
            for at, by in (
                (one.saved_at, one.saved_by_name),
                (one.published_at, one.published_by_name),
                (one.rolled_back_at, one.rolled_back_by_name),
            )
            if at is not None and by is not None
        ]
        return max(moments, default=None)


def services(session: Session) -> list[Service]:
    """All services, offered or not, by name in Bokmål. Two statements."""
    held = in_force(session, clock.today())
    own = session.scalars(_without_text().order_by(OwnDefinition.version.desc())).all()
    found = [
        Service(definition(name, version), name in held.withdrawn, [one for one in own if one.definition_id == name])
        for name, version in held.versions.items()
    ]
    return sorted(found, key=lambda service: service.definition.service.nb)


def service_by_id(session: Session, definition_id: str) -> Service:
    """The service. Raises NotFound."""
    held = in_force(session, clock.today())
    if definition_id not in held.versions:
        raise NotFound
    own = session.scalars(
        _without_text().where(OwnDefinition.definition_id == definition_id).order_by(OwnDefinition.version.desc())
    ).all()
    return Service(definition(definition_id, held.versions[definition_id]), definition_id in held.withdrawn, own)


def draft_of(session: Session, definition_id: str, *, lock: bool = False) -> OwnDefinition | None:
    """The draft of the service's next version; with `lock` nobody else changes it until the transaction ends."""
    query = select(OwnDefinition).where(_is_of(definition_id), OwnDefinition.state == VersionState.DRAFT)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def own_version(session: Session, definition_id: str, version: int, *, lock: bool = False) -> OwnDefinition:
    """One of the municipality's own versions. Raises NotFound."""
    query = select(OwnDefinition).where(_is_of(definition_id), OwnDefinition.version == version)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def published(session: Session, definition_id: str) -> Sequence[OwnDefinition]:
    """The own versions that are published and not rolled back, the newest first, locked to be changed."""
    query = select(OwnDefinition).where(_is_of(definition_id), OwnDefinition.state == VersionState.PUBLISHED)
    return session.scalars(
        query.order_by(OwnDefinition.version.desc()).with_for_update().execution_options(populate_existing=True)
    ).all()


def withdrawal(session: Session, definition_id: str) -> WithdrawnService | None:
    """Who withdrew the service and when; None while it is offered."""
    return session.scalar(
        select(WithdrawnService).where(
            WithdrawnService.municipality_id == current_municipality_id(),
            WithdrawnService.definition_id == definition_id,
        )
    )


def _is_of(definition_id: str) -> ColumnElement[bool]:
    return and_(
        OwnDefinition.municipality_id == current_municipality_id(), OwnDefinition.definition_id == definition_id
    )


def _without_text() -> Select[OwnDefinition]:
    own = select(OwnDefinition).where(OwnDefinition.municipality_id == current_municipality_id())
    return own.options(defer(OwnDefinition.source, raiseload=True))
