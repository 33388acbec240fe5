"""`make run` ends in a served front page, heals what is killed, keeps what was done, and leaves nothing running."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from citizen_portal.processes import all_processes
from tests.running import Portal, running_portal


def is_served(host: str, port: int) -> bool:
    """Whether the front page is there, or leads on."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status in (200, 302, 303)
    except (OSError, http.client.HTTPException):
        return False
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


def eventually(condition: Callable[[], bool], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.xdist_group("browser")  # whose walks were in this demo before
def test_every_municipality_is_served_whatever_is_killed_and_a_second_start_takes_seconds(started_demo: Portal) -> None:
    port, instance = started_demo.port, started_demo.instance
    assert f"  http://ringebu.localhost:{port}" in started_demo.said
    for host in ("ringebu.localhost", "sor-fron.localhost", "nord-fron.localhost", "localhost"):
        assert is_served(host, port), host
    before = parts(instance)
    for name in ("postgres", "worker"):
        os.kill(before[name], signal.SIGKILL)
        assert eventually(lambda: parts(instance).get(name) not in (None, before[name])), name  # noqa: B023
    assert eventually(lambda: is_served("ringebu.localhost", port))
    started_demo.stop()
    assert parts(instance) == {}

    started = time.monotonic()
    with running_portal(instance, port, is_measured=True) as portal:
        assert time.monotonic() - started < 120
        assert not any("Ringebu kommune" in line for line in portal.said), "seeded twice"
        assert is_served("ringebu.localhost", port)


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "citizen_portal.cli", "demo", "run"],
            env={**os.environ, "PORTAL_INSTANCE": str(tmp_path), "PORTAL_PORT": str(other.getsockname()[1])},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "PORTAL_PORT chooses" in done.stderr
    assert len(done.stderr.splitlines()) == 1
