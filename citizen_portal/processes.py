"""Child processes: run as another user, never outlive us, be found again."""

import contextlib
import ctypes
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that asks Linux to send `signal_number` to the child when its parent dies, `kill -9` included.

    The kernel counts the *thread* that started the child as the parent (prctl(2), PR_SET_PDEATHSIG), so start
    children from a thread that lives as long as they should. Elsewhere than on Linux: None, the child stays.
    """
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: a forked child should do as little as it can

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal_number))
        if os.getppid() != parent:  # it died before the kernel knew of our wish
            os._exit(1)

    return ask_kernel


@dataclass(frozen=True)
class Account:
    """The user that a child runs as; another one than ours only when we are root."""

    uid: int
    gid: int

    def start(
        self, command: Sequence[str], folder: Path, output: IO[bytes], *, on_parent_death: signal.Signals
    ) -> subprocess.Popen[bytes]:
        """Run `command` as this user, in a session of its own: Ctrl-C in the terminal reaches us only, who stop it.

        `folder` is entered before privileges are dropped, so the user need not be able to enter its ancestors.
        The child sees nothing of our environment.
        """
        root = os.geteuid() == 0
        return subprocess.Popen(  # noqa: S603 - callers pass commands of their own making
            command,
            cwd=folder,
            user=self.uid if root else None,
            group=self.gid if root else None,
            extra_groups=[] if root else None,
            env={"LC_ALL": "C", "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(on_parent_death),
        )

    def own(self, *paths: Path) -> None:
        """Give the paths to this user; a symbolic link is not followed."""
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def make_private(self, folder: Path) -> bool:
        """Make `folder` for this user alone; False when something else of that name was there first."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()  # a symbolic link is not what we made
            return stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == self.uid
        self.own(folder)
        return True

    def can_enter(self, folder: Path) -> bool:
        """Whether the user may enter `folder` and every folder above it."""
        return all(self._may(step, 1) for step in (folder, *folder.parents))

    def can_run(self, program: Path) -> bool:
        """Whether the user may reach, read and run `program`."""
        return self.can_enter(program.parent) and self._may(program, 5)

    def _may(self, path: Path, wanted: int) -> bool:
        found = path.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return (found.st_mode >> shift) & wanted == wanted


def all_processes() -> Iterator[tuple[int, int, str]]:
    """Pid, user id and command line of every process that we may see."""
    if Path("/proc/self/cmdline").exists():
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    title = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    yield int(entry.name), entry.stat().st_uid, title
                except (FileNotFoundError, ProcessLookupError, PermissionError):
                    continue  # it ended meanwhile, or is hidden from us
        return
    listing = subprocess.run(["ps", "-axo", "pid=,uid=,command="], capture_output=True, text=True, check=True)  # noqa: S607 - ps moves about between systems
    for line in listing.stdout.splitlines():
        pid, uid, title = line.split(maxsplit=2)
        yield int(pid), int(uid), title


def send_signal(pid: int, number: signal.Signals) -> None:
    """As os.kill, but a process that has ended meanwhile is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
