"""Use cases of editing a service's definition, each in the caller's transaction."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition, DefinitionError, Finding, parse_definition
from citizen_portal.applications.definitions.linting import N_, Fault
from citizen_portal.applications.definitions.models import (
    FIRST_OWN_VERSION,
    OwnDefinition,
    VersionState,
    WithdrawnService,
)
from citizen_portal.applications.editor import queries
from citizen_portal.applications.editor.errors import ChangedByColleague
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.errors import NotFound
from citizen_portal.journal import service as journal
from citizen_portal.journal.errors import ArchiveNotSetUp, ClassHasSubclasses, UnknownClass
from citizen_portal.tenancy import queries as tenancy


def check(session: Session, version: OwnDefinition) -> Definition:
    """The definition that the text holds, if it can be published here. Raises DefinitionError with every fault."""
    return readable(version, lambda made: _faults_here(session, made, version))


def findings_in(session: Session, version: OwnDefinition) -> Sequence[Finding]:
    """What must be mended before the draft can be published."""
    try:
        check(session, version)
    except DefinitionError as error:
        return error.findings
    return ()


def readable(version: OwnDefinition, also: Callable[[Definition], Iterable[Fault]] = lambda _made: ()) -> Definition:
    """The definition that the text holds, whether or not it fits the municipality. Raises DefinitionError."""
    return parse_definition(version.source, f"{version.definition_id} {version.version}", also)


def numbered(source: str, version: int) -> str:
    """The text as a draft begins with it: under its own version number."""
    return re.sub(r"(?m)^version:.*$", f"version: {version}", source, count=1)


def save_draft(session: Session, actor: Staff, definition_id: str, source: str, revision: int) -> OwnDefinition:
    """Keep the text, right or wrong, as the service's draft. The same text once more changes nothing.

    `revision` is that of the draft that was looked at, 0 where there was none. Raises NotFound for an unknown service,
    and ChangedByColleague when somebody else has saved, published or discarded meanwhile.
    """
    queries.service_by_id(session, definition_id)
    draft = queries.draft_of(session, definition_id, lock=True)
    if draft is None and revision == 0:
        draft = _begin_draft(session, actor, definition_id, source)
    elif draft is None:
        raise ChangedByColleague
    elif draft.source == source:
        return draft
    elif draft.revision != revision:
        raise ChangedByColleague(draft.saved_by_name)
    else:
        draft.source, draft.revision = source, draft.revision + 1
        draft.saved_at, draft.saved_by_name = clock.now(), actor.name
    _record(session, actor, EventTag.FORM_SAVED, draft, revision=draft.revision)
    return draft


def discard_draft(session: Session, actor: Staff, definition_id: str, revision: int) -> None:
    """Throw the draft away; again is no change. Raises ChangedByColleague when it is not the one looked at."""
    draft = queries.draft_of(session, definition_id, lock=True)
    if draft is None:
        return
    if draft.revision != revision:
        raise ChangedByColleague(draft.saved_by_name)
    session.delete(draft)
    _record(session, actor, EventTag.FORM_DISCARDED, draft)


def publish(
    session: Session, actor: Staff, definition_id: str, version: int, revision: int, note: str
) -> OwnDefinition:
    """Let the draft be what the next citizen meets, from the date that its text names. Published again is no change.

    Raises:
        NotFound: there is no such version, or somebody discarded it.
        ChangedByColleague: the draft is not the one that was looked at.
        DefinitionError: something must be mended first.
    """
    draft = queries.own_version(session, definition_id, version, lock=True)
    if not draft.is_draft:
        return draft
    if draft.revision != revision:
        raise ChangedByColleague(draft.saved_by_name)
    made = check(session, draft)
    draft.state, draft.note, draft.valid_from_date = VersionState.PUBLISHED, note, made.valid_from
    draft.published_at, draft.published_by_name = clock.now(), actor.name
    _record(session, actor, EventTag.FORM_PUBLISHED, draft)
    return draft


def roll_back(session: Session, actor: Staff, definition_id: str, to_version: int, newest: int) -> None:
    """Let an earlier version hold again, and no later one. Rolled back again is no change.

    `to_version` is one of our own that is published, or any below those for the one that comes with the portal;
    `newest` is the newest published version that was looked at. Raises NotFound and ChangedByColleague.
    """
    published = queries.published(session, definition_id)
    versions = [one.version for one in published]
    if to_version >= FIRST_OWN_VERSION and to_version not in versions:
        raise NotFound
    later = [one for one in published if one.version > to_version]
    if not later:
        return
    if versions[0] != newest:
        raise ChangedByColleague(published[0].published_by_name)
    for one in later:
        one.state = VersionState.ROLLED_BACK
        one.rolled_back_at, one.rolled_back_by_name = clock.now(), actor.name
        _record(session, actor, EventTag.FORM_ROLLED_BACK, one, to_version=to_version)


def withdraw(session: Session, actor: Staff, definition_id: str) -> None:
    """Offer the service no more; what was begun goes on. Again is no change. Raises NotFound."""
    queries.service_by_id(session, definition_id)
    made_id = session.execute(
        insert(WithdrawnService)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            definition_id=definition_id,
            withdrawn_at=clock.now(),
            withdrawn_by_name=actor.name,
        )
        .on_conflict_do_nothing()
        .returning(WithdrawnService.id)
    ).scalar_one_or_none()
    if made_id is not None:
        audit.record(session, actor, EventTag.SERVICE_WITHDRAWN, service=definition_id)


def offer(session: Session, actor: Staff, definition_id: str) -> None:
    """Offer the service again; again is no change."""
    gone = delete(WithdrawnService).where(
        WithdrawnService.municipality_id == current_municipality_id(),
        WithdrawnService.definition_id == definition_id,
    )
    if session.execute(gone.returning(WithdrawnService.id)).scalar_one_or_none() is not None:
        audit.record(session, actor, EventTag.SERVICE_OFFERED, service=definition_id)


def _begin_draft(session: Session, actor: Staff, definition_id: str, source: str) -> OwnDefinition:
    """A new draft under the next number; of two who begin at the same time one is refused by the unique index."""
    numbers = select(func.max(OwnDefinition.version)).where(
        OwnDefinition.municipality_id == current_municipality_id(), OwnDefinition.definition_id == definition_id
    )
    made: OwnDefinition | None = session.scalar(
        insert(OwnDefinition)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            definition_id=definition_id,
            version=func.coalesce(numbers.scalar_subquery(), FIRST_OWN_VERSION - 1) + 1,
            source=source,
            state=VersionState.DRAFT,
            revision=1,
            saved_at=clock.now(),
            saved_by_name=actor.name,
        )
        .on_conflict_do_nothing()
        .returning(OwnDefinition)
    )
    if made is None:
        raise ChangedByColleague
    return made


def _faults_here(session: Session, made: Definition, version: OwnDefinition) -> Iterator[Fault]:
    """What cannot stand in this municipality, in the order of the text."""
    if made.id != version.definition_id:
        yield Fault(
            ("id",),
            N_("the id must stay %(name)s: applications know the service by it"),
            {"name": version.definition_id},
        )
    if made.version != version.version:
        yield Fault(
            ("version",),
            N_("the version must be %(number)s: own versions are numbered here"),
            {"number": version.version},
        )
    rule = made.journal
    try:
        tenancy.unit_by_name(session, rule.responsible_unit)
    except NotFound:
        reason = N_("there is no unit called %(name)s in this municipality")
        yield Fault(("journal", "responsible_unit"), reason, {"name": rule.responsible_unit})
    try:
        journal.place_of_class(session, rule.classification_code)
    except (UnknownClass, ClassHasSubclasses, ArchiveNotSetUp):
        reason = N_("cases cannot be filed under %(code)s in this municipality's archive")
        yield Fault(("journal", "classification_code"), reason, {"code": rule.classification_code})


def _record(session: Session, actor: Staff, tag: EventTag, row: OwnDefinition, **details: Any) -> None:
    audit.record(session, actor, tag, subject=row, service=row.definition_id, version=row.version, **details)
