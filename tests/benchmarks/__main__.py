"""`make bench`: pages beside a bare page, and what is written beside a bare INSERT, each in one run.

The citizen's overview, an access event, an application that is sent, and the work list of a unit with 1 000, 100 000
and 1 000 000 cases.
"""

import base64
import contextlib
import http.client
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from joserfc.jwk import RSAKey

from citizen_portal import db, storage
from citizen_portal.config import load_settings
from citizen_portal.database_roles import provision
from citizen_portal.identity import encryption
from citizen_portal.identity.browser import cookie_name
from citizen_portal.migrations import upgrade
from citizen_portal.postgres import EmbeddedPostgres
from tests.benchmarks import access_event, cases, load, population, submission, visits
from tests.ports import free_port

HOST = "ringebu.localhost"
BARE, OVERVIEW = "/bench/bare", "/min-side"
STAFF_BARE, WORK_LIST = "/bench/staff", "/ansatt"
OTHER_PAGES = ("/min-side/meldinger", "/min-side/soknader", "/min-side/besok")
ROUNDS, REQUESTS, CLIENTS = 3, 800, 8


def main() -> None:
    """Seed, measure both pages in turn, and print."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name, _database(Path(name)) as owner_url:
        began = time.perf_counter()
        tokens = population.populate(owner_url)
        print(
            f"{population.CITIZENS} citizens, {population.CITIZENS * population.MESSAGES_EACH} messages "
            f"seeded in {time.perf_counter() - began:.0f} s; {platform.machine()}, {os.cpu_count()} cores"
        )
        cookies = [f"{cookie_name(is_secure=False)}={token}" for token in tokens]
        with _web(workers=1) as port:
            for page in (BARE, OVERVIEW, *OTHER_PAGES):
                print(f"{_statements(port, page, cookies[0])} statements, the read log's included: {page}")
        with _web(workers=2) as port:
            _measure(port, cookies, (BARE, OVERVIEW), requests=REQUESTS)
        access_event.measure(owner_url)
        submission.measure(owner_url)
        visits.measure(owner_url, os.environ["BENCH_SUPERUSER_URL"], tokens[0])
        cookie = f"{cookie_name(is_secure=False)}={cases.log_in_caseworker()}"
        for number in cases.SIZES:
            began = time.perf_counter()
            cases.grow(os.environ["BENCH_SUPERUSER_URL"], number)
            print(f"{number} cases in the unit, seeded in {time.perf_counter() - began:.0f} s")
            with _web(workers=2) as port:
                _measure(port, [cookie], (STAFF_BARE, WORK_LIST), requests=400)


def _measure(port: int, cookies: list[str], pages: tuple[str, ...], *, requests: int) -> None:
    for page in pages:
        load.ask(port, HOST, page, cookies, requests=200, clients=CLIENTS)
    print(
        f"gunicorn, 2 processes of 8 threads, {CLIENTS} connections from the same machine, {requests} requests a round"
    )
    for number in range(1, ROUNDS + 1):
        for page in pages:
            figures = load.ask(port, HOST, page, cookies, requests=requests, clients=CLIENTS)
            print(
                f"round {number} {page:12} {figures.per_second:7.1f} requests/s"
                f"   p50 {figures.p50 * 1000:6.1f} ms   p95 {figures.p95 * 1000:6.1f} ms"
            )


def _statements(port: int, page: str, cookie: str) -> int:
    """Statements of one request, the read log included; the counting requests' own are taken off."""

    def get(path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path, headers={"Host": f"{HOST}:{port}", "Cookie": cookie})
        body = connection.getresponse().read().decode()
        connection.close()
        return body

    get(page)
    own = -int(get("/bench/statements")) + int(get("/bench/statements"))
    before = int(get("/bench/statements"))
    get(page)
    return int(get("/bench/statements")) - before - own


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[str]:
    with EmbeddedPostgres(folder / "postgres") as server:
        provision(server, "bench")
        owner_url = server.url("portal_owner", "bench")
        upgrade(owner_url)
        key = base64.b64encode(os.urandom(32)).decode()
        jwk = folder / "client.jwk"
        jwk.write_text(json.dumps(RSAKey.generate_key(2048, {"kid": "bench"}).as_dict(private=True)))
        os.environ |= {
            "PORTAL_ENVIRONMENT": "demo",
            "PORTAL_HTTPS": "false",
            "PORTAL_SECRET_KEY": key,
            "PORTAL_ENCRYPTION_KEYS": json.dumps({"bench": key}),
            "PORTAL_LOOKUP_KEY": key,
            "DATABASE_URL": server.url("portal_app", "bench"),
            "PORTAL_OWNER_DATABASE_URL": owner_url,
            "PORTAL_STORAGE_URL": (folder / "files").as_uri(),
            "PORTAL_IDPORTEN_ISSUER": "http://127.0.0.1:9",
            "PORTAL_IDPORTEN_CLIENT_ID": "bench",
            "PORTAL_IDPORTEN_PRIVATE_JWK": str(jwk),
            "PORTAL_STAFF_OIDC_ISSUER": "http://127.0.0.1:9",
            "PORTAL_STAFF_OIDC_CLIENT_ID": "bench",
            "PORTAL_STAFF_OIDC_PRIVATE_JWK": str(jwk),
            "PORTAL_INSTANCE": str(folder),
            "BENCH_SUPERUSER_URL": server.url("postgres", "bench"),
        }
        settings = load_settings()
        db.configure(settings.database_url)
        storage.configure(settings.storage_url)
        encryption.configure(settings)
        yield owner_url
        db.dispose()


@contextlib.contextmanager
def _web(*, workers: int) -> Iterator[int]:
    port = free_port()
    options = ["--workers", str(workers), "--threads", "8", "--worker-class", "gthread", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *options, "tests.benchmarks.app:make()"]
    server = subprocess.Popen(command)
    try:
        for _ in range(100):
            time.sleep(0.2)
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        time.sleep(2)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
