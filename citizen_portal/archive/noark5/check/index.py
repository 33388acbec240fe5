"""What must be compared across a deposit: identifiers, references and files, on disk so that memory stays flat."""

import sqlite3
from collections.abc import Iterator
from typing import Final

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16000;
CREATE TABLE object (id TEXT, level TEXT, location TEXT);
CREATE TABLE reference (name TEXT, target TEXT, file TEXT, location TEXT);
CREATE TABLE found_file (path TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;
CREATE TABLE file_reference (path TEXT, sha256 TEXT, size TEXT, location TEXT);
CREATE TABLE journal_line (journal TEXT, id TEXT, position INTEGER);
"""
_INDEXES: Final = """
CREATE INDEX object_id ON object (id);
CREATE INDEX file_reference_path ON file_reference (path);
CREATE INDEX journal_line_id ON journal_line (id);
"""


class Index:
    """A scratch database, gone when closed. `None` texts are stored as empty."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Remove it."""
        self._database.close()

    def add_object(self, identity: str, level: str, location: str) -> None:
        """An object with a systemID."""
        self._database.execute("INSERT INTO object VALUES (?, ?, ?)", (identity, level, location))

    def add_reference(self, name: str, target: str, file: str, location: str) -> None:
        """A reference to a systemID."""
        self._database.execute("INSERT INTO reference VALUES (?, ?, ?, ?)", (name, target, file, location))

    def add_found_file(self, path: str, size: int) -> None:
        """A file that lies in the deposit."""
        self._database.execute("INSERT OR IGNORE INTO found_file VALUES (?, ?)", (path, size))

    def add_file_reference(self, path: str, sha256: str, size: str, location: str) -> None:
        """A document object's reference to a file."""
        self._database.execute("INSERT INTO file_reference VALUES (?, ?, ?, ?)", (path, sha256, size, location))

    def add_journal_line(self, journal: str, identity: str, position: int) -> None:
        """A line of one of the journals, or an entry of the structure."""
        self._database.execute("INSERT INTO journal_line VALUES (?, ?, ?)", (journal, identity, position))

    def settle(self) -> None:
        """Everything is added; questions follow."""
        self._database.execute("COMMIT")
        self._database.executescript(_INDEXES)

    def duplicates(self) -> Iterator[tuple[str, int, str]]:
        """Identifiers used more than once: the identifier, how often, one place."""
        yield from self._database.execute(
            "SELECT id, count(*), min(location) FROM object GROUP BY id HAVING count(*) > 1 ORDER BY id"
        )

    def dangling(self, name: str, level: str | None = None) -> Iterator[tuple[str, str, str]]:
        """References of that name whose target is no object (of the level): target, file, location."""
        yield from self._database.execute(
            "SELECT target, file, location FROM reference WHERE name = :name AND NOT EXISTS "
            "(SELECT 1 FROM object WHERE id = target AND (:level IS NULL OR level = :level))",
            {"name": name, "level": level},
        )

    def missing_files(self) -> Iterator[tuple[str, str]]:
        """Referred to but not there: path, location."""
        yield from self._database.execute(
            "SELECT path, location FROM file_reference WHERE path NOT IN (SELECT path FROM found_file)"
        )

    def unreferenced_files(self) -> Iterator[str]:
        """There but not referred to."""
        query = "SELECT path FROM found_file WHERE path NOT IN (SELECT path FROM file_reference) ORDER BY path"
        for (path,) in self._database.execute(query):
            yield path

    def referenced_files(self) -> Iterator[tuple[str, int, str, str, str]]:
        """Files that are there, once per reference: path, real size, claimed SHA-256, claimed size, location."""
        yield from self._database.execute(
            "SELECT path, found_file.size, sha256, file_reference.size, location "
            "FROM file_reference JOIN found_file USING (path) ORDER BY path"
        )

    def file_count(self) -> int:
        """How many files lie in the deposit."""
        (count,) = self._database.execute("SELECT count(*) FROM found_file").fetchone()
        return int(count)

    def only_in(self, journal: str, other: str) -> Iterator[str]:
        """Identifiers in one journal that the other lacks."""
        query = (
            "SELECT id FROM journal_line WHERE journal = ? "
            "EXCEPT SELECT id FROM journal_line WHERE journal = ? ORDER BY id"
        )
        for (identity,) in self._database.execute(query, (journal, other)):
            yield identity
