"""Reads of the current municipality's journal. Who may read what is decided by the caller's permission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.journal.models import (
    CaseFile,
    DocumentDescription,
    DocumentObject,
    EntrySignOff,
    RegistryEntry,
)
from citizen_portal.journal.terms import EntryStatus, EntryType


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A place in the journal, newest first: the key of the last line of a page."""

    year: int
    number: int


def case_file(session: Session, case_file_id: UUID) -> CaseFile:
    """The case file. Raises NotFound."""
    found = session.get(CaseFile, (current_municipality_id(), case_file_id))
    if found is None:
        raise NotFound
    return found


def citizen_of(session: Session, case_file_id: UUID) -> UUID | None:
    """The person whose case it is; None when it is nobody's, or does not exist."""
    return session.scalar(
        select(CaseFile.citizen_id).where(
            CaseFile.municipality_id == current_municipality_id(), CaseFile.id == case_file_id
        )
    )


def citizen_of_entry(session: Session, entry_id: UUID) -> UUID | None:
    """The person in whose case the entry stands; None when it is nobody's, or does not exist."""
    return session.scalar(
        _entries()
        .join(RegistryEntry.case_file)
        .where(RegistryEntry.id == entry_id)
        .with_only_columns(CaseFile.citizen_id, maintain_column_froms=True)
    )


def registry_entry(session: Session, entry_id: UUID, *, reader: Staff | None = None) -> RegistryEntry:
    """The entry with its case file, parties, documents, files and sign-offs, in two statements. Raises NotFound.

    For a reader an entry about somebody with a protected address is not there without a reason for looking.
    """
    query = (
        _entries()
        .where(RegistryEntry.id == entry_id)
        .options(
            joinedload(RegistryEntry.case_file),
            joinedload(RegistryEntry.parties),
            joinedload(RegistryEntry.sign_offs),  # at most one
            selectinload(RegistryEntry.documents).joinedload(DocumentDescription.files),
        )
    )
    if reader is not None:
        query = query.where(RegistryEntry.case_file.has(reach.reason_was_given(reader, CaseFile.citizen_id)))
    found = session.scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def entries_of_case(session: Session, case_file_id: UUID) -> Sequence[RegistryEntry]:
    """The case's entries in order, without their parts."""
    return session.scalars(
        _entries().where(RegistryEntry.case_file_id == case_file_id).order_by(RegistryEntry.entry_number)
    ).all()


def entries_waiting_for_answer(session: Session, case_file_id: UUID) -> Sequence[RegistryEntry]:
    """The case's incoming entries, and internal ones for follow-up, that nobody has dealt with."""
    signed_off = exists().where(
        EntrySignOff.municipality_id == RegistryEntry.municipality_id,
        EntrySignOff.registry_entry_id == RegistryEntry.id,
    )
    return session.scalars(
        _entries()
        .where(
            RegistryEntry.case_file_id == case_file_id,
            RegistryEntry.entry_type.in_([EntryType.INCOMING, EntryType.INTERNAL_FOR_FOLLOW_UP]),
            RegistryEntry.status != EntryStatus.CANCELLED,
            ~signed_off,
        )
        .order_by(RegistryEntry.entry_number)
    ).all()


def journal_page(
    session: Session, *, before: JournalPosition | None = None, entry_type: EntryType | None = None, size: int = 50
) -> Sequence[RegistryEntry]:
    """Up to `size` entries with their case files and parties, newest first, below `before`; of one type if given."""
    query = (
        _entries()
        .join(RegistryEntry.case_file)
        .options(contains_eager(RegistryEntry.case_file), selectinload(RegistryEntry.parties))
        .order_by(RegistryEntry.journal_year.desc(), RegistryEntry.journal_sequence_number.desc())
        .limit(size)
    )
    if entry_type is not None:
        query = query.where(RegistryEntry.entry_type == entry_type)
    if before is not None:
        position = tuple_(RegistryEntry.journal_year, RegistryEntry.journal_sequence_number)
        query = query.where(position < (before.year, before.number))
    return session.scalars(query).all()


def document_file(session: Session, entry_id: UUID, file_id: UUID) -> tuple[DocumentDescription, DocumentObject]:
    """A file of the entry, with the document that it renders. Raises NotFound."""
    found = session.execute(
        select(DocumentDescription, DocumentObject)
        .join(DocumentDescription.files)
        .where(
            DocumentDescription.municipality_id == current_municipality_id(),
            DocumentDescription.registry_entry_id == entry_id,
            DocumentObject.id == file_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    description, file = found
    return description, file


def journal_dates(session: Session) -> tuple[date, date] | None:
    """The first and last journal date there is; None for an empty journal."""
    dates = _entries().with_only_columns(RegistryEntry.journal_date)
    first = session.scalar(dates.order_by(RegistryEntry.journal_date).limit(1))
    last = session.scalar(dates.order_by(RegistryEntry.journal_date.desc()).limit(1))
    return None if first is None or last is None else (first, last)


def _entries() -> Select[RegistryEntry]:
    return select(RegistryEntry).where(RegistryEntry.municipality_id == current_municipality_id())
