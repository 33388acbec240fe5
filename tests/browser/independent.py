"""An OpenID provider that is not ours, in a process of its own: npm's `oidc-provider`, set up as ID-porten."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def independent_provider(config: dict[str, Any], folder: Path) -> Iterator[str]:
    """Run it for the block on the port of its config, written into the folder; gives its issuer."""
    file = folder / "provider.json"
    file.write_text(json.dumps(config))
    with (folder / "provider.log").open("wb") as log:
        command = [_node(), str(ROOT / "tests/browser/oidc_provider.mjs"), str(file)]
        running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_up(config["port"], running, Path(log.name))
            yield f"http://127.0.0.1:{config['port']}"
        finally:
            running.kill()
            running.wait()


def _wait_until_up(port: int, running: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if running.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the provider is not up:\n{log.read_text()[-3000:]}")


def _node() -> str:
    """The path of Node; skips the test without it or without the package, fails where browser tests are required."""
    node = shutil.which("node")
    if node is not None and (ROOT / "node_modules/oidc-provider").is_dir():
        return node
    reason = "no Node, or npm's oidc-provider is not installed (npm ci)"
    if os.environ.get("PORTAL_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
