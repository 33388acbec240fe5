"""The one way in which something journaled changes: with its line in the change log."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Actor
from citizen_portal.journal.models import CaseFile, ChangeLogEntry, CorrespondenceParty, RegistryEntry


def change(
    session: Session,
    actor: Actor,
    target: CaseFile | RegistryEntry | CorrespondenceParty,
    field: str,
    value: Any,
    *,
    entry: RegistryEntry | None = None,
) -> None:
    """Set the field and log old and new value; the same value again is no change. A party's `entry` must be given."""
    old = getattr(target, field)
    if old == value:
        return
    owner = target if isinstance(target, RegistryEntry) else entry
    session.add(
        ChangeLogEntry(
            case_file_id=target.id if isinstance(target, CaseFile) else owner.case_file_id if owner else None,
            registry_entry_id=owner and owner.id,
            object_id=target.id,
            object_type=target.__tablename__,
            field=field,
            old_value=as_text(old),
            new_value=as_text(value),
            changed_at=clock.now(),
            changed_by=actor.display_name,
        )
    )
    setattr(target, field, value)


def as_text(value: object) -> str | None:
    """How the change log writes a value: terms as they are, instants in UTC, lists with commas; None for nothing."""
    match value:
        case None:
            return None
        case StrEnum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case list():
            return ", ".join(value) or None
        case _:
            return str(value)
