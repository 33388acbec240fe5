"""Files: what Kari was told is saved is there, is what she sent, and is only her municipality's."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest

from citizen_portal.storage import CorruptFile, MissingFile, MunicipalityFiles, Storage

LETTER = b"Kjaere Borghild"
RINGEBU, NORD_FRON = uuid4(), uuid4()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "files with space"


@pytest.fixture
def storage(folder: Path) -> Storage:
    return Storage(folder.as_uri())


@pytest.fixture(params=["folder", "object store"])
def files(request: pytest.FixtureRequest, storage: Storage) -> MunicipalityFiles:
    kept = storage if request.param == "folder" else Storage("memory:///")
    return kept.for_municipality(RINGEBU)


def _path(folder: Path, sha256: str) -> Path:
    return folder / str(RINGEBU) / sha256[:2] / sha256[2:4] / sha256


def test_what_was_put_is_read_back_by_its_hash(files: MunicipalityFiles) -> None:
    stored = files.put(LETTER)
    assert stored.sha256 == hashlib.sha256(LETTER).hexdigest()
    assert stored.size == len(LETTER)
    assert files.read(stored.sha256) == LETTER
    assert files.exists(stored.sha256)


def test_a_large_stream_is_kept_piece_by_piece(storage: Storage) -> None:
    files = storage.for_municipality(RINGEBU)
    data = os.urandom(1024) * 20_000
    stored = files.put(BytesIO(data))
    pieces = list(files.open(stored.sha256))
    assert len(pieces) > 5
    assert b"".join(pieces) == data


def test_nothing_is_also_a_file(files: MunicipalityFiles) -> None:
    assert files.read(files.put(b"").sha256) == b""


def test_a_file_nobody_put_is_missing(files: MunicipalityFiles) -> None:
    unknown = "0" * 64
    assert not files.exists(unknown)
    with pytest.raises(MissingFile):
        files.read(unknown)


def test_the_same_content_is_stored_once(storage: Storage, folder: Path) -> None:
    files = storage.for_municipality(RINGEBU)
    stored = files.put(LETTER)
    before = _path(folder, stored.sha256).stat()
    assert files.put(BytesIO(LETTER)) == stored
    after = _path(folder, stored.sha256).stat()
    assert after.st_ino == before.st_ino


def test_nord_fron_cannot_read_ringebus_file_even_knowing_its_hash(files: MunicipalityFiles, storage: Storage) -> None:
    stored = files.put(LETTER)
    nord_fron = storage.for_municipality(NORD_FRON)
    assert not nord_fron.exists(stored.sha256)
    with pytest.raises(MissingFile):
        nord_fron.read(stored.sha256)


@pytest.mark.parametrize("name", ["../secret", "A" * 64, "a" * 63, "", "a/" * 32])
def test_only_a_hash_names_a_file(files: MunicipalityFiles, name: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        files.exists(name)


@pytest.mark.parametrize("owner", ["", "..", "a/b", "unfinished"])
def test_only_an_id_names_a_municipality(storage: Storage, owner: str) -> None:
    with pytest.raises(ValueError, match="municipality"):
        storage.for_municipality(owner)


@pytest.mark.parametrize("url", ["files", "http://host/files", "file://host/files", "s3://"])
def test_a_url_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="storage URL"):
        Storage(url)


def test_an_s3_store_takes_its_settings_from_the_caller() -> None:
    Storage("s3://bucket/prefix", s3_options={"region": "eu-north-1", "endpoint": "http://127.0.0.1:9"})


def test_a_changed_file_is_never_handed_out_as_the_original(storage: Storage, folder: Path, tmp_path: Path) -> None:
    files = storage.for_municipality(RINGEBU)
    stored = files.put(LETTER)
    _path(folder, stored.sha256).write_bytes(b"Kjaere Borghilda")
    with pytest.raises(CorruptFile):
        files.read(stored.sha256)
    with pytest.raises(CorruptFile):
        files.copy_to(stored.sha256, tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["instance"]


def test_a_torn_file_is_mended_by_putting_it_again(storage: Storage, folder: Path) -> None:
    files = storage.for_municipality(RINGEBU)
    stored = files.put(LETTER)
    _path(folder, stored.sha256).write_bytes(LETTER[:3])
    files.put(LETTER)
    assert files.read(stored.sha256) == LETTER


def test_a_copy_holds_the_content(files: MunicipalityFiles, tmp_path: Path) -> None:
    files.copy_to(files.put(LETTER).sha256, tmp_path / "copy.pdf")
    assert (tmp_path / "copy.pdf").read_bytes() == LETTER


def test_other_users_of_the_machine_see_nothing(storage: Storage, folder: Path) -> None:
    former = os.umask(0)
    try:
        storage.for_municipality(RINGEBU).put(LETTER)
    finally:
        os.umask(former)
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_dir()}
    assert modes | {folder.stat().st_mode & 0o777} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}


class _BrokenLine(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionError("the phone lost coverage")


def test_an_upload_that_breaks_off_leaves_nothing(storage: Storage, folder: Path) -> None:
    with pytest.raises(ConnectionError):
        storage.for_municipality(RINGEBU).put(_BrokenLine())
    assert [path for path in folder.rglob("*") if path.is_file()] == []


_PUT_UNTIL_KILLED = """
import sys
import time
from citizen_portal.storage import Storage
files = Storage(sys.argv[1]).for_municipality(sys.argv[2])
for number in range(1_000_000):
    print(files.put(b"%d" % number * 10_000).sha256, flush=True)
