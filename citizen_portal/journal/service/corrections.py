"""Corrections: the journal keeps what stood there before, who changed it and when."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Actor
from citizen_portal.journal.entries import Screening, demand_text
from citizen_portal.journal.errors import NotCorrectable
from citizen_portal.journal.models import CaseFile, CorrespondenceParty, RegistryEntry, screening_columns
from citizen_portal.journal.screening import mask_national_ids
from citizen_portal.journal.service.changes import change
from citizen_portal.journal.terms import EntryStatus

_ENTRY_FIELDS: Final = frozenset({"title", "public_title", "document_date", "received_at", "sent_at", "screening"})
_CASE_FIELDS: Final = frozenset({"title", "public_title", "responsible_name", "screening"})
_WORDS: Final = frozenset({"title", "public_title", "responsible_name"})


def correct_entry(session: Session, actor: Actor, entry: RegistryEntry, corrections: Mapping[str, Any]) -> None:
    """Correct fields of an entry: title, public_title, document_date, received_at, sent_at, screening.

    Raises NotCorrectable for any other field (numbers, dates of journaling and documents stand as they are), BlankText.
    """
    session.refresh(entry, with_for_update=True, attribute_names=_columns(entry))
    _correct(session, actor, entry, corrections, _ENTRY_FIELDS)
    audit.record(session, actor, EventTag.ENTRY_CORRECTED, subject=entry, fields=sorted(corrections))


def correct_case_file(session: Session, actor: Actor, case_file: CaseFile, corrections: Mapping[str, Any]) -> None:
    """Correct fields of a case file: title, public_title, responsible_name, screening.

    Raises NotCorrectable or BlankText.
    """
    session.refresh(case_file, with_for_update=True)
    _correct(session, actor, case_file, corrections, _CASE_FIELDS)
    audit.record(session, actor, EventTag.ENTRY_CORRECTED, subject=case_file, fields=sorted(corrections))


def correct_party(session: Session, actor: Actor, entry: RegistryEntry, party: CorrespondenceParty, name: str) -> None:
    """Correct the name of one who sent or got the entry. Raises BlankText."""
    demand_text(name)
    change(session, actor, party, "name", name, entry=entry)
    session.flush()
    audit.record(session, actor, EventTag.ENTRY_CORRECTED, subject=entry, fields=["party"])


def cancel_entry(session: Session, actor: Actor, entry: RegistryEntry) -> None:
    """Cancel an entry that should not have been made (utgår). Its number stays taken; its files are never delivered."""
    session.refresh(entry, with_for_update=True, attribute_names=_columns(entry))
    change(session, actor, entry, "status", EntryStatus.CANCELLED)
    entry.archived_at = entry.archived_by = None
    session.flush()
    audit.record(session, actor, EventTag.ENTRY_CORRECTED, subject=entry, fields=["status"])


def _correct(
    session: Session,
    actor: Actor,
    target: CaseFile | RegistryEntry,
    corrections: Mapping[str, Any],
    allowed: frozenset[str],
) -> None:
    if not corrections.keys() <= allowed:
        raise NotCorrectable(*sorted(corrections.keys() - allowed))
    demand_text(*(corrections[field] for field in _WORDS & corrections.keys()))
    for field, value in corrections.items():
        if field == "screening":
            screening: Screening | None = value
            for column, part in screening_columns(screening).items():
                change(session, actor, target, column, part)
        else:
            change(session, actor, target, field, mask_national_ids(value) if field == "public_title" else value)
    session.flush()


def _columns(entry: RegistryEntry) -> list[str]:
    """Columns only: the loaded parties and documents need no second reading."""
    return [column.key for column in entry.__mapper__.column_attrs]
