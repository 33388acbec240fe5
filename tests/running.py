"""The demo as a newcomer starts it: `make run`'s own command, in a process and a folder of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from citizen_portal.config import Settings, demo_settings_file


@dataclass(frozen=True)
class Portal:
    """A running demo."""

    port: int
    instance: Path
    process: "subprocess.Popen[bytes]"

    def address(self, host: str = "ringebu") -> str:
        """Where a browser finds a municipality."""
        return f"http://{host}.localhost:{self.port}"

    @property
    def provider(self) -> str:
        """Where the test ID-porten is."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def settings(self) -> Settings:
        """What it runs with, for whoever speaks to it as another system."""
        written = {name: value for name, value in dotenv_values(demo_settings_file(self.instance)).items() if value}
        before = dict(os.environ)
        os.environ.update(written)
        try:
            return Settings()
        finally:
            os.environ.clear()
            os.environ.update(before)

    @property
    def said(self) -> list[str]:
        """The lines that it has said."""
        return _log(self.instance).read_text().splitlines()

    def stop(self) -> None:
        """Ask it to end; nothing for one that is stopped. Not by Ctrl-C, to which a job in the background is deaf."""
        self.process.terminate()
        self.process.wait(timeout=120)  # a browser may hold a connection for as long as gunicorn lets it
        assert self.process.returncode == 0, "\n".join(self.said[-60:])


@contextmanager
def running_portal(instance: Path, port: int, *, is_measured: bool = False) -> Iterator[Portal]:
    """Start it, and be there when it has said who can log in.

    Not measured for coverage unless `is_measured`: a walk shall meet the portal at its own speed.
    """
    instance.mkdir(exist_ok=True)
    ours = ("PORTAL_", "DATABASE_URL") if is_measured else ("PORTAL_", "DATABASE_URL", "COVERAGE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PORTAL_PORT": str(port), "PORTAL_INSTANCE": str(instance), "PYTHONUNBUFFERED": "1"}
    environment["PORTAL_PUSH_HOSTS"] = '["127.0.0.1"]'  # the tests' own push service: no other is reached from here
    command = [sys.executable, "-m", "citizen_portal.cli", "demo", "run"]
    with _log(instance).open("wb") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)
    portal = Portal(port, instance, process)
    try:
        _wait_until_up(portal)
        yield portal
    finally:
        portal.stop()


def _wait_until_up(portal: Portal) -> None:
    deadline = time.monotonic() + 180
    while not any(line.startswith("  Staff") for line in portal.said):
        assert portal.process.poll() is None, "\n".join(["the portal did not start:", *portal.said[-60:]])
        assert time.monotonic() < deadline, "\n".join(["the portal is not up after three minutes:", *portal.said[-60:]])
        time.sleep(0.1)


def _log(instance: Path) -> Path:
    return instance / "run.log"
