"""`make bench`: pages beside a bare page, and what is written beside a bare INSERT, each in one run.

The citizen's overview, an access event, an application that is sent, and the work lists of units with 1 000, 100 000
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
from tests.benchmarks import access_event, cases, load, population, submission, table
from tests.ports import free_port

HOST = "ringebu.localhost"
BARE, OVERVIEW = "/bench/bare", "/min-side"
STAFF_BARE, WORK_LIST = "/bench/staff", "/ansatt"
OTHER_PAGES = ("/min-side/meldinger", "/min-side/soknader", "/min-side/besok")
ROUNDS, REQUESTS, CLIENTS = 3, 160, 8


def main() -> None:
    """Seed, measure in turn, and print."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name, _database(Path(name)) as owner_url:
        superuser_url, began = os.environ["BENCH_SUPERUSER_URL"], time.perf_counter()
        citizens = _cookies(population.populate(superuser_url))
        print(
            f"{population.CITIZENS} citizens and {population.CITIZENS * population.MESSAGES_EACH} messages "
            f"seeded in {time.perf_counter() - began:.0f} s; {platform.machine()}, {os.cpu_count()} cores"
        )
        _measure_citizens(citizens)
        access_event.measure(owner_url)
        submission.measure(owner_url)
        _measure_caseworkers(superuser_url)


def _measure_citizens(cookies: list[str]) -> None:
    with _web(workers=1) as port:
        table.heading("Statements that a page sends, the read log's included (at most 6)", "statements")
        for path in (BARE, OVERVIEW, *OTHER_PAGES):
            table.line(path, str(_statements(port, path, cookies[0])))
    _measure_pages([load.Page("a citizen's bare page", BARE, cookies), load.Page("her overview", OVERVIEW, cookies)])


def _measure_caseworkers(superuser_url: str) -> None:
    """The work list of a small unit alone, then beside those of large units, all in the same rounds."""
    small, *large = cases.SIZES
    lists = [_unit(superuser_url, small)]
    bare = load.Page("a caseworker's bare page", STAFF_BARE, lists[0].cookies)
    _measure_pages([bare, *lists])
    lists += [_unit(superuser_url, size) for size in large]
    _measure_pages([bare, *lists])
    with _web(workers=1) as port:
        table.heading("Statements that a page sends (at most 6)", "statements")
        for page in (bare, *lists):
            table.line(page.label, str(_statements(port, page.path, page.cookies[0])))


def _unit(superuser_url: str, size: int) -> load.Page:
    began = time.perf_counter()
    cookies = _cookies([cases.make_unit(superuser_url, size)])
    print(f"\n{size} cases in a unit, seeded in {time.perf_counter() - began:.0f} s", flush=True)
    return load.Page(f"the work list of a unit with {size} cases", WORK_LIST, cookies)


def _measure_pages(pages: list[load.Page]) -> None:
    """Measure the pages in turn: the first is the baseline, and those after the second stand beside it, too."""
    with _web(workers=2) as port:
        figures = load.ask_in_turn(port, HOST, pages, rounds=ROUNDS, requests=REQUESTS, clients=CLIENTS)
    table.heading(
        f"Pages: 2 processes of 8 threads, {CLIENTS} connections from the same machine, "
        f"{ROUNDS} rounds of {REQUESTS} requests in turn",
        *("a second", "p50 ms", "p95 ms", "times bare", "times second" if pages[2:] else ""),
    )
    bare, second = figures[0].p50, figures[1].p50
    for page, each in zip(pages, figures, strict=True):
        beside = f"{each.p50 / second:.2f}" if page in pages[2:] else ""
        table.line(page.label, each.per_second, each.p50 * 1000, each.p95 * 1000, each.p50 / bare, beside)


def _cookies(tokens: list[str]) -> list[str]:
    return [f"{cookie_name(is_secure=False)}={token}" for token in tokens]


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
