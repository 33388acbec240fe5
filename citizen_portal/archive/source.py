"""The journal as a deposit reads it: a snapshot of one period, streamed, with the values that a deposit must have.

A deposit demands that everything in it is closed. Case files and entries that are still open in the journal are
delivered with the status they have once the period is closed, and each of those changes of status stands in the
deposit's change log, with the deposit's closing as time and its maker as name. The journal itself goes on as it was.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, groupby
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, cast, exists, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.records import (
    CaseRecord,
    ChangeRecord,
    ClassRecord,
    ConversionRecord,
    DocumentRecord,
    EntryRecord,
    FileRecord,
    JournalFacts,
    PartyRecord,
    SignOffRecord,
    Stamp,
)
from citizen_portal.db import current_municipality_id
from citizen_portal.identity import reach
from citizen_portal.journal.models import (
    CaseFile,
    ChangeLogEntry,
    ClassificationClass,
    DocumentDescription,
    DocumentObject,
    EntrySignOff,
    RegistryEntry,
)
from citizen_portal.journal.terms import CaseStatus, EntryStatus, Variant

_Row = TypeVar("_Row")

_CHUNK: Final = 500
_DELIVERED: Final = (Variant.ARCHIVE, Variant.REDACTED)
_UNFINISHED: Final = (EntryStatus.JOURNALED, EntryStatus.DISPATCHED)


@dataclass(frozen=True, slots=True)
class Period:
    """From and including `start`, to and including `end`, by journal date."""

    start: date
    end: date

    @property
    def holds(self) -> ColumnElement[bool]:
        """The condition on entries of the current municipality."""
        return (RegistryEntry.municipality_id == current_municipality_id()) & RegistryEntry.journal_date.between(
            self.start, self.end
        )


class JournalSource:
    """Streams the period's part of the journal. Implements `records.DepositSource`."""

    def __init__(self, session: Session, period: Period, closing: Stamp, system_id: UUID) -> None:
        self._session, self._period, self._closing = session, period, closing
        self._cursors = ExitStack()
        self._classes = self._read_classes(system_id)
        self._protected = frozenset(
            session.scalars(
                select(CaseFile.id).where(
                    CaseFile.municipality_id == current_municipality_id(), reach.is_protected(CaseFile.citizen_id)
                )
            )
        )
        self._class_by_id = {record.id: record for records in self._classes.values() for record in records}

    def close(self) -> None:
        """Close the cursors that are open on the server, also when a stream was left half-way."""
        self._cursors.close()

    def classes(self) -> tuple[ClassRecord, ...]:
        """The whole classification, also the classes that hold nothing."""
        return self._subclasses(None)

    def case_files(self) -> Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]:
        """Case files with entries in the period, in the order of the classes."""
        in_order = cast(literal([str(id_) for id_ in self._preorder(None)], ARRAY(Uuid)), ARRAY(Uuid))
        query = self._entries().order_by(
            func.array_position(in_order, CaseFile.classification_class_id),
            CaseFile.case_year,
            CaseFile.case_sequence_number,
            RegistryEntry.entry_number,
        )
        documents = selectinload(RegistryEntry.documents).selectinload(DocumentDescription.files)
        entries = self._stream(query.options(documents))
        for case_file, group in groupby(entries, key=lambda entry: entry.case_file):
            yield self._case(case_file), (self._entry(entry, with_documents=True) for entry in group)

    def journal(self) -> Iterator[tuple[CaseRecord, EntryRecord]]:
        """The period's entries by journal number."""
        query = self._entries().order_by(RegistryEntry.journal_year, RegistryEntry.journal_sequence_number)
        for entry in self._stream(query):
            yield self._case(entry.case_file), self._entry(entry, with_documents=False)

    def changes(self) -> Iterator[ChangeRecord]:
        """What the journal's change log says of what is delivered, and then what closing the deposit changes."""
        return chain(self._logged_changes(), self._closed_cases(), self._archived_entries())

    def facts(self) -> JournalFacts | None:
        """First and last date and number of entries; None when the period is empty."""
        first, last, count = self._session.execute(
            select(func.min(RegistryEntry.journal_date), func.max(RegistryEntry.journal_date), func.count()).where(
                self._period.holds
            )
        ).one()
        return JournalFacts(first, last, count) if count else None

    def boundaries(self) -> tuple[bool, bool]:
        """Whether the period is cut off sharply at its start and at its end: no case file in it crosses over."""
        other = aliased(RegistryEntry)
        in_period = (
            exists()
            .where(
                self._period.holds,
                RegistryEntry.municipality_id == other.municipality_id,
                RegistryEntry.case_file_id == other.case_file_id,
            )
            .correlate(other)
        )
        crosses = select(other.id).where(other.municipality_id == current_municipality_id(), in_period)
        still_open = select(CaseFile.id).where(self._has_entries(), CaseFile.status == CaseStatus.OPEN)
        before, after, is_open = self._session.execute(
            select(
                crosses.where(other.journal_date < self._period.start).exists(),
                crosses.where(other.journal_date > self._period.end).exists(),
                still_open.exists(),
            )
        ).one()
        return not before, not (after or is_open)

    def _read_classes(self, system_id: UUID) -> dict[UUID | None, list[ClassificationClass]]:
        found = self._session.scalars(
            select(ClassificationClass)
            .where(
                ClassificationClass.municipality_id == current_municipality_id(),
                ClassificationClass.classification_system_id == system_id,
            )
            .order_by(ClassificationClass.code)
        )
        by_parent: dict[UUID | None, list[ClassificationClass]] = {}
        for record in found:
            by_parent.setdefault(record.parent_id, []).append(record)
        return by_parent

    def _subclasses(self, parent_id: UUID | None) -> tuple[ClassRecord, ...]:
        return tuple(
            ClassRecord(c.id, c.code, c.title, Stamp(c.created_at, c.created_by), self._subclasses(c.id))
            for c in self._classes.get(parent_id, [])
        )

    def _preorder(self, parent_id: UUID | None) -> Iterator[UUID]:
        for record in self._classes.get(parent_id, []):
            yield record.id
            yield from self._preorder(record.id)

    def _entries(self) -> Select[RegistryEntry]:
        return (
            select(RegistryEntry)
            .join(RegistryEntry.case_file)
            .where(self._period.holds)
            .options(
                contains_eager(RegistryEntry.case_file),
                selectinload(RegistryEntry.parties),
                selectinload(RegistryEntry.sign_offs)
                .joinedload(EntrySignOff.answer)
                .load_only(RegistryEntry.journal_date),
            )
        )

    def _stream(self, query: Select[_Row]) -> Iterator[_Row]:
        """The rows' first columns, a chunk at a time, from a cursor on the server."""
        result = self._session.scalars(query.execution_options(yield_per=_CHUNK))
        self._cursors.callback(result.close)
        return result

    def _has_entries(self) -> ColumnElement[bool]:
        """The condition on case files: of this municipality, with an entry in the period."""
        return (CaseFile.municipality_id == current_municipality_id()) & exists().where(
            self._period.holds,
            RegistryEntry.municipality_id == CaseFile.municipality_id,
            RegistryEntry.case_file_id == CaseFile.id,
        ).correlate(CaseFile)

    def _logged_changes(self) -> Iterator[ChangeRecord]:
        """Changes to the entries in the period, and to their case files' own fields."""
        log, entry = ChangeLogEntry, RegistryEntry
        of_entry = exists().where(
            self._period.holds, entry.municipality_id == log.municipality_id, entry.id == log.registry_entry_id
        )
        of_case = exists().where(
            self._period.holds, entry.municipality_id == log.municipality_id, entry.case_file_id == log.case_file_id
        )
        delivered = of_entry.correlate(log) | (log.registry_entry_id.is_(None) & of_case.correlate(log))
        query = (
            select(log)
            .where(log.municipality_id == current_municipality_id(), delivered)
            .order_by(log.changed_at, log.id)
        )
        for line in self._stream(query):
            # A party has no identifier in a deposit; its entry has.
            object_id = line.registry_entry_id or line.object_id
            changed = Stamp(line.changed_at, line.changed_by)
            yield ChangeRecord(object_id, line.object_type, line.field, line.old_value, line.new_value, changed)

    def _closed_cases(self) -> Iterator[ChangeRecord]:
        query = select(CaseFile.id).where(self._has_entries(), CaseFile.status == CaseStatus.OPEN).order_by(CaseFile.id)
        for case_id in self._stream(query):
            yield self._closed(case_id, CaseFile.__tablename__, CaseStatus.OPEN, CaseStatus.CLOSED)

    def _archived_entries(self) -> Iterator[ChangeRecord]:
        for status in _UNFINISHED:
            query = select(RegistryEntry.id).where(self._period.holds, RegistryEntry.status == status)
            for entry_id in self._stream(query.order_by(RegistryEntry.id)):
                yield self._closed(entry_id, RegistryEntry.__tablename__, status, EntryStatus.ARCHIVED)

    def _closed(self, object_id: UUID, object_type: str, old: str, new: str) -> ChangeRecord:
        return ChangeRecord(object_id, object_type, "status", str(old), str(new), self._closing)

    def _case(self, case: CaseFile) -> CaseRecord:
        place = self._class_by_id[case.classification_class_id]
        return CaseRecord(
            id=case.id,
            class_id=place.id,
            class_code=place.code,
            class_title=place.title,
            year=case.case_year,
            number=case.case_sequence_number,
            title=case.title,
            public_title=case.public_title,
            created=Stamp(case.created_at, case.created_by),
            closed=_stamp(case.closed_at, case.closed_by) or self._closing,
            case_date=case.case_date,
            unit_name=case.unit_name,
            responsible_name=case.responsible_name,
            status=CaseStatus.CLOSED if case.is_open else case.status,
            screening=case.screening,
            is_protected=case.id in self._protected,
        )

    def _entry(self, entry: RegistryEntry, *, with_documents: bool) -> EntryRecord:
        return EntryRecord(
            id=entry.id,
            created=Stamp(entry.created_at, entry.created_by),
            archived=_stamp(entry.archived_at, entry.archived_by) or self._closing,
            year=entry.journal_year,
            number=entry.journal_sequence_number,
            entry_number=entry.entry_number,
            entry_type=entry.entry_type,
            status=EntryStatus.ARCHIVED if entry.status in _UNFINISHED else entry.status,
            journal_date=entry.journal_date,
            document_date=entry.document_date,
            received_at=entry.received_at,
            sent_at=entry.sent_at,
            title=entry.title,
            public_title=entry.public_title,
            screening=entry.screening,
            parties=tuple(PartyRecord(p.party_type, p.name, p.unit_name, p.caseworker_name) for p in entry.parties),
            sign_offs=tuple(self._sign_offs(entry)),
            documents=tuple(_document(entry, d) for d in entry.documents) if with_documents else (),
        )

    def _sign_offs(self, entry: RegistryEntry) -> Iterator[SignOffRecord]:
        """How the entry was dealt with before the period ended. An answer outside the period is not referred to."""
        for sign_off in entry.sign_offs:
            if sign_off.signed_off_date <= self._period.end:
                answer = sign_off.answer
                is_here = answer is not None and self._period.start <= answer.journal_date <= self._period.end
                answer_id = sign_off.answer_id if is_here else None
                yield SignOffRecord(sign_off.signed_off_date, sign_off.signed_off_by, sign_off.method, answer_id)