"""


@pytest.fixture
def told_as_saved(folder: Path) -> list[str]:
    command = [sys.executable, "-c", _PUT_UNTIL_KILLED, folder.as_uri(), str(RINGEBU)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().split()
    return [name for name in told if len(name) == 64]


def test_what_was_told_is_saved_survives_kill_9(told_as_saved: list[str], storage: Storage) -> None:
    files = storage.for_municipality(RINGEBU)
    assert len(told_as_saved) >= 20
    assert all(files.read(sha256) for sha256 in told_as_saved)


def test_what_a_killed_process_left_is_swept_away(storage: Storage, folder: Path) -> None:
    storage.for_municipality(RINGEBU).put(LETTER)
    (folder / "unfinished" / "left").write_bytes(LETTER)
    now = datetime.now(UTC)
    assert storage.discard_unfinished(now - timedelta(hours=1)) == 0
    assert storage.discard_unfinished(now + timedelta(hours=1)) == 1
    assert Storage("memory:///").discard_unfinished(now) == 0


def test_a_file_that_nobody_needs_is_removed_once(files: MunicipalityFiles) -> None:
    stored = files.put(LETTER)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert files.remove(stored.sha256, unless_put_since=later)
    assert not files.exists(stored.sha256)
    assert files.remove(stored.sha256, unless_put_since=later)


def test_a_file_that_somebody_has_just_put_again_is_not_removed(files: MunicipalityFiles) -> None:
    stored = files.put(LETTER)
    between = datetime.now(UTC)
    time.sleep(0.02)  # a folder's clock ticks a hundred times a second
    files.put(LETTER)
    assert not files.remove(stored.sha256, unless_put_since=between)
    assert files.read(stored.sha256) == LETTER


def test_a_file_that_is_put_while_it_is_being_removed_stays(
    storage: Storage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = storage.for_municipality(RINGEBU)
    stored = files.put(LETTER)
    path, later = _path(folder, stored.sha256), datetime.now(UTC) + timedelta(hours=1)
    replace = Path.replace

    def touched_meanwhile(self: Path, target: Path) -> Path:
        if self == path:  # put again after its age was looked at, before it was taken aside
            os.utime(self, (later.timestamp(), later.timestamp()))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", touched_meanwhile)
    assert not files.remove(stored.sha256, unless_put_since=later)
    assert files.read(stored.sha256) == LETTER
