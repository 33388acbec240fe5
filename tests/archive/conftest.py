"""A small valid deposit, written by the product's own serialiser, for tests to break in one way each."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from citizen_portal.archive.noark5 import package
from citizen_portal.archive.noark5.records import (
    CaseRecord,
    ChangeRecord,
    ClassRecord,
    ConversionRecord,
    Creator,
    DocumentRecord,
    EntryRecord,
    FileRecord,
    FondsRecord,
    JournalFacts,
    PartyRecord,
    SignOffRecord,
    Stamp,
)
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.terms import (
    AccessRestriction,
    CaseStatus,
    DocumentRole,
    EntryStatus,
    EntryType,
    PartyType,
    ScreenedMetadata,
    SignOffMethod,
    Variant,
)
from tests.conftest import schemas_folder

_IDS = UUID("5f1d6a4e-0000-4000-8000-000000000000")
NOON = Stamp(datetime(2026, 3, 2, 11, 0, tzinfo=UTC), "Siri Haugen")
CLOSING = Stamp(datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), "Astrid Lien")
ANSWERED = date(2026, 3, 9)


def identity(name: str) -> UUID:
    """The same name gives the same id in every run."""
    return uuid5(_IDS, name)


@pytest.fixture(scope="session")
def official_schemas() -> Path:
    """The folder with the official schemas; they are not part of the repository."""
    folder = schemas_folder()
    if folder is None:
        if os.environ.get("PORTAL_REQUIRE_SCHEMAS") == "1":
            pytest.fail("the official Noark 5 schemas are required here; set PORTAL_NOARK5_SCHEMAS")
        pytest.skip("the official Noark 5 schemas are not on this machine; set PORTAL_NOARK5_SCHEMAS")
    return folder


class MemoryFiles:
    """Documents by their SHA-256."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Keep the content; answers its SHA-256."""
        digest = sha256(content).hexdigest()
        self.contents[digest] = content
        return digest

    def copy_to(self, digest: str, path: Path) -> None:
        """Write the content to the path."""
        path.write_bytes(self.contents[digest])


