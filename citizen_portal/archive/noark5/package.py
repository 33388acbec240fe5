"""Make a whole deposit in a folder: extracts, schemas, documents, description. All or nothing."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, Protocol

from citizen_portal.archive.noark5 import names, schemas
from citizen_portal.archive.noark5.addml import ExtractFacts, sha256_of, write_description
from citizen_portal.archive.noark5.journals import write_journals
from citizen_portal.archive.noark5.records import CaseRecord, DepositSource, EntryRecord, FondsRecord, JournalFacts
from citizen_portal.archive.noark5.serialise import write_change_log, write_structure
from citizen_portal.errors import Conflict, DomainError

_REPORT_EVERY: Final = 500


class EmptyPeriod(DomainError):
    """No entry was journaled in the period: the journals of a deposit cannot be empty, so there is no deposit."""


class OutputExists(Conflict):
    """Something is already there where the deposit should go; nothing is overwritten."""


class MovingSource(RuntimeError):
    """The source gave different entries each time it was read: a programming error."""


class FileSource(Protocol):
    """Where the documents' files come from: `storage.MunicipalityFiles` is one."""

    def copy_to(self, sha256: str, path: Path) -> None:
        """Write the file, verified, to the path."""
        ...


Progress = Callable[[str, int, int], None]
"""Told the name of the step, how many entries are done and how many there are."""


@dataclass(frozen=True, slots=True)
class DepositPlan:
    """What is known before the first line is written."""

    fonds: FondsRecord
    journal: JournalFacts
    is_sharp_at_start: bool
    is_sharp_at_end: bool


@dataclass(frozen=True, slots=True)
class DepositCounts:
    """What the deposit holds."""

    case_files: int
    entries: int
    document_files: int
    changes: int


@dataclass(frozen=True, slots=True)
class DepositResult:
    """Where the deposit is, the SHA-256 of its description (which holds those of all else), and what is in it."""

    path: Path
    sha256: str
    start: date
    end: date
    counts: DepositCounts


class _Tally:
    """Counts what passes by on its way into the structure, and delivers its files."""

    def __init__(self, folder: Path, files: FileSource, total: int, progress: Progress) -> None:
        self.case_files = self.entries = self.files = 0
        self.has_screening = False
        self._folder, self._source, self._total, self._progress = folder, files, total, progress

    def watch(
        self, case_files: Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]
    ) -> Iterator[tuple[CaseRecord, Iterator[EntryRecord]]]:
        for case, entries in case_files:
            self.case_files += 1
            self.has_screening = self.has_screening or case.screening is not None
            yield case, self._watch_entries(entries)

    def _watch_entries(self, entries: Iterator[EntryRecord]) -> Iterator[EntryRecord]:
        for entry in entries:
            self.entries += 1
            self.has_screening = self.has_screening or entry.screening is not None
            for document in entry.documents:
                for file in document.files:
                    self._deliver(file.sha256, self._folder / file.path)
            if self.entries % _REPORT_EVERY == 0 or self.entries == self._total:
                self._progress(names.STRUCTURE_FILE, self.entries, self._total)
            yield entry

    def _deliver(self, sha256: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._source.copy_to(sha256, path)
        path.chmod(0o644)
        self.files += 1


def make_deposit(
    plan: DepositPlan,
    source: DepositSource,
    files: FileSource,
    schema_folder: Path | None,
    out: Path,
    progress: Progress,
) -> DepositResult:
    """Write the deposit beside `out` and rename it into place when it is complete and on disk.

    Raises:
        OutputExists: `out` exists and is not an empty folder.
        UnofficialSchema: the folder of schemas lacks one, or one differs from the official bytes.
    """
    schema_folder = schemas.demand_all(schema_folder)
    with _staged(out) as folder:
        for schema in schemas.MANIFEST:
            (folder / schema.name).write_bytes(schemas.official_content(schema_folder, schema.name))
        counts, has_screening = _write_extracts(plan, source, files, folder, progress)
        write_description(folder, _facts(plan, counts, has_screening=has_screening))
        sha256 = sha256_of(folder / names.ADDML_FILE)
        _sync(folder)
    return DepositResult(out, sha256, plan.fonds.start_date, plan.fonds.end_date, counts)


def _write_extracts(
    plan: DepositPlan, source: DepositSource, files: FileSource, folder: Path, progress: Progress
) -> tuple[DepositCounts, bool]:
    total = plan.journal.entry_count
    tally = _Tally(folder, files, total, progress)
    (folder / names.DOCUMENTS_FOLDER).mkdir()
    write_structure(folder / names.STRUCTURE_FILE, plan.fonds, source.classes(), tally.watch(source.case_files()))
    changes = write_change_log(folder / names.CHANGE_LOG_FILE, source.changes())
    progress(names.CHANGE_LOG_FILE, changes, changes)
    journaled = write_journals(folder, plan.journal, plan.fonds.creator, source.journal())
    progress(names.RUNNING_JOURNAL_FILE, journaled, total)
    if not tally.entries == journaled == total:
        raise MovingSource
    return DepositCounts(tally.case_files, tally.entries, tally.files, changes), tally.has_screening


def _facts(plan: DepositPlan, counts: DepositCounts, *, has_screening: bool) -> ExtractFacts:
    return ExtractFacts(
        creator_name=plan.fonds.creator.name,
        archive_title=plan.fonds.title,
        start_date=plan.fonds.start_date,
        end_date=plan.fonds.end_date,
        is_sharp_at_start=plan.is_sharp_at_start,
        is_sharp_at_end=plan.is_sharp_at_end,
        has_screening=has_screening,
        document_file_count=counts.document_files,
        counts={
            names.STRUCTURE_FILE: {names.FOLDER: counts.case_files, names.RECORD: counts.entries},
            names.CHANGE_LOG_FILE: {names.CHANGE: counts.changes},
            names.RUNNING_JOURNAL_FILE: {names.JOURNAL_LINE: counts.entries},
            names.PUBLIC_JOURNAL_FILE: {names.JOURNAL_LINE: counts.entries},
        },
    )


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` that becomes `out` when the block ends well, and vanishes when it does not."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputExists(str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        yield folder
        folder.chmod(0o755)
        folder.replace(out)
        _sync_folder(out.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _sync(folder: Path) -> None:
    """Have everything below the folder on disk before it gets its name."""
    for parent, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(parent, name), "rb") as file:  # noqa: PTH118, PTH123  one Path a file adds up
                os.fsync(file.fileno())
        _sync_folder(Path(parent))


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
