"""Writes a copy: `opplysninger.json`, `opplysninger.pdf`, and a ZIP file of both with the documents and attachments."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pydantic import BaseModel
from sqlalchemy.orm import Session

from citizen_portal import clock, documents, storage
from citizen_portal.identity.models import Person
from citizen_portal.my_data import format as f
from citizen_portal.my_data import gathering
from citizen_portal.my_data.models import DataExport, Form
from citizen_portal.my_data.readable import ReadableCopy
from citizen_portal.tenancy.models import Municipality

_CHUNK: Final = 1024 * 1024
_NAME: Final = "opplysninger"


@dataclass(frozen=True, slots=True)
class Package:
    """A copy under way in a folder. The parts are written one row at a time."""

    folder: Path
    session: Session
    person: Person
    head: f.MyData
    language: str

    @classmethod
    def of(cls, session: Session, export: DataExport, folder: Path) -> "Package":
        """A copy for the order, to be written into the folder, from what the session's snapshot shows."""
        person = session.get_one(Person, (export.municipality_id, export.person_id))
        municipality = session.get_one(Municipality, export.municipality_id)
        return cls(folder, session, person, _head(export, person, municipality), export.language)

    def write(self) -> dict[Form, Path]:
        """Write all three files."""
        json_file, pdf_file, zip_file = (self.folder / f"{_NAME}.{ending}" for ending in ("json", "pdf", "zip"))
        readable = ReadableCopy(self.language)
        with json_file.open("w", encoding="utf-8") as target:
            self._write_json(target, readable)
        pdf_file.write_bytes(documents.render(readable.as_document(self.head)))
        with ZipFile(zip_file, "w", ZIP_DEFLATED) as packed:
            packed.write(json_file, json_file.name)
            packed.write(pdf_file, pdf_file.name)
            packed.writestr("skjema.json", json.dumps(f.MyData.model_json_schema(), ensure_ascii=False, indent=1))
            for file in self._files():
                self._add_file(packed, file)
        return {Form.JSON: json_file, Form.PDF: pdf_file, Form.ZIP: zip_file}

    def _write_json(self, target: IO[str], readable: ReadableCopy) -> None:
        target.write("{")
        for name, value in self.head:
            if name not in gathering.PARTS:
                target.write(f"{json.dumps(name)}: {_as_json(value)},\n")
        for count, (name, gather) in enumerate(gathering.PARTS.items()):
            target.write(f"{',' if count else ''}\n{json.dumps(name)}: [")
            for number, record in enumerate(gather(self.session, self.person)):
                target.write(f"{',' if number else ''}\n{record.model_dump_json()}")
                readable.add(name, record)
            target.write("]")
        target.write("}\n")

    def _files(self) -> Iterator[f.FileRecord]:
        for record in gathering.entries(self.session, self.person):
            if isinstance(record, f.EntryRecord):
                yield from record.documents
        for record in gathering.messages(self.session, self.person):
            if isinstance(record, f.MessageRecord):
                yield from record.attachments

    def _add_file(self, packed: ZipFile, file: f.FileRecord) -> None:
        if file.path is None:
            return
        entry = ZipInfo(file.path, self.head.made_at.timetuple()[:6])
        entry.compress_type = ZIP_STORED  # PDF, JPEG and PNG are packed already
        with packed.open(entry, "w", force_zip64=True) as target:
            for piece in storage.files().open(file.sha256):
                target.write(piece)


def _head(export: DataExport, person: Person, municipality: Municipality) -> f.MyData:
    return f.MyData(
        format=f.NAME,
        version=f.VERSION,
        id=str(export.id),
        made_at=clock.now(),
        municipality=f.Municipality(
            name=municipality.name,
            organisation_number=municipality.organisation_number,
            email=municipality.email,
            phone=municipality.phone,
        ),
        person=gathering.about(person),
        **{part: [] for part in gathering.PARTS},
    )


def _as_json(value: object) -> str:
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    return json.dumps(value if isinstance(value, str) else value.isoformat(), ensure_ascii=False)  # type: ignore[attr-defined]
