"""Write `arkivuttrekk.xml`: the description of the deposit in ADDML 8.3.

Structure and order follow the template that every deposit must use: the national validator reads its properties by
position, and knows the four extracts only.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.xml import Writer, document

_PRODUCT = "Innbyggerportal (citizen-portal)"
_VERSION = "5.0"


@dataclass(frozen=True, slots=True)
class ExtractFacts:
    """What the description says of the whole deposit."""

    creator_name: str
    archive_title: str
    start_date: date
    end_date: date
    is_sharp_at_start: bool
    """No case file of this deposit has entries before the period."""
    is_sharp_at_end: bool
    """No case file of this deposit goes on after the period."""
    has_screening: bool
    document_file_count: int
    counts: dict[str, dict[str, int]]
    """File name -> element name -> how many."""


def write_description(folder: Path, facts: ExtractFacts) -> None:
    """Write the description of the extracts and schemas that lie in the folder, with their checksums."""
    with (
        document(folder / names.ADDML_FILE, "addml", names.ADDML_NS, names.ADDML_SCHEMA, name=names.EXTRACT) as xml,
        xml.element("dataset"),
    ):
        xml.text("description", names.EXTRACT)
        _write_reference(xml, facts)
        with xml.element("dataObjects"), xml.element("dataObject", name=names.EXTRACT):
            with xml.element("properties"):
                _write_info(xml, facts)
            with xml.element("dataObjects"):
                for position, file_name in enumerate(names.CONTENT_FILES):
                    _write_extract(xml, folder, file_name, facts.counts[file_name], is_first=position == 0)


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_reference(xml: Writer, facts: ExtractFacts) -> None:
    with xml.element("reference"):
        with xml.element("context"), xml.element("additionalElements"):
            with xml.element("additionalElement", name="recordCreators"), xml.element("additionalElements"):
                _additional(xml, "recordCreator", facts.creator_name)
            _additional(xml, "systemType", names.SYSTEM_TYPE)
            _additional(xml, "systemName", _PRODUCT)
            _additional(xml, "archive", facts.archive_title)
        period = xml.element("additionalElement", name="archivalPeriod")
        with xml.element("content"), xml.element("additionalElements"), period, xml.element("properties"):
            _property(xml, "startDate", facts.start_date)
            _property(xml, "endDate", facts.end_date)


def _write_info(xml: Writer, facts: ExtractFacts) -> None:
    with _group(xml, "info"):
        with _group(xml, "type", "Noark 5"):
            _property(xml, "version", _VERSION)
        with _group(xml, "additionalInfo"):
            with _group(xml, names.PERIOD):
                _property(xml, names.INCOMING_BOUNDARY, names.SHARP if facts.is_sharp_at_start else names.SOFT)
                _property(xml, names.OUTGOING_BOUNDARY, names.SHARP if facts.is_sharp_at_end else names.SOFT)
            _property(xml, names.HAS_SCREENING, facts.has_screening, data_type="boolean")
            _property(xml, names.HAS_EXECUTED_DISPOSAL, value=False, data_type="boolean")
            _property(xml, names.HAS_DISPOSAL, value=False, data_type="boolean")
            _property(xml, names.HAS_BUSINESS_METADATA, value=False, data_type="boolean")
            _property(xml, names.DOCUMENT_FILE_COUNT, facts.document_file_count, data_type="integer")


def _write_extract(xml: Writer, folder: Path, file_name: str, counts: dict[str, int], *, is_first: bool) -> None:
    """Describe one extract. The catalogue of metadata is described with the first, and only named with the others."""
    with xml.element("dataObject", name=file_name.removesuffix(".xml")), xml.element("properties"):
        _write_file(xml, folder / file_name)
        _write_schema(xml, folder / names.SCHEMA_OF[file_name], "main")
        if is_first:
            _write_schema(xml, folder / names.CATALOGUE_SCHEMA, None)
        else:
            with _group(xml, "schema"), _group(xml, "file"):
                _property(xml, "name", names.CATALOGUE_SCHEMA)
        with _group(xml, "info"):
            for element in names.COUNTED[file_name]:
                with _group(xml, "numberOfOccurrences", element):
                    _property(xml, "elementPath", f"//{element}")
                    _property(xml, "value", counts[element], data_type="integer")


def _write_schema(xml: Writer, path: Path, part: str | None) -> None:
    with _group(xml, "schema", part):
        _write_file(xml, path)
        with _group(xml, "type", "XML Schema"):
            _property(xml, "version", "1.0")


def _write_file(xml: Writer, path: Path) -> None:
    with _group(xml, "file"):
        _property(xml, "name", path.name)
        with _group(xml, "format", "XML"):
            _property(xml, "version", "1.0")
        with _group(xml, "checksum"):
            _property(xml, "algorithm", names.SHA256)
            _property(xml, "value", sha256_of(path))


@contextmanager
def _group(xml: Writer, name: str, value: str | None = None) -> Iterator[None]:
    """A property that holds properties, and perhaps a value before them."""
    with xml.element("property", name=name):
        xml.text("value", value)
        with xml.element("properties"):
            yield


def _property(xml: Writer, name: str, value: object, *, data_type: str | None = None) -> None:
    attributes = {"name": name} if data_type is None else {"dataType": data_type, "name": name}
    with xml.element("property", **attributes):
        xml.text("value", value)


def _additional(xml: Writer, name: str, value: object) -> None:
    with xml.element("additionalElement", name=name):
        xml.text("value", value)