class SmallArchive:
    """Two cases with three entries in two leaf classes: incoming and answered, outgoing, and one that was cancelled."""

    def __init__(self) -> None:
        self.files = MemoryFiles()
        self._case = self._case_record("alarm", "31", "Trygghetsalarm", 1, screened=True)
        self._other = self._case_record("letter", "90", "Henvendelser", 2, screened=False)
        self.content: list[tuple[CaseRecord, list[EntryRecord]]] = [
            (self._case, [self._incoming(), self._outgoing()]),
            (self._other, [self._cancelled()]),
        ]

    def classes(self) -> tuple[ClassRecord, ...]:
        leaf = ClassRecord(identity("class 31"), "31", "Trygghetsalarm", NOON)
        empty = ClassRecord(identity("class 32"), "32", "Hjemmehjelp", NOON)
        other = ClassRecord(identity("class 90"), "90", "Henvendelser", NOON)
        return (ClassRecord(identity("class 3"), "3", "Helse og omsorg", NOON, (leaf, empty)), other)

    def case_files(self) -> Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]:
        return ((case, iter(entries)) for case, entries in self.content)

    def journal(self) -> Iterator[tuple[CaseRecord, EntryRecord]]:
        lines = [(case, entry) for case, entries in self.content for entry in entries]
        return iter(sorted(lines, key=lambda line: (line[1].year, line[1].number)))

    def changes(self) -> Iterator[ChangeRecord]:
        yield ChangeRecord(self._case.id, "case_file", "status", "open", "closed", CLOSING)
        yield ChangeRecord(identity("incoming"), "registry_entry", "title", "Søknad", "Søknad fra Borghild Moen", NOON)

    def plan(self) -> package.DepositPlan:
        """What the deposit is to say of itself."""
        days = [entry.journal_date for _, entries in self.content for entry in entries]
        fonds = FondsRecord(
            id=identity("fonds"),
            title="Ringebu kommunes arkiv",
            created=NOON,
            closed=CLOSING,
            creator=Creator("940864872", "Ringebu kommune"),
            series_id=identity("series"),
            series_title="Sakarkiv 2026–",
            series_created=NOON,
            start_date=date(2026, 1, 1),
            end_date=date(2026, 12, 31),
            classification_id=identity("system"),
            classification_title="Funksjoner",
            classification_kind="Funksjonsbasert, hierarkisk",
            classification_created=NOON,
        )
        return package.DepositPlan(fonds, JournalFacts(min(days), max(days), len(days)), True, True)

    def write(self, schemas: Path, out: Path) -> package.DepositResult:
        """Make the deposit."""
        return package.make_deposit(self.plan(), self, self.files, schemas, out, lambda *_: None)

    def _case_record(self, name: str, code: str, title: str, number: int, *, screened: bool) -> CaseRecord:
        return CaseRecord(
            id=identity(name),
            class_id=identity(f"class {code}"),
            class_code=code,
            class_title=title,
            year=2026,
            number=number,
            title=f"{title} – Borghild Moen",
            public_title=f"{title} – *****",
            created=NOON,
            closed=CLOSING,
            case_date=date(2026, 3, 2),
            unit_name="Hjemmetjenesten",
            responsible_name="Siri Haugen",
            status=CaseStatus.CLOSED,
            screening=_screening(ScreenedMetadata.CASE_TITLE_WORDS) if screened else None,
        )

    def _incoming(self) -> EntryRecord:
        sign_off = SignOffRecord(ANSWERED, "Siri Haugen", SignOffMethod.ANSWERED_BY_LETTER, identity("outgoing"))
        parties = (
            PartyRecord(PartyType.SENDER, "Borghild Moen", None, None),
            PartyRecord(PartyType.INTERNAL_RECIPIENT, "Hjemmetjenesten", "Hjemmetjenesten", "Siri Haugen"),
        )
        return self._entry("incoming", 1, 1, EntryType.INCOMING, parties, (sign_off,), received_at=NOON.at)

    def _outgoing(self) -> EntryRecord:
        parties = (PartyRecord(PartyType.RECIPIENT, "Borghild Moen", None, None),)
        return self._entry("outgoing", 2, 2, EntryType.OUTGOING, parties, (), sent_at=NOON.at, day=ANSWERED)

    def _cancelled(self) -> EntryRecord:
        parties = (PartyRecord(PartyType.SENDER, "Ola Stranger", None, None),)
        return self._entry("cancelled", 3, 1, EntryType.INCOMING, parties, (), status=EntryStatus.CANCELLED)

    def _entry(
        self,
        name: str,
        number: int,
        entry_number: int,
        entry_type: EntryType,
        parties: tuple[PartyRecord, ...],
        sign_offs: tuple[SignOffRecord, ...],
        *,
        status: EntryStatus = EntryStatus.ARCHIVED,
        day: date = date(2026, 3, 2),
        received_at: datetime | None = None,
        sent_at: datetime | None = None,
    ) -> EntryRecord:
        return EntryRecord(
            id=identity(name),
            created=NOON,
            archived=CLOSING,
            year=2026,
            number=number,
            entry_number=entry_number,
            entry_type=entry_type,
            status=status,
            journal_date=day,
            document_date=date(2026, 3, 1),
            received_at=received_at,
            sent_at=sent_at,
            title="Søknad fra Borghild Moen",
            public_title="Søknad fra *****",
            screening=_screening(ScreenedMetadata.ENTRY_TITLE_WORDS, ScreenedMetadata.SENDER_NAME),
            parties=parties,
            sign_offs=sign_offs,
            documents=(self._document(name, with_file=status is not EntryStatus.CANCELLED),),
        )

    def _document(self, name: str, *, with_file: bool) -> DocumentRecord:
        content = f"%PDF {name}".encode()
        conversion = ConversionRecord(NOON, "image/webp", "PDF/A-2a", "citizen-portal", None)
        file = FileRecord(
            id=identity(f"file of {name}"),
            version=1,
            variant=Variant.ARCHIVE,
            format="pdf",
            format_details="PDF/A-2a",
            created=NOON,
            path=f"dokumenter/2026/{name}.pdf",
            sha256=self.files.put(content),
            size_bytes=len(content),
            conversion=conversion,
        )
        return DocumentRecord(
            id=identity(f"document of {name}"),
            document_type="Søknad",
            title="Søknad",
            role=DocumentRole.MAIN,
            number=1,
            created=NOON,
            files=(file,) if with_file else (),
        )


def _screening(*parts: ScreenedMetadata) -> Screening:
    return Screening(AccessRestriction.EXEMPT, "offl. § 13, jf. fvl. § 13 (1) nr. 1", parts)


@pytest.fixture
def small_archive() -> SmallArchive:
    """What the valid deposit is made of."""
    return SmallArchive()


@pytest.fixture(scope="session")
def pristine_deposit(official_schemas: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The valid deposit; not to be changed."""
    out = tmp_path_factory.mktemp("deposits") / "valid"
    SmallArchive().write(official_schemas, out)
    return out


@pytest.fixture
def deposit(pristine_deposit: Path, tmp_path: Path) -> Path:
    """A copy of the valid deposit, to be broken."""
    return shutil.copytree(pristine_deposit, tmp_path / "deposit")


Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(deposit: Path) -> Edit:
    """Replace the first occurrence of a text in one of the deposit's files; it must be there."""

    def replace(file: str, old: str, new: str) -> None:
        path = deposit / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def redescribe(deposit: Path) -> Callable[[], None]:
    """Put the checksums of the changed files into the description, so that only the real breach is found."""

    def renew() -> None:
        description = deposit / "arkivuttrekk.xml"
        text = description.read_text(encoding="utf-8")
        for path in sorted(deposit.glob("*.x*")):
            marker = f"<value>{path.name}</value>"
            start = text.find(marker)
            algorithm = text.find('name="algorithm"', start)
            if start < 0 or algorithm < 0:
                continue
            value = text.index('<property name="value"', algorithm)
            begin = text.index("<value>", value) + len("<value>")
            end = text.index("</value>", begin)
            text = text[:begin] + sha256(path.read_bytes()).hexdigest() + text[end:]
        description.write_text(text, encoding="utf-8")

    return renew