def _document(entry: RegistryEntry, document: DocumentDescription) -> DocumentRecord:
    """The document with the files that are delivered: never production files, and none of a cancelled entry."""
    is_cancelled = entry.status is EntryStatus.CANCELLED
    files = () if is_cancelled else (file for file in document.files if file.variant in _DELIVERED)
    return DocumentRecord(
        id=document.id,
        document_type=document.document_type,
        title=document.title,
        role=document.role,
        number=document.document_number,
        created=Stamp(document.created_at, document.created_by),
        files=tuple(_file(entry, document, file) for file in files),
    )


def _file(entry: RegistryEntry, document: DocumentDescription, file: DocumentObject) -> FileRecord:
    name = f"{document.document_number}-{file.id}.{file.format}"
    converted = _stamp(file.converted_at, file.converted_by)
    conversion = None
    if converted is not None:
        from_format, to_format = file.converted_from or "", file.converted_to or ""
        conversion = ConversionRecord(converted, from_format, to_format, file.conversion_tool, file.conversion_comment)
    return FileRecord(
        id=file.id,
        version=file.version_number,
        variant=file.variant,
        format=file.format,
        format_details=file.format_details,
        created=Stamp(file.created_at, file.created_by),
        path=f"{names.DOCUMENTS_FOLDER}/{entry.journal_year}/{entry.journal_sequence_number}/{name}",
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        conversion=conversion,
    )


def _stamp(at: datetime | None, by: str | None) -> Stamp | None:
    return None if at is None or by is None else Stamp(at, by)
