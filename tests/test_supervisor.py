"""What `make run` starts stays up whatever is killed, and is gone when it is told to go."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from citizen_portal.supervisor import Child, ChildFailed, Supervisor, answers

GROUP = """
import sys
from pathlib import Path
from citizen_portal.supervisor import Child, Supervisor

folder = Path(sys.argv[1])

def child(name, code):
    write_pid = f"import os, pathlib; pathlib.Path({str(folder)!r}, '{name}.pid').write_text(str(os.getpid()))"
    started = f"{write_pid}; print('started', flush=True); import signal, time; {code}"
    return Child(name, [sys.executable, "-c", started], is_ready=(folder / f"{name}.pid").exists)

def say(line):
    print(line, flush=True)

try:
    with Supervisor(say) as group:
        group.start(child("database", "time.sleep(60)"))
        group.start(child("web", "time.sleep(60)"))
        group.start(child("stubborn", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"))
        say("watching")
        group.watch()
except KeyboardInterrupt:
    say("stopped")
"""


@pytest.fixture
def group(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A supervisor of three children in a process of its own, all started."""
    (tmp_path / "group.py").write_text(GROUP)
    command = [sys.executable, str(tmp_path / "group.py"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(Path.cwd())}) as process:
        assert process.stdout is not None
        while "watching" not in process.stdout.readline():
            assert process.poll() is None
        yield process
        process.kill()


def pid_of(name: str, folder: Path) -> int:
    return int((folder / f"{name}.pid").read_text() or 0)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent is dead."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_child_killed_with_9_is_started_again_and_its_neighbours_go_on(
    group: subprocess.Popen[str], tmp_path: Path
) -> None:
    web, database = pid_of("web", tmp_path), pid_of("database", tmp_path)
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: pid_of("web", tmp_path) not in (0, web))
    assert not is_alive(web)
    assert not Path(f"/proc/{web}").exists(), "a zombie"
    assert pid_of("database", tmp_path) == database
    assert is_alive(database)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_all_of_them_within_ten_seconds(
    group: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    children = [pid_of(name, tmp_path) for name in ("database", "web", "stubborn")]
    before = time.monotonic()
    group.send_signal(number)
    time.sleep(0.3)
    group.send_signal(number)  # somebody is impatient
    said = group.communicate(timeout=15)[0]
    assert time.monotonic() - before < 10
    assert said.splitlines()[-1] == "stopped"
    assert not any(is_alive(pid) for pid in children)


def test_children_do_not_outlive_a_supervisor_killed_with_9(group: subprocess.Popen[str], tmp_path: Path) -> None:
    children = [pid_of(name, tmp_path) for name in ("database", "web", "stubborn")]
    group.kill()
    assert eventually(lambda: not any(is_alive(pid) for pid in children))


def test_a_child_that_ends_before_it_is_ready_is_an_error_and_its_last_words_are_shown() -> None:
    said: list[str] = []
    broken = Child("web", [sys.executable, "-c", "print('the port is taken'); raise SystemExit(3)"], lambda: False)
    with Supervisor(said.append) as group, pytest.raises(ChildFailed, match=r"web ended \(exit code 3\)"):
        group.start(broken)
    assert said == ["       web | the port is taken"]


def test_children_are_stopped_in_reverse_order() -> None:
    said: list[str] = []
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('goes', flush=True), sys.exit()))\n"
        "print('is here', flush=True)\ntime.sleep(60)"
    )

    def child(name: str) -> Child:
        return Child(name, [sys.executable, "-c", code], is_ready=lambda: any(f"{name} | is" in line for line in said))

    with Supervisor(said.append) as group:
        group.start(child("database"))
        group.start(child("web"))
    assert [line.strip() for line in said] == ["database | is here", "web | is here", "web | goes", "database | goes"]


def test_a_child_that_keeps_dying_is_started_again_with_growing_pauses() -> None:
    said: list[str] = []

    def write(line: str) -> None:
        said.append(line)
        if line.startswith("web ended") and len(said) > 2:
            raise KeyboardInterrupt

    def supervise() -> None:
        with Supervisor(write) as group:
            group.start(Child("web", [sys.executable, "-c", ""]))
            group.watch()

    with pytest.raises(KeyboardInterrupt):
        supervise()
    pauses = [line.rpartition(" in ")[2] for line in said]
    assert pauses == ["0.5 s", "1.0 s", "2.0 s"]


def test_a_server_is_ready_when_it_answers() -> None:
    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/hello" else 500)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hello)
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert answers(f"{url}/hello")()
        assert not answers(f"{url}/broken")()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not answers(f"{url}/hello")()
