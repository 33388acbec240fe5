"""Files kept by their content: a folder on this machine by default, any S3 store by URL.

A file's key is the SHA-256 of its bytes, below the municipality that owns it (`{municipality}/ab/cd/abcd…`). So one
content is stored once per municipality, nothing is ever overwritten with something else, every reading can be
verified, and no municipality can reach another's file even when it knows the hash.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

import obstore
from obstore.store import LocalStore, MemoryStore, S3Store

from citizen_portal.db import current_municipality_id

if TYPE_CHECKING:
    from obstore.store import S3Config

_CHUNK = 1024 * 1024
_IN_MEMORY = 8 * _CHUNK
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OWNER = re.compile(r"[0-9A-Za-z-]{1,64}")
_UNFINISHED = "unfinished"


class StorageError(Exception):
    """The store does not hold what the database says that it holds: an operator must look."""


class MissingFile(StorageError):
    """No file with this hash is stored for this municipality."""


class CorruptFile(StorageError):
    """The stored bytes no longer have the hash that they were stored under."""


@dataclass(frozen=True)
class StoredFile:
    """What to remember of a stored file: its SHA-256 in lower-case hexadecimal and its size in bytes."""

    sha256: str
    size: int


class Storage:
    """Where files lie.

    `url` is `file:///an/absolute/folder` (made if missing, mode 0700), `s3://bucket/prefix`, or `memory:///` for
    tests. `s3_options` are obstore's S3 settings (`endpoint`, `region`, `access_key_id`, `secret_access_key`, …).
    Raises ValueError for any other URL.
    """

    def __init__(self, url: str, *, s3_options: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._folder: Path | None = None
        self._store: LocalStore | MemoryStore | S3Store
        if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
            self._folder = Path(unquote(parts.path))
            _make_private_folder(self._folder)
            self._store = LocalStore(self._folder)
        elif parts.scheme == "s3" and parts.netloc:
            self._store = S3Store.from_url(url, config=cast("S3Config", dict(s3_options or {})))
        elif parts.scheme == "memory":
            self._store = MemoryStore()
        else:
            raise ValueError(f"a storage URL starts with file:/// or s3://, not {parts.scheme}://{parts.netloc}")

    def for_municipality(self, municipality_id: UUID | str) -> "MunicipalityFiles":
        """The files of one municipality; the only way to any file."""
        owner = str(municipality_id)
        if not _OWNER.fullmatch(owner) or owner == _UNFINISHED:
            raise ValueError("a municipality's id is letters, digits and hyphens")
        return MunicipalityFiles(self._store, self._folder, owner)

    def discard_unfinished(self, before: datetime) -> int:
        """Remove what a killed process left half written before `before` (aware); answers how many files."""
        if self._folder is None:
            return 0
        found = [path for path in _unfinished(self._folder).iterdir() if path.stat().st_mtime < before.timestamp()]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)


_storage: Storage | None = None


def configure(url: str) -> None:
    """Let this process keep its files at `url`, as `db.configure` does for the database."""
    global _storage  # one store per process is the point
    _storage = Storage(url)


def files() -> "MunicipalityFiles":
    """The files of the current municipality. Raises RuntimeError before `configure`, NoMunicipality outside any."""
    if _storage is None:
        raise RuntimeError("storage.configure was not called")
    return _storage.for_municipality(str(current_municipality_id()))


def passing_files() -> "MunicipalityFiles":
    """The current municipality's files that are kept for some days only, apart from those that last.

    What lies here shares its content with nothing that is archived, so `discard` can take it away by its age alone.
    """
    if _storage is None:
        raise RuntimeError("storage.configure was not called")
    return _storage.for_municipality(f"{current_municipality_id()}-passing")


class MunicipalityFiles:
    """The files of one municipality, by content. Made by `Storage.for_municipality`."""

    def __init__(self, store: LocalStore | MemoryStore | S3Store, folder: Path | None, owner: str) -> None:
        self._store, self._folder, self._owner = store, folder, owner

    def put(self, data: bytes | BinaryIO) -> StoredFile:
        """Store the bytes, or what is left to read of the stream; stored content stays as it is.

        When this returns, the file is on disk: it survives the process and the power (for S3: the store's answer).
        """
        source = BytesIO(data) if isinstance(data, bytes) else data
        with _spool(self._folder) as spool:
            stored = _copy(source, spool)
            key = self._key(stored.sha256)
            if self._folder is not None:
                _keep(self._folder, key, spool, stored.size)
            else:  # also when it is there: it is new again, so that `remove` leaves it
                spool.seek(0)
                obstore.put(self._store, key, spool)
        return stored

    def open(self, sha256: str) -> Iterator[bytes]:
        """The file in pieces of about 1 MB. Raises MissingFile at once, and CorruptFile after the last piece."""
        try:
            found = obstore.get(self._store, self._key(sha256))
        except FileNotFoundError:
            raise MissingFile(sha256) from None
        return _verified((bytes(piece) for piece in found.stream(_CHUNK)), sha256)

    def read(self, sha256: str) -> bytes:
        """The whole file, verified before a byte of it is handed out. Raises MissingFile or CorruptFile."""
        return b"".join(self.open(sha256))

    def copy_to(self, sha256: str, path: Path) -> None:
        """Write the verified file to `path` (mode 0600); on MissingFile or CorruptFile nothing is at `path`."""
        pieces = self.open(sha256)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as copy:
            try:
                copy.writelines(pieces)
                Path(copy.name).replace(path)
            except BaseException:
                Path(copy.name).unlink()
                raise

    def remove(self, sha256: str, *, unless_put_since: datetime) -> bool:
        """Remove a file that the database names no more; whether it is gone. Again is no change.

        It stays when somebody has put the same content since the moment (aware): she is about to name it.
        """
        key = self._key(sha256)
        if self._folder is not None:
            return _remove(self._folder, key, unless_put_since)
        try:
            is_new = obstore.head(self._store, key)["last_modified"] >= unless_put_since
        except FileNotFoundError:
            return True
        if not is_new:
            obstore.delete(self._store, key)
        return not is_new

    def exists(self, sha256: str) -> bool:
        """Whether a file with this hash is stored. Its bytes are not read."""
        return self._size(self._key(sha256)) is not None

    def discard(self, before: datetime) -> int:
        """Remove the files that were stored before `before` (aware); answers how many. For `passing_files` only."""
        if not self._owner.endswith("-passing"):
            raise ValueError("what is archived is never removed")
        found = [
            file["path"]
            for page in obstore.list(self._store, prefix=f"{self._owner}/")
            for file in page
            if file["last_modified"] < before
        ]
        if found:
            obstore.delete(self._store, found)
        return len(found)

    def _key(self, sha256: str) -> str:
        if not _SHA256.fullmatch(sha256):
            raise ValueError("a file is named by 64 lower-case hexadecimal digits")
        return f"{self._owner}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _size(self, key: str) -> int | None:
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            return None


@contextmanager
def _spool(folder: Path | None) -> Iterator[IO[bytes]]:
    """A private place for the bytes while their hash, and so their name, is not known yet."""
    if folder is None:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
            yield spool
        return
    # In the same file system as the files, so that one rename publishes it.
    with tempfile.NamedTemporaryFile(dir=_unfinished(folder), delete=False) as staged:
        try:
            yield staged
        finally:
            Path(staged.name).unlink(missing_ok=True)


def _copy(source: IO[bytes], target: IO[bytes]) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_CHUNK):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
    return StoredFile(digest.hexdigest(), size)


def _verified(pieces: Iterator[bytes], sha256: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    if digest.hexdigest() != sha256:
        raise CorruptFile(sha256)


def _keep(folder: Path, key: str, spool: IO[bytes], size: int) -> None:
    """Publish the staged file under its key, durably.

    obstore's LocalStore renames a finished file into place but never calls fsync, and gives it the mode of the
    umask; so a local folder is written here and only read through obstore.
    """
    path = folder / key
    _make_private_folder(path.parent)
    if not _is_renewed(path, size):
        spool.flush()
        os.fsync(spool.fileno())
        Path(spool.name).replace(path)
    # Also when the file was there: whoever put it may not have come this far yet.
    for level in (path.parent, *path.parent.parents):
        _sync_folder(level)
        if level == folder:
            break


def _is_renewed(path: Path, size: int) -> bool:
    """Whether the whole file is there; it counts as put now. A torn one of another size is not it."""
    try:
        os.utime(path)
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _remove(folder: Path, key: str, unless_put_since: datetime) -> bool:
    """Take an old file aside and look at its age once more: whoever puts the content from then on stores it anew."""
    path = folder / key
    aside = _unfinished(folder) / f"{path.name}-{os.getpid()}"

    def is_new(file: Path) -> bool:
        return file.stat().st_mtime >= unless_put_since.timestamp()

    try:
        if is_new(path):
            return False
        path.replace(aside)
    except FileNotFoundError:
        return True
    if is_new(aside):
        aside.replace(path)
        return False
    aside.unlink()
    return True


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unfinished(folder: Path) -> Path:
    path = folder / _UNFINISHED
    _make_private_folder(path)
    return path


def _make_private_folder(path: Path) -> None:
    """Make the folder and those above it that are missing, for the owner only (mkdir's own `parents` is not)."""
    if not path.is_dir():
        _make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
