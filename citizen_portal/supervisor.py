"""Run several programs as one: started in order, started again when they die, stopped together.

Production leaves this to the machine's own service manager (systemd, Kubernetes); it serves `make run`.
"""

import contextlib
import http.client
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import IO, Self

from citizen_portal.processes import die_with_parent

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
_STEADY_SECONDS = 20.0  # who has lived this long may be started again without a long pause
_START_SECONDS = 60.0
_STOP_SECONDS = 9.0
_TICK = 0.1


class ChildFailed(RuntimeError):
    """A child ended before it was ready, or was never ready; what it said has been written."""


@dataclass(frozen=True)
class Child:
    """A program to keep running. `is_ready` is asked until it says yes; without it a living child counts as ready."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool] = lambda: True


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    since: float
    pause: float = _FIRST_PAUSE
    due: float | None = None
    """When to start it again, while it is dead."""
    unfinished_line: bytes = b""


class Supervisor:
    """A group of children, used as a context: leaving it stops them all, the last one first.

    Inside it SIGTERM is the same as Ctrl-C: KeyboardInterrupt. When we are killed with -9, Linux ends the children.
    Use it in the main thread only.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        """`write` gets every line of the children's output, prefixed with the child's name."""
        self._write = write
        self._children: list[_Running] = []
        self._outputs = selectors.DefaultSelector()
        self._terminate_before: signal.Handlers | Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Self:
        self._terminate_before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with _undisturbed():
            self._stop_all()
        signal.signal(signal.SIGTERM, self._terminate_before)

    def start(self, child: Child) -> None:
        """Start a child and return when it is ready. Raises ChildFailed when it ends first or is not ready in 60 s."""
        running = self._spawn(child)
        self._children.append(running)
        deadline = running.since + _START_SECONDS
        while not child.is_ready():
            self._pass_output_on(_TICK)
            ended = running.process.poll() is not None
            if ended or time.monotonic() > deadline:
                self._pass_output_on(_TICK)
                what = f"ended ({_how_it_ended(running.process)})" if ended else "is not ready"
                raise ChildFailed(f"{child.name} {what}")

    def watch(self) -> None:
        """Keep the children running until KeyboardInterrupt."""
        while True:
            self._pass_output_on(_TICK)
            for running in self._children:
                self._heal(running)

    def _spawn(self, child: Child) -> _Running:
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us only, who stop the children in order
            preexec_fn=die_with_parent(signal.SIGKILL),  # nobody is left to see to it that they listen
        )
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        os.set_blocking(process.stdout.fileno(), False)
        running = _Running(child, process, process.stdout, time.monotonic())
        self._outputs.register(process.stdout, selectors.EVENT_READ, running)
        return running

    def _heal(self, running: _Running) -> None:
        now = time.monotonic()
        if running.due is None and running.process.poll() is not None:
            if now - running.since > _STEADY_SECONDS:
                running.pause = _FIRST_PAUSE
            running.due = now + running.pause
            how = _how_it_ended(running.process)
            self._write(f"{running.child.name} ended ({how}); starting it again in {running.pause:.1f} s")
            _signal_group(running.process, signal.SIGTERM)  # what it left behind
        elif running.due is not None and now >= running.due:
            self._close(running)
            again = self._spawn(running.child)
            again.pause = min(running.pause * 2, _LONGEST_PAUSE)
            self._children[self._children.index(running)] = again

    def _pass_output_on(self, seconds: float) -> None:
        for key, _ in self._outputs.select(seconds):
            running: _Running = key.data
            said = os.read(key.fd, 1 << 16)
            if not said:  # its end of the pipe is closed
                self._outputs.unregister(running.output)
            *lines, running.unfinished_line = (running.unfinished_line + said).split(b"\n")
            for line in lines:
                self._write(f"{running.child.name:>10} | {line.decode(errors='replace').rstrip()}")

    def _stop_all(self) -> None:
        end = time.monotonic() + _STOP_SECONDS
        for left in range(len(self._children), 0, -1):  # one that does not listen takes its own share of the time only
            running = self._children[left - 1]
            deadline = time.monotonic() + max(0.0, end - time.monotonic()) / left
            if running.process.poll() is None:
                running.process.terminate()
            while running.process.poll() is None and time.monotonic() < deadline:
                self._pass_output_on(_TICK)
            _signal_group(running.process, signal.SIGKILL)
            running.process.wait()
            self._pass_output_on(0)
            self._close(running)
        self._children.clear()
        self._outputs.close()

    def _close(self, running: _Running) -> None:
        with contextlib.suppress(KeyError):  # it closed its end before we did
            self._outputs.unregister(running.output)
        running.output.close()


def answers(url: str) -> Callable[[], bool]:
    """A readiness check: whether `http://host:port/path` answers, with whatever status below 500."""
    address, _, path = url.removeprefix("http://").partition("/")

    def ask() -> bool:
        connection = http.client.HTTPConnection(address, timeout=2)
        try:
            connection.request("GET", f"/{path}")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not break off the stopping, which takes 10 s at most."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
        os.killpg(process.pid, number)


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
