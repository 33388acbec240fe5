"""Write arkivstruktur and endringslogg as streams: memory does not grow with the archive.

Element order follows the official schemas N5/v5.0. A case file's own fields come after its entries, because the schema
extends `mappe` at the end.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.records import (
    CaseRecord,
    ChangeRecord,
    ClassRecord,
    Creator,
    DocumentRecord,
    EntryRecord,
    FileRecord,
    FondsRecord,
    PartyRecord,
    SignOffRecord,
    Stamp,
)
from citizen_portal.archive.noark5.xml import Writer, as_text, document
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.terms import SeriesStatus

CasesOfClass: TypeAlias = Iterator[tuple[UUID, Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]]]


class OutOfOrder(ValueError):
    """The case files did not come in the order of the classes: a programming error."""


def write_structure(
    path: Path,
    fonds: FondsRecord,
    classes: tuple[ClassRecord, ...],
    case_files: Iterator[tuple[CaseRecord, Iterator[EntryRecord]]],
) -> None:
    """Write the archive's structure. `case_files` come grouped by class, in the order of the tree, depth first.

    Raises OutOfOrder when they do not: no case file is left out silently.
    """
    by_class = groupby(case_files, key=lambda case: case[0].class_id)
    with document(path, names.FONDS, names.STRUCTURE_NS, names.STRUCTURE_SCHEMA) as xml:
        xml.text(names.SYSTEM_ID, fonds.id)
        xml.text(names.TITLE, fonds.title)
        xml.text(names.FONDS_STATUS, names.FONDS_CLOSED)
        xml.text(names.MEDIUM, names.ELECTRONIC)
        _created(xml, fonds.created)
        _closed(xml, fonds.closed)
        write_creator(xml, fonds.creator)
        with xml.element(names.SERIES):
            _write_series(xml, fonds)
            with xml.element(names.CLASSIFICATION_SYSTEM):
                xml.text(names.SYSTEM_ID, fonds.classification_id)
                xml.text(names.CLASSIFICATION_KIND, fonds.classification_kind)
                xml.text(names.TITLE, fonds.classification_title)
                _created(xml, fonds.classification_created)
                rest = _write_classes(xml, classes, next(by_class, None), by_class)
    if rest is not None:
        raise OutOfOrder(rest[0])


def write_change_log(path: Path, changes: Iterator[ChangeRecord]) -> int:
    """Write the change log; answers how many changes. Changes to what has no Noark name are left out."""
    count = 0
    with document(path, names.CHANGE_LOG, names.CHANGE_LOG_NS, names.CHANGE_LOG_SCHEMA) as xml:
        for change in changes:
            field = names.LOGGED_AS.get((change.object_type, change.field))
            if field is None:
                continue
            count += 1
            with xml.element(names.CHANGE):
                xml.text(names.CHANGED_OBJECT, change.object_id)
                xml.text(names.CHANGED_FIELD, field)
                xml.text(names.CHANGED_AT, change.changed.at)
                xml.text(names.CHANGED_BY, change.changed.by)
                xml.text(names.OLD_VALUE, _logged(field, change.old_value))
                xml.text(names.NEW_VALUE, _logged(field, change.new_value))
    return count


def write_creator(xml: Writer, creator: Creator) -> None:
    """Write the body whose archive it is."""
    with xml.element(names.CREATOR):
        xml.text(names.CREATOR_ID, creator.organisation_number)
        xml.text(names.CREATOR_NAME, creator.name)


def _logged(field: str, value: str | None) -> str:
    if value is None or not value.strip():
        return names.NO_VALUE
    if field in (names.RECEIVED_AT, names.SENT_AT):  # UTC in the journal, as in the entry itself in the deposit
        return as_text(datetime.fromisoformat(value))
    terms = names.LOGGED_VALUES.get(field, {})
    return ", ".join(terms.get(part, part) for part in value.split(", ")) if terms else value


def _write_series(xml: Writer, fonds: FondsRecord) -> None:
    xml.text(names.SYSTEM_ID, fonds.series_id)
    xml.text(names.TITLE, fonds.series_title)
    xml.text(names.SERIES_STATUS, names.SERIES_STATUSES[SeriesStatus.CLOSED])
    xml.text(names.MEDIUM, names.ELECTRONIC)
    _created(xml, fonds.series_created)
    _closed(xml, fonds.closed)
    xml.text(names.PERIOD_START, fonds.start_date)
    xml.text(names.PERIOD_END, fonds.end_date)


_Group: TypeAlias = "tuple[UUID, Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]] | None"


def _write_classes(xml: Writer, classes: tuple[ClassRecord, ...], group: "_Group", rest: CasesOfClass) -> "_Group":
    """Write the classes with their case files; answers the first group that none of them took."""
    for record in classes:
        with xml.element(names.CLASS):
            xml.text(names.SYSTEM_ID, record.id)
            xml.text(names.CLASS_ID, record.code)
            xml.text(names.TITLE, record.title)
            _created(xml, record.created)
            group = _write_classes(xml, record.subclasses, group, rest)
            if group is not None and group[0] == record.id:
                for case, entries in group[1]:
                    _write_case(xml, case, entries)
                group = next(rest, None)
    return group


def _write_case(xml: Writer, case: CaseRecord, entries: Iterator[EntryRecord]) -> None:
    with xml.element(names.FOLDER, xsi_type=names.CASE_FILE):
        xml.text(names.SYSTEM_ID, case.id)
        xml.text(names.FOLDER_ID, f"{case.year}/{case.number}")
        xml.text(names.TITLE, case.title)
        xml.text(names.PUBLIC_TITLE, case.public_title)
        xml.text(names.MEDIUM, names.ELECTRONIC)
        _created(xml, case.created)
        _closed(xml, case.closed)
        _write_screening(xml, case.screening)
        for entry in entries:
            _write_entry(xml, entry)
        xml.text(names.CASE_YEAR, case.year)
        xml.text(names.CASE_NUMBER, case.number)
        xml.text(names.CASE_DATE, case.case_date)
        xml.text(names.UNIT, case.unit_name)
        xml.text(names.RESPONSIBLE, case.responsible_name)
        xml.text(names.CASE_STATUS, names.CASE_STATUSES[case.status])


def _write_entry(xml: Writer, entry: EntryRecord) -> None:
    with xml.element(names.RECORD, xsi_type=names.REGISTRY_ENTRY):
        xml.text(names.SYSTEM_ID, entry.id)
        _created(xml, entry.created)
        xml.text(names.ARCHIVED_AT, entry.archived.at)
        xml.text(names.ARCHIVED_BY, entry.archived.by)
        _write_screening(xml, entry.screening)
        for document_record in entry.documents:
            _write_document(xml, document_record)
        xml.text(names.RECORD_ID, f"{entry.year}/{entry.number}")
        xml.text(names.TITLE, entry.title)
        xml.text(names.PUBLIC_TITLE, entry.public_title)
        xml.text(names.MEDIUM, names.ELECTRONIC)
        for party in entry.parties:
            _write_party(xml, party)
        xml.text(names.JOURNAL_YEAR, entry.year)
        xml.text(names.JOURNAL_NUMBER, entry.number)
        xml.text(names.ENTRY_NUMBER, entry.entry_number)
        xml.text(names.ENTRY_TYPE, names.ENTRY_TYPES[entry.entry_type])
        xml.text(names.ENTRY_STATUS, names.ENTRY_STATUSES[entry.status])
        xml.text(names.JOURNAL_DATE, entry.journal_date)
        xml.text(names.DOCUMENT_DATE, entry.document_date)
        xml.text(names.RECEIVED_AT, entry.received_at)
        xml.text(names.SENT_AT, entry.sent_at)
        xml.text(names.ATTACHMENT_COUNT, max(len(entry.documents) - 1, 0))
        for sign_off in entry.sign_offs:
            _write_sign_off(xml, sign_off)


def _write_party(xml: Writer, party: PartyRecord) -> None:
    with xml.element(names.PARTY):
        xml.text(names.PARTY_TYPE, names.PARTY_TYPES[party.party_type])
        xml.text(names.PARTY_NAME, party.name)
        xml.text(names.UNIT, party.unit_name)
        xml.text(names.CASEWORKER, party.caseworker_name)


def _write_sign_off(xml: Writer, sign_off: SignOffRecord) -> None:
    with xml.element(names.SIGN_OFF):
        xml.text(names.SIGN_OFF_DATE, sign_off.signed_off_date)
        xml.text(names.SIGNED_OFF_BY, sign_off.signed_off_by)
        xml.text(names.SIGN_OFF_METHOD, names.SIGN_OFF_METHODS[sign_off.method])
        xml.text(names.SIGN_OFF_ANSWER, sign_off.answer_id)


def _write_document(xml: Writer, record: DocumentRecord) -> None:
    with xml.element(names.DOCUMENT_DESCRIPTION):
        xml.text(names.SYSTEM_ID, record.id)
        xml.text(names.DOCUMENT_TYPE, record.document_type)
        xml.text(names.DOCUMENT_STATUS, names.DOCUMENT_FINISHED)
        xml.text(names.TITLE, record.title)
        _created(xml, record.created)
        xml.text(names.MEDIUM, names.ELECTRONIC)
        xml.text(names.DOCUMENT_ROLE, names.DOCUMENT_ROLES[record.role])
        xml.text(names.DOCUMENT_NUMBER, record.number)
        xml.text(names.LINKED_AT, record.created.at)
        xml.text(names.LINKED_BY, record.created.by)
        for file in record.files:
            _write_file(xml, file)


def _write_file(xml: Writer, file: FileRecord) -> None:
    with xml.element(names.DOCUMENT_OBJECT):
        xml.text(names.SYSTEM_ID, file.id)
        xml.text(names.VERSION, file.version)
        xml.text(names.VARIANT, names.VARIANTS[file.variant])
        xml.text(names.FORMAT, file.format)
        xml.text(names.FORMAT_DETAILS, file.format_details)
        _created(xml, file.created)
        xml.text(names.FILE_REFERENCE, file.path)
        xml.text(names.CHECKSUM, file.sha256)
        xml.text(names.CHECKSUM_ALGORITHM, names.SHA256)
        xml.text(names.FILE_SIZE, file.size_bytes)
        if file.conversion is not None:
            with xml.element(names.CONVERSION):
                xml.text(names.CONVERTED_AT, file.conversion.converted.at)
                xml.text(names.CONVERTED_BY, file.conversion.converted.by)
                xml.text(names.CONVERTED_FROM, file.conversion.from_format)
                xml.text(names.CONVERTED_TO, file.conversion.to_format)
                xml.text(names.CONVERSION_TOOL, file.conversion.tool)
                xml.text(names.CONVERSION_COMMENT, file.conversion.comment)


def _write_screening(xml: Writer, screening: Screening | None) -> None:
    if screening is None:
        return
    with xml.element(names.SCREENING):
        xml.text(names.RESTRICTION, names.RESTRICTIONS[screening.restriction])
        xml.text(names.AUTHORITY, screening.authority)
        for part in screening.metadata:
            xml.text(names.SCREENED_METADATA, names.SCREENED_PARTS[part])
        if screening.document is not None:
            xml.text(names.SCREENED_DOCUMENT, names.SCREENED_DOCUMENTS[screening.document])


def _created(xml: Writer, stamp: Stamp) -> None:
    xml.text(names.CREATED_AT, stamp.at)
    xml.text(names.CREATED_BY, stamp.by)


def _closed(xml: Writer, stamp: Stamp) -> None:
    xml.text(names.CLOSED_AT, stamp.at)
    xml.text(names.CLOSED_BY, stamp.by)
