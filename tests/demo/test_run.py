"""`make run` ends in a served front page, heals what is killed, keeps what was done, and leaves nothing running."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from citizen_portal.processes import all_processes


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def free_port() -> int:
    """A port that is free together with the next ones, which the demo's other servers take."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port if port < 65000 else free_port()


@contextmanager
def demo(instance: Path, port: int) -> Iterator[list[str]]:
    """The demo in a process of its own, up; gives the lines it said until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "citizen_portal.cli", "demo", "run"],
        env={**os.environ, "PORTAL_INSTANCE": str(instance), "PORTAL_PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdout is not None
        said: list[str] = []
        while not said or not said[-1].startswith("  Staff"):
            line = process.stdout.readline()
            assert line, "".join(said)
            said.append(line)
        try:
            yield said
        finally:
            process.send_signal(signal.SIGINT)
            last = process.communicate(timeout=20)[0]
    assert process.returncode == 0, last


def status(host: str, port: int, path: str = "/") -> int:
    """The status of a page; 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def parts(instance: Path) -> dict[str, int]:
    """The pids of the demo's parts: its own children, and the postmaster."""
    found = {}
    for pid, _, title in all_processes():
        with suppress(OSError):
            if f"PORTAL_INSTANCE={instance}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found[title.split("citizen_portal.cli ")[-1].split("gunicorn")[0].strip()] = pid
    with suppress(FileNotFoundError):
        found["postgres"] = int((instance / "postgres/data/postmaster.pid").read_text().split()[0])
    return found


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def test_every_municipality_is_served_and_killing_the_parts_does_not_end_it(instance: Path) -> None:
    port = free_port()
    with demo(instance, port) as said:
        assert f"  http://ringebu.localhost:{port}\n" in said
        for host in ("ringebu.localhost", "sor-fron.localhost", "nord-fron.localhost", "localhost"):
            assert status(host, port) in (200, 302, 303), host
        before = parts(instance)
        for name in ("postgres", "worker"):
            os.kill(before[name], signal.SIGKILL)
            assert eventually(lambda: parts(instance).get(name) not in (None, before[name])), name  # noqa: B023
        assert eventually(lambda: status("ringebu.localhost", port) in (200, 302, 303))
    assert parts(instance) == {}


def test_a_second_start_takes_seconds_and_does_not_seed_again(instance: Path) -> None:
    port = free_port()
    before = time.monotonic()
    with demo(instance, port) as said:
        assert status("ringebu.localhost", port) in (200, 302, 303)
    assert time.monotonic() - before < 30
    assert not any("Ringebu kommune" in line for line in said)


def test_a_port_that_is_taken_is_said_in_one_line(instance: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "citizen_portal.cli", "demo", "run"],
            env={**os.environ, "PORTAL_INSTANCE": str(instance), "PORTAL_PORT": str(other.getsockname()[1])},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "PORTAL_PORT chooses" in done.stderr
    assert len(done.stderr.splitlines()) == 1
