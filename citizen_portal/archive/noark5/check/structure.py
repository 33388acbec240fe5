"""Rules about the archive's structure."""

import re
from pathlib import PurePosixPath
from typing import Final

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.check.description import Description
from citizen_portal.archive.noark5.check.findings import Findings
from citizen_portal.archive.noark5.check.index import Index
from citizen_portal.archive.noark5.check.leaves import LeafRules, day_of
from citizen_portal.archive.noark5.check.reading import Extract, Node
from citizen_portal.journal.terms import EntryStatus, ScreenedDocument, ScreenedMetadata, Variant

CONTAINERS: Final = frozenset(
    {names.FONDS, names.SERIES, names.CLASSIFICATION_SYSTEM, names.CLASS, names.FOLDER, names.RECORD}
)
_XML_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,7})?(?:Z|[+-]\d\d:\d\d)?)?")
_CANCELLED: Final = names.ENTRY_STATUSES[EntryStatus.CANCELLED]
_SELECTED_WORDS: Final = frozenset(
    names.SCREENED_PARTS[part] for part in (ScreenedMetadata.CASE_TITLE_WORDS, ScreenedMetadata.ENTRY_TITLE_WORDS)
)


class StructureRules:
    """Reads the structure once; what must be compared with other files goes into the index."""

    def __init__(self, extract: Extract, description: Description, index: Index, findings: Findings) -> None:
        self._extract, self._description, self._index, self._findings = extract, description, index, findings
        self.folders = self.records = self.entries = 0
        self.first_date = self.last_date = ""
        self._seen: set[str] = set()
        self._in_class: dict[int, set[str]] = {}

    def run(self) -> None:
        """Read the structure and check it."""
        leaf = LeafRules(self._extract.file, self._findings)
        checks = {
            names.RECORD: self._check_record,
            names.FOLDER: self._check_folder,
            names.CLASS: self._check_class,
            names.SERIES: self._check_series,
            names.DOCUMENT_DESCRIPTION: self._check_document,
            names.DOCUMENT_OBJECT: self._check_object,
        }
        for node in self._extract.groups(leaf, CONTAINERS):
            self._seen.add(node.name)
            self._index_node(node)
            if node.name in checks:
                checks[node.name](node)
        self._compare_with_description()

    def _index_node(self, node: Node) -> None:
        identity = node.value(names.SYSTEM_ID)
        if identity:
            self._index.add_object(identity, node.name, node.location)
        for name in node.values.keys() & names.REFERENCES - names.IN_OTHER_EXTRACTS:
            for target in node.values[name]:
                self._index.add_reference(name, target.strip(), self._extract.file, self._owner(node).location)

    def _check_series(self, node: Node) -> None:
        self._demand_final(node, names.SERIES_STATUS, "D.10")

    def _check_class(self, node: Node) -> None:
        inside = self._in_class.pop(len(self._extract.stack), set())
        if names.CLASS in inside and names.FOLDER in inside:
            self._add("N5.12", node, "has both subclasses and folders")
        if names.CLASS in inside and names.RECORD in inside:
            self._add("N5.19", node, "has both subclasses and registrations")
        self._note_in_class(names.CLASS)

    def _check_folder(self, node: Node) -> None:
        self.folders += 1
        self._note_in_class(names.FOLDER)
        if node.xsi_type == names.CASE_FILE:
            self._demand_final(node, names.CASE_STATUS, "N5.15")
        self._check_public_title(node)

    def _check_record(self, node: Node) -> None:
        self.records += 1
        self._note_in_class(names.RECORD)
        if not any(ancestor.name == names.FOLDER for ancestor in self._extract.stack):
            self._add("N5.24", node, "lies outside any folder")
        created = node.value(names.CREATED_AT) or ""
        if not _XML_TIME.fullmatch(created) or day_of(created) is None:
            self._add("N5.27", node, f"{names.CREATED_AT} cannot be read: {created!r}")
        self._check_period(node, names.CREATED_AT)
        self._check_public_title(node)
        if node.xsi_type == names.REGISTRY_ENTRY:
            self._check_entry(node)

    def _check_entry(self, node: Node) -> None:
        self.entries += 1
        if not node.value(names.ENTRY_TYPE):
            self._add("N5.17", node, f"has no {names.ENTRY_TYPE}")
        self._demand_final(node, names.ENTRY_STATUS, "N5.22")
        if not node.groups.get(names.PARTY):
            self._add("D.05", node, f"has no {names.PARTY}")
        self._check_period(node, names.JOURNAL_DATE)
        journal_date = node.value(names.JOURNAL_DATE)
        if journal_date:
            self.first_date = min(self.first_date or journal_date, journal_date)
            self.last_date = max(self.last_date, journal_date)
        self._index.add_journal_line(names.STRUCTURE_FILE, node.value(names.SYSTEM_ID) or "", self.entries)
        documents = node.groups.get(names.DOCUMENT_DESCRIPTION, [])
        if node.value(names.ENTRY_STATUS) == _CANCELLED and any(d.groups.get(names.DOCUMENT_OBJECT) for d in documents):
            self._add("D.13", node, "is cancelled, but its files are delivered")

    def _check_document(self, node: Node) -> None:
        self._demand_final(node, names.DOCUMENT_STATUS, "N5.25")
        redacted = names.VARIANTS[Variant.REDACTED]
        objects = node.groups.get(names.DOCUMENT_OBJECT, [])
        around = self._extract.stack[-1:]
        screenings = [screening for owner in (node, *around) for screening in owner.groups.get(names.SCREENING, [])]
        partly = names.SCREENED_DOCUMENTS[ScreenedDocument.PARTLY]
        if (
            objects
            and any(screening.value(names.SCREENED_DOCUMENT) == partly for screening in screenings)
            and not any(found.value(names.VARIANT) == redacted for found in objects)
        ):
            self._add("D.18", node, "is screened in part, but has no redacted variant")

    def _check_object(self, node: Node) -> None:
        reference = node.value(names.FILE_REFERENCE) or ""
        extension = PurePosixPath(reference).suffix.removeprefix(".")
        form = node.value(names.FORMAT) or ""
        if not extension or form.lower() != extension.lower():
            self._add("N5.29", node, f"{names.FORMAT} is {form!r}, the file is {reference!r}")
        if node.value(names.VARIANT) == names.VARIANTS[Variant.PRODUCTION]:
            self._add("D.13", node, "is a production file")
        self._check_period(node, names.CREATED_AT)
        if not is_inside(reference):
            self._add("D.12", node, f"{reference!r} does not stay inside the deposit's documents")
            return
        checksum, size = node.value(names.CHECKSUM) or "", node.value(names.FILE_SIZE) or ""
        self._index.add_file_reference(reference, checksum, size, node.location)

    def _check_public_title(self, node: Node) -> None:
        screened = {
            part.strip()
            for s in node.groups.get(names.SCREENING, [])
            for part in s.values.get(names.SCREENED_METADATA, [])
        }
        if screened & _SELECTED_WORDS and not node.value(names.PUBLIC_TITLE):
            self._add("D.18", node, f"has screened words in its title, but no {names.PUBLIC_TITLE}")

    def _check_period(self, node: Node, name: str) -> None:
        start, end, day = self._description.start, self._description.end, day_of(node.value(name))
        if day is not None and start is not None and end is not None and not start <= day <= end:
            self._add("D.11", node, f"{name} {day} lies outside the archival period")

    def _compare_with_description(self) -> None:
        for rule, element, count in (("N5.10", names.FOLDER, self.folders), ("N5.16", names.RECORD, self.records)):
            said = self._description.counts.get((self._extract.file, element))
            if said != count:
                self._findings.add(rule, self._extract.file, "", f"{count} {element}, the description says {said}")
        for rule, flag, element in (
            ("N5.42", names.HAS_SCREENING, names.SCREENING),
            ("N5.44", names.HAS_DISPOSAL, names.DISPOSAL),
            ("N5.45", names.HAS_EXECUTED_DISPOSAL, names.EXECUTED_DISPOSAL),
        ):
            if self._description.flags.get(flag, False) != (element in self._seen):
                self._findings.add(
                    rule, names.ADDML_FILE, flag, f"{element} is {'' if element in self._seen else 'not '}there"
                )

    def _demand_final(self, node: Node, name: str, rule: str) -> None:
        value = node.value(name)
        if value not in names.FINAL_VALUES[name]:
            self._add(rule, node, f"{name} is {value!r}, not {' or '.join(names.FINAL_VALUES[name])}")

    def _note_in_class(self, name: str) -> None:
        depth = len(self._extract.stack)
        if depth and self._extract.stack[-1].name == names.CLASS:
            self._in_class.setdefault(depth - 1, set()).add(name)

    def _owner(self, node: Node) -> Node:
        """The node itself if it has a systemID, else the nearest around it that has."""
        chain = (node, *reversed(self._extract.stack))
        return next((candidate for candidate in chain if candidate.value(names.SYSTEM_ID)), node)

    def _add(self, rule: str, node: Node, message: str) -> None:
        self._findings.add(rule, self._extract.file, node.location, message)


def is_inside(reference: str) -> bool:
    """Whether a file reference is a plain relative path into the folder of documents."""
    parts = reference.split("/")
    return (
        len(parts) > 1
        and parts[0] in names.DOCUMENTS_FOLDERS
        and not any(part in ("", ".", "..") or "\\" in part or "\x00" in part for part in parts)
    )
