"""Read the description as the national validator does: by position. And check that it describes what lies there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from lxml import etree

from citizen_portal.archive.noark5 import names, schemas
from citizen_portal.archive.noark5.addml import sha256_of
from citizen_portal.archive.noark5.check.findings import Findings
from citizen_portal.archive.noark5.check.leaves import LeafRules, day_of
from citizen_portal.archive.noark5.check.reading import Node

_NS: Final = f"{{{names.ADDML_NS}}}"
_FLAGS: Final = (names.HAS_SCREENING, names.HAS_EXECUTED_DISPOSAL, names.HAS_DISPOSAL, names.HAS_BUSINESS_METADATA)
_EXTRACTS: Final = frozenset(file.removesuffix(".xml") for file in names.CONTENT_FILES)


@dataclass(slots=True)
class Description:
    """What the description says; None where it says nothing that can be read."""

    is_sharp: bool = False
    start: date | None = None
    end: date | None = None
    flags: dict[str, bool] = field(default_factory=dict)
    document_file_count: int | None = None
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    """(file, element) -> how many."""


class _Reader:
    def __init__(self, deposit: Path, findings: Findings) -> None:
        self._deposit, self._findings = deposit, findings
        self._has_checksum: set[str] = set()
        self.description = Description()

    def read(self, root: etree._Element) -> None:
        self._check_empty(root)
        dataset = root.find(f"{_NS}dataset")
        period = [] if dataset is None else dataset.findall(f".//{_NS}additionalElement[@name='archivalPeriod']")
        self._read_period(period)
        outer = None if dataset is None else dataset.find(f"{_NS}dataObjects/{_NS}dataObject")
        if outer is None:
            self._misplaced("there is no extract")
            return
        self._read_info(_properties(outer))
        extracts = outer.findall(f"{_NS}dataObjects/{_NS}dataObject")
        for extract in extracts:
            self._read_extract(extract)
        for missing in sorted(_EXTRACTS - {extract.get("name", "") for extract in extracts}):
            self._add("D.09", missing, "is not described")

    def _check_empty(self, root: etree._Element) -> None:
        leaf = LeafRules(names.ADDML_FILE, self._findings)
        for element in root.iter(etree.Element):
            if not len(element) and names.local(element.tag) != "external":
                parent = element.getparent()
                leaf(
                    names.local(element.tag), element.text or "", Node("" if parent is None else parent.get("name", ""))
                )

    def _read_period(self, found: Sequence[etree._Element]) -> None:
        dates = {} if not found else {p.get("name"): day_of(_value(p)) for p in _properties(found[0])}
        self.description.start, self.description.end = dates.get("startDate"), dates.get("endDate")
        if self.description.start is None or self.description.end is None:
            self._misplaced("archivalPeriod lacks a start or an end")

    def _read_info(self, properties: Sequence[etree._Element]) -> None:
        if not properties or properties[0].get("name") != "info":
            self._misplaced("the extract's first property is not info")
            return
        inner = _properties(properties[0])
        if [p.get("name") for p in inner[:2]] != ["type", "additionalInfo"]:
            self._misplaced("the first two properties of info are not type and additionalInfo")
            return
        version = [_value(p) for p in _properties(inner[0]) if p.get("name") == "version"]
        if _value(inner[0]) != "Noark 5" or version != ["5.0"]:
            self._misplaced("the type is not Noark 5, version 5.0")
        self._read_additional(_properties(inner[1]))

    def _read_additional(self, properties: Sequence[etree._Element]) -> None:
        by_name = {p.get("name"): p for p in properties}
        self._read_boundaries(by_name.get(names.PERIOD))
        for flag in _FLAGS:
            value = _value(by_name[flag]) if flag in by_name else ""
            if value in ("true", "false"):
                self.description.flags[flag] = value == "true"
            else:
                self._misplaced(f"{flag} is neither true nor false")
        if names.DOCUMENT_FILE_COUNT in by_name:
            self.description.document_file_count = _integer(_value(by_name[names.DOCUMENT_FILE_COUNT]))

    def _read_boundaries(self, period: etree._Element | None) -> None:
        boundaries = [] if period is None else _properties(period)
        if [p.get("name") for p in boundaries[:2]] != [names.INCOMING_BOUNDARY, names.OUTGOING_BOUNDARY]:
            self._misplaced(f"{names.PERIOD} is not there with its two boundaries in order")
            return
        values = [_value(p) for p in boundaries[:2]]
        if not set(values) <= {names.SHARP, names.SOFT}:
            self._misplaced(f"a boundary is neither {names.SHARP} nor {names.SOFT}")
        self.description.is_sharp = values == [names.SHARP, names.SHARP]

    def _read_extract(self, extract: etree._Element) -> None:
        name = extract.get("name", "")
        if name not in _EXTRACTS:
            self._add("D.09", name, "is described but is none of the four extracts")
        for part in _properties(extract):
            match part.get("name"):
                case "file":
                    self._check_file(_by_name(part), f"{name}.xml", may_repeat=False)
                case "schema":
                    self._check_schema(part)
                case "info":
                    self._read_counts(f"{name}.xml", part)

    def _check_schema(self, schema: etree._Element) -> None:
        for file in _properties(schema):
            if file.get("name") == "file":
                self._check_file(_by_name(file), None, may_repeat=True)

    def _read_counts(self, file: str, info: etree._Element) -> None:
        for occurrences in _properties(info):
            count = _integer(_value(_by_name(occurrences).get("value")))
            if count is not None:
                self.description.counts[file, _value(occurrences)] = count

    def _check_file(self, facts: dict[str, etree._Element], expected: str | None, *, may_repeat: bool) -> None:
        name = _value(facts.get("name"))
        if "/" in name or "\\" in name or name in ("", ".", ".."):
            self._add("D.12", name, "is not the name of a file in the deposit")
            return
        if expected is not None and name != expected:
            self._misplaced(f"{expected} is described as {name}")
        path = self._deposit / name
        if path.is_symlink() or not path.is_file():
            self._add("N5.01", name, "is listed but missing")
            return
        checksum = _by_name(facts["checksum"]) if "checksum" in facts else {}
        algorithm, value = _value(checksum.get("algorithm")), _value(checksum.get("value"))
        if not checksum and may_repeat and name in self._has_checksum:
            return
        self._has_checksum.add(name)
        if algorithm not in (names.SHA256, "SHA256"):
            self._add("N5.02", name, "has no SHA-256 in the description")
        elif value.lower() != sha256_of(path):
            self._add("N5.02", name, "is not the file that the description was made for")

    def _misplaced(self, message: str) -> None:
        self._add("D.08", "", message)

    def _add(self, rule: str, location: str, message: str) -> None:
        self._findings.add(rule, names.ADDML_FILE, location, message)


def read(deposit: Path, root: etree._Element, findings: Findings) -> Description:
    """What the description says of the deposit, with findings where it is wrong about its files."""
    reader = _Reader(deposit, findings)
    reader.read(root)
    return reader.description


def check_files(deposit: Path, findings: Findings) -> None:
    """The extracts are there, the schemas are the official ones, and nothing else lies beside them."""
    for name in names.CONTENT_FILES:
        if not (deposit / name).is_file():
            findings.add("N5.61" if name == names.CHANGE_LOG_FILE else "N5.01", name, "", "missing")
    for schema in schemas.MANIFEST:
        if not schemas.is_official(deposit / schema.name):
            findings.add("D.01", schema.name, "", "missing or not byte for byte the official schema")
    known = {names.ADDML_FILE, *names.CONTENT_FILES, *(schema.name for schema in schemas.MANIFEST)}
    for path in sorted(deposit.iterdir()):
        if path.is_symlink():
            findings.add("D.12", path.name, "", "is a link")
        elif path.name not in known and path.name not in names.DOCUMENTS_FOLDERS:
            findings.add("D.15", path.name, "", "does not belong in a deposit")


def _properties(element: etree._Element) -> list[etree._Element]:
    return element.findall(f"{_NS}properties/{_NS}property")


def _by_name(element: etree._Element) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for child in _properties(element):
        found.setdefault(child.get("name", ""), child)
    return found


def _value(element: etree._Element | None) -> str:
    return "" if element is None else (element.findtext(f"{_NS}value") or "").strip()


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
