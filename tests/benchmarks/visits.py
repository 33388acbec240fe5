"""Receipts through the FHIR API beside bare inserts of the same rows and beside COPY; a page among very many visits.

What a source has to do itself, its bundles and tokens, is made before the clock starts.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, make_url, text
from werkzeug.test import TestResponse

from citizen_portal import clock, db
from citizen_portal.app import create_app
from citizen_portal.config import load_settings
from citizen_portal.demo.people import synthetic_national_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.browser import cookie_name
from citizen_portal.security import limiter
from citizen_portal.tenancy import queries
from citizen_portal.visits.fhir.profile import LIMITS
from tests.visits.record import CareRecord, bundle, encounter

BUNDLES: Final = {1: 100, 50: 1_000, 500: 3_000}
"""Entries in a bundle -> receipts in a round."""
ROUNDS: Final = 3
BACKFILL: Final = (10_000, 100_000)
"""After so many visits the rate and the memory are printed: the memory must be the same."""
CARE_RECIPIENTS: Final = 300
TABLES: Final = ("visit", "visit_report", "visit_receipt")
SIZES: Final = (2_000, 2_000_000)
PAGE: Final = "/min-side/besok"
REQUESTS: Final = 150

VISITS: Final = """
WITH people AS (
    SELECT array_agg(id ORDER BY id) AS ids FROM person
    WHERE municipality_id = :municipality AND id <> CAST(:reader AS uuid)
),
made AS MATERIALIZED (
    SELECT uuidv7() AS id, number, now() - interval '14 days' + number % 112 * interval '6 hours' AS at,
        CASE WHEN number < 112 THEN CAST(:reader AS uuid) ELSE people.ids[1 + number % array_length(people.ids, 1)] END
        AS person
    FROM generate_series(CAST(:start AS integer), CAST(:stop AS integer) - 1) AS number, people
),
visits AS (
    INSERT INTO visit (municipality_id, id, consumer, identifier_system, identifier_value, care_recipient_id, service,
        status, planned_start_at, planned_end_at, occurs_at, updated_at)
    SELECT :municipality, id, 'bench', 'bench', number, person, 'Morgenstell',
        CASE WHEN at < now() THEN 'done' ELSE 'planned' END, at, at + interval '1 hour', at, now() FROM made
)
INSERT INTO visit_receipt (municipality_id, id, visit_id, performed_at, received_at)
SELECT :municipality, uuidv7(), id, at, at FROM made WHERE at < now()
"""
"""The reader has 112 of them in four weeks, however many all the others have."""


def measure(owner_url: str, superuser_url: str, token: str) -> None:
    """Push, insert and copy in turn, and print receipts per second; then the page with few visits and with many."""
    with db.read_only() as session:
        municipality = queries.municipalities(session)[0]
    settings = load_settings().model_copy(
        update={"maskinporten_issuers": ("http://127.0.0.1:9/maskinporten/",), "api_audience": "bench"}
    )
    app = create_app(settings)
    app.test_client_class = _Client
    limiter.enabled = False
    client = app.test_client()
    record = CareRecord(client, settings, municipality.organisation_number)  # type: ignore[arg-type]  # reads no pages
    with db.as_municipality(municipality.id):
        people = list(_care_recipients())
    source = _Source(record, people)
    source.push(*source.bundle(1))  # the models of FHIR are read by the first push
    bare = _Bare(owner_url, municipality.id)
    for number in range(1, ROUNDS + 1):
        for size, receipts in BUNDLES.items():
            _keep_statistics(superuser_url)
            _print_round(number, size, receipts, source, bare)
    _print_backfill(source)
    client.set_cookie(cookie_name(is_secure=False), token, domain=_Client.host)
    for size in SIZES:
        _grow(superuser_url, municipality.id, size)
        _print_page(client, size)


class _Client(FlaskClient):
    """Asks the municipality's host."""

    host = "ringebu.localhost"

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request there."""
        return super().open(*args, base_url=f"http://{self.host}", **kwargs)


def _care_recipients() -> Iterator[str]:
    randomness = Random(1)
    with db.transaction() as session:
        for number in range(CARE_RECIPIENTS):
            born = date(1930, 1, 1) + timedelta(days=number)
            national_id = synthetic_national_id(born, is_woman=True, randomness=randomness)
            identity.register_person(session, national_id=national_id, name=f"Mottaker {number}", birth_date=born)
            yield national_id


class _Source:
    """A care record system that signs off visits of these people, each a new one."""

    def __init__(self, record: CareRecord, people: Sequence[str]) -> None:
        self._record = record
        self._people = people
        self._numbers = count()

    def bundle(self, size: int, ended: timedelta = timedelta(hours=2)) -> tuple[bytes, str]:
        """A push of so many receipts, with the token for it."""
        start = clock.now() - ended
        resources = [
            encounter(str(number), self._people[number % len(self._people)], start, start + timedelta(minutes=20))
            for number in (next(self._numbers) for _ in range(size))
        ]
        return json.dumps(bundle(*resources)).encode(), self._record.token()

    def push(self, body: bytes, token: str) -> None:
        """Send it."""
        answer = self._record.send(body, token=token)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")


def _print_round(number: int, size: int, receipts: int, source: _Source, bare: "_Bare") -> None:
    pushes = [source.bundle(size) for _ in range(receipts // size)]
    began = time.perf_counter()
    for push in pushes:
        source.push(*push)
    through_api = receipts / (time.perf_counter() - began)
    inserted, copied = bare.rates(size, receipts)
    print(
        f"round {number}   bundles of {size:3}   API {through_api:7.0f} receipts/s   bare INSERT {inserted:7.0f} "
        f"({inserted / through_api:4.1f} times)   COPY {copied:7.0f} ({copied / through_api:4.1f} times)"
    )


def _print_backfill(source: _Source) -> None:
    """Visits of the past year in the largest bundles allowed, one after the other, as a source sends its history."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the highest so far
    seconds, sent = 0.0, 0
    while sent < BACKFILL[-1]:
        push = source.bundle(LIMITS.entries, ended=timedelta(days=365) * (1 - sent / BACKFILL[-1]) + timedelta(days=1))
        began = time.perf_counter()
        source.push(*push)
        seconds, sent = seconds + time.perf_counter() - began, sent + LIMITS.entries
        if sent in BACKFILL:
            print(f"backfill {sent:7} visits   API {sent / seconds:7.0f} visits/s   memory at most {_peak()} MB")


