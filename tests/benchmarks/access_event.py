"""What one access event costs: `audit.record` in its transaction, beside a bare INSERT of the same row in one run."""

import statistics
import time
from collections.abc import Callable

from sqlalchemy import Column, MetaData, Table, create_engine, insert, text
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.audit.service import record
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.db import new_id
from citizen_portal.tenancy import queries
from tests.benchmarks import table

EVENTS, ROUNDS = 100, 3
_COLUMNS = list(AuditEvent.__table__.columns)


def measure(owner_url: str) -> None:
    """Write events both ways in turn, each in a transaction of its own, and print the medians."""
    with db.read_only() as session:
        municipality_id = queries.municipalities(session)[0].id
    bare = _make_bare_table(owner_url)
    siri = Staff(
        municipality_id, new_id(), "Siri Haugen", new_id(), "Hjemmetjenesten", frozenset({Role.CASEWORKER}), new_id()
    )

    def write_event(_number: int) -> None:
        with db.transaction() as session:
            record(
                session, siri, EventTag.APPLICATION_READ, about_person_id=new_id(), purpose=Purpose.CASE_HANDLING,
                case_number="2026/17",
            )  # fmt: skip

    def insert_row(number: int) -> None:
        with db.transaction() as session:
            session.execute(insert(bare).values(_row(siri, number)))

    with db.as_municipality(municipality_id):
        rounds = [(_median(insert_row, number), _median(write_event, number)) for number in range(ROUNDS)]
    plain, chained = map(statistics.median, zip(*rounds, strict=True))
    title = f"What is written: one transaction each, one connection, {ROUNDS} rounds of {EVENTS} in turn"
    table.writes(title, plain, "an event of the access log, in its chain", chained)


def _make_bare_table(owner_url: str) -> Table:
    """A table with the same columns and indexes, and no chain."""
    engine = create_engine(owner_url)
    with Session(engine) as session, session.begin():
        session.execute(text("CREATE TABLE bare_event (LIKE audit_event INCLUDING ALL)"))
        session.execute(text("GRANT INSERT ON bare_event TO portal_app"))
    engine.dispose()
    return Table("bare_event", MetaData(), *(Column(column.name, column.type) for column in _COLUMNS))


def _row(actor: Staff, number: int) -> dict[str, object]:
    row = dict.fromkeys(column.name for column in _COLUMNS)
    return row | {
        "municipality_id": actor.municipality_id,
        "sequence_number": number,
        "occurred_at": clock.now(),
        "tag": EventTag.APPLICATION_READ.value,
        "actor_kind": "staff",
        "actor_id": actor.actor_id,
        "actor_name": actor.name,
        "actor_role": "caseworker",
        "actor_unit": actor.unit_name,
        "purpose": Purpose.CASE_HANDLING.value,
        "about_person_id": new_id(),
        "details": {"case_number": "2026/17"},
        "digest": bytes(32),
    }


def _median(write: Callable[[int], None], round_number: int) -> float:
    taken = []
    for number in range(EVENTS):
        before = time.perf_counter()
        write(round_number * EVENTS + number)
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)
