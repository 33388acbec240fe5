"""Write the running and the public journal in one pass over the entries, in their form of 2019.

Both hold the same entries, sorted by journal year and number. What screening covers is masked in the public
one, and of somebody with a protected address every word, the unit's name too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.records import CaseRecord, Creator, EntryRecord, JournalFacts, PartyRecord
from citizen_portal.archive.noark5.serialise import write_creator
from citizen_portal.archive.noark5.xml import Writer, document
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.screening import MASK, mask_national_ids
from citizen_portal.journal.terms import PartyType, ScreenedMetadata

_NAME_SCREENED_BY: Final = {
    PartyType.SENDER: ScreenedMetadata.SENDER_NAME,
    PartyType.RECIPIENT: ScreenedMetadata.RECIPIENT_NAME,
    PartyType.COPY_RECIPIENT: ScreenedMetadata.RECIPIENT_NAME,
}


def write_journals(
    folder: Path, facts: JournalFacts, creator: Creator, journal: Iterator[tuple[CaseRecord, EntryRecord]]
) -> int:
    """Write both journals into the folder; answers how many entries each holds."""
    count = 0
    running_file, public_file = folder / names.RUNNING_JOURNAL_FILE, folder / names.PUBLIC_JOURNAL_FILE
    with (
        document(
            running_file, names.RUNNING_JOURNAL, names.RUNNING_JOURNAL_NS, names.RUNNING_JOURNAL_SCHEMA
        ) as running,
        document(public_file, names.PUBLIC_JOURNAL, names.PUBLIC_JOURNAL_NS, names.PUBLIC_JOURNAL_SCHEMA) as public,
    ):
        _write_head(running, facts, creator)
        _write_head(public, facts, creator)
        for case, entry in journal:
            count += 1
            _write_running_line(running, case, entry)
            _write_public_line(public, case, entry)
    return count


def public_party_name(party: PartyRecord, screening: Screening | None) -> str:
    """The party's name as the public may read it."""
    screened = _NAME_SCREENED_BY.get(party.party_type)
    if screening is not None and screened in screening.metadata:
        return MASK
    return mask_national_ids(party.name)


def _write_head(xml: Writer, facts: JournalFacts, creator: Creator) -> None:
    with xml.element(names.JOURNAL_HEAD):
        xml.text(names.JOURNAL_START, facts.first_date)
        xml.text(names.JOURNAL_END, facts.last_date)
        xml.text(names.JOURNAL_COUNT, facts.entry_count)
        write_creator(xml, creator)


def _write_running_line(xml: Writer, case: CaseRecord, entry: EntryRecord) -> None:
    with xml.element(names.JOURNAL_LINE):
        _write_class(xml, case)
        with xml.element(names.CASE_FILE):
            xml.text(names.CASE_YEAR, case.year)
            xml.text(names.CASE_NUMBER, case.number)
            xml.text(names.TITLE, case.title)
            xml.text(names.PUBLIC_TITLE, case.public_title)
        with xml.element(names.REGISTRY_ENTRY):
            _write_numbers(xml, entry)
            xml.text(names.TITLE, entry.title)
            xml.text(names.PUBLIC_TITLE, entry.public_title)
            _write_dates(xml, entry)
            for party in entry.parties:
                with xml.element(names.PARTY):
                    xml.text(names.PARTY_TYPE, names.PARTY_TYPES[party.party_type])
                    xml.text(names.PARTY_NAME, party.name)


def _write_public_line(xml: Writer, case: CaseRecord, entry: EntryRecord) -> None:
    with xml.element(names.JOURNAL_LINE):
        _write_class(xml, case)
        with xml.element(names.CASE_FILE):
            xml.text(names.CASE_YEAR, case.year)
            xml.text(names.CASE_NUMBER, case.number)
            xml.text(names.PUBLIC_TITLE, MASK if case.is_protected else mask_national_ids(case.public_title))
        with xml.element(names.REGISTRY_ENTRY):
            _write_numbers(xml, entry)
            xml.text(names.PUBLIC_TITLE, MASK if case.is_protected else mask_national_ids(entry.public_title))
            _write_dates(xml, entry)
            for party in entry.parties:
                with xml.element(names.PARTY):
                    xml.text(names.PARTY_TYPE, names.PARTY_TYPES[party.party_type])
                    name = MASK if case.is_protected else public_party_name(party, entry.screening)
                    xml.text(names.PARTY_NAME, name)


def _write_class(xml: Writer, case: CaseRecord) -> None:
    with xml.element(names.CLASS):
        xml.text(names.CLASS_ID, case.class_code)
        xml.text(names.TITLE, case.class_title)


def _write_numbers(xml: Writer, entry: EntryRecord) -> None:
    xml.text(names.SYSTEM_ID, entry.id)
    xml.text(names.JOURNAL_YEAR, entry.year)
    xml.text(names.JOURNAL_NUMBER, entry.number)
    xml.text(names.ENTRY_NUMBER, entry.entry_number)


def _write_dates(xml: Writer, entry: EntryRecord) -> None:
    xml.text(names.JOURNAL_DATE, entry.journal_date)
    xml.text(names.DOCUMENT_DATE, entry.document_date)
    for sign_off in entry.sign_offs[:1]:
        xml.text(names.SIGN_OFF_DATE, sign_off.signed_off_date)
        xml.text(names.SIGN_OFF_METHOD, names.SIGN_OFF_METHODS[sign_off.method])
        xml.text(names.SIGN_OFF_ANSWER, sign_off.answer_id)
    if entry.screening is not None:
        xml.text(names.RESTRICTION, names.RESTRICTIONS[entry.screening.restriction])
        xml.text(names.AUTHORITY, entry.screening.authority)