def _peak() -> int:
    """The most memory that this process has held, in megabytes."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return int(status["VmHWM"].split()[0]) // 1024


class _Bare:
    """Tables with the same columns and indexes, into which the rows of the newest visits go straight."""

    def __init__(self, owner_url: str, municipality_id: int) -> None:
        url = make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(url)
        for table in TABLES:
            self._connection.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
        self._connection.execute("SELECT set_config('portal.municipality_id', %s, false)", [str(municipality_id)])
        self._connection.commit()

    def rates(self, size: int, receipts: int) -> tuple[float, float]:
        """Receipts per second by INSERT and by COPY, in transactions of so many."""
        groups = self._newest(size, receipts)
        return self._timed(groups, self._insert), self._timed(groups, self._copy)

    def _newest(self, size: int, receipts: int) -> list[dict[str, list[tuple[Any, ...]]]]:
        found = {}
        for table in TABLES:
            rows = self._connection.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT {receipts}").fetchall()
            found[table] = [rows[start : start + size] for start in range(0, len(rows), size)]
        self._connection.commit()
        return [{table: found[table][group] for table in TABLES} for group in range(len(found["visit"]))]

    def _timed(self, groups: list[dict[str, list[tuple[Any, ...]]]], write: Callable[[str, list[Any]], None]) -> float:
        began = time.perf_counter()
        for group in groups:
            for table, rows in group.items():
                write(table, rows)
            self._connection.commit()
        seconds = time.perf_counter() - began
        for table in TABLES:
            self._connection.execute(f"TRUNCATE bare_{table}")
        self._connection.commit()
        return sum(len(group["visit"]) for group in groups) / seconds

    def _insert(self, table: str, rows: list[Any]) -> None:
        marks = ", ".join(["%s"] * len(rows[0]))
        with self._connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO bare_{table} VALUES ({marks})", rows)

    def _copy(self, table: str, rows: list[Any]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(f"COPY bare_{table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _grow(superuser_url: str, municipality_id: int, size: int) -> None:
    engine = create_engine(superuser_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        reader = connection.execute(
            text("SELECT person_id FROM login_session WHERE person_id IS NOT NULL ORDER BY created_at, id LIMIT 1")
        ).scalar_one()
        has = connection.execute(text("SELECT count(*) FROM visit WHERE consumer = 'bench'")).scalar_one()
        told = {"municipality": municipality_id, "reader": str(reader), "start": has, "stop": size}
        connection.execute(text(VISITS), told)
    engine.dispose()
    _keep_statistics(superuser_url)


def _keep_statistics(superuser_url: str) -> None:
    """What PostgreSQL's autovacuum does within a minute: a round does not last so long."""
    engine = create_engine(superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"VACUUM (ANALYZE) {', '.join(TABLES)}"))
    engine.dispose()


def _print_page(client: FlaskClient, size: int) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "set_config" not in statement:
            statements.append(statement)

    for _ in range(20):
        client.get(PAGE)
    event.listen(Engine, "before_cursor_execute", note)
    if client.get(PAGE).status_code != 200:
        raise RuntimeError(PAGE)
    event.remove(Engine, "before_cursor_execute", note)
    taken = []
    for _ in range(REQUESTS):
        before = time.perf_counter()
        client.get(PAGE)
        taken.append(time.perf_counter() - before)
    print(f"{size:9} visits: {PAGE} p50 {statistics.median(taken) * 1000:6.1f} ms, {len(statements)} statements")
