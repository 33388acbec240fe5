"""What it costs to send an application, PDF/A, journal, audit and notice included, beside a bare INSERT of its row."""

import statistics
import time
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.orm import Session

from citizen_portal import db
from citizen_portal.applications import service
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Assurance, Citizen
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person
from citizen_portal.tenancy import queries
from tests.applications.conftest import STEPS
from tests.benchmarks import table

SENT, ROUNDS = 60, 3


def measure(owner_url: str) -> None:
    """Send and insert in turn, each in a transaction of its own, and print the medians."""
    with db.read_only() as session:
        municipality_id = queries.municipalities(session)[0].id
    bare = _make_bare_table(owner_url)
    with db.as_municipality(municipality_id):
        with db.read_only() as session:
            people = session.execute(select(Person.id, Person.name).limit(SENT * ROUNDS)).all()
            row = dict(session.execute(select(Application.__table__).limit(1)).mappings().one())

        def insert_row(_number: int) -> None:
            with db.transaction() as session:
                session.execute(insert(bare).values({**row, "id": new_id()}))

        drafts = [_draft(Citizen(municipality_id, person, name, Assurance.HIGH, new_id())) for person, name in people]
        rounds = [(_median(insert_row), _median(lambda _number: _send(*drafts.pop()))) for _round in range(ROUNDS)]
    plain, sent = map(statistics.median, zip(*rounds, strict=True))
    title = f"What is sent: one transaction each, one connection, {ROUNDS} rounds of {SENT} in turn"
    table.writes(title, plain, "an application, with PDF/A, journal and notice", sent)


def _draft(actor: Citizen) -> tuple[Citizen, UUID, int]:
    with db.transaction() as session:
        draft = service.start_draft(session, actor, "trygghetsalarm", "nb")
        for number, answers in STEPS.items():
            draft, _ = service.save_step(session, actor, draft.id, number, answers, "nb")
        return actor, draft.id, draft.revision


def _send(actor: Citizen, application_id: UUID, revision: int) -> None:
    with db.transaction() as session:
        service.submit(session, actor, application_id, revision)


def _make_bare_table(owner_url: str) -> Table:
    """A table with the same columns and indexes, and nothing that watches over it."""
    engine = create_engine(owner_url)
    with Session(engine) as session, session.begin():
        session.execute(text("CREATE TABLE bare_application (LIKE application INCLUDING ALL)"))
        session.execute(text("DROP INDEX IF EXISTS bare_application_municipality_id_case_file_id_idx"))
        session.execute(text("GRANT INSERT ON bare_application TO portal_app"))
    engine.dispose()
    columns = (Column(column.name, column.type) for column in Application.__table__.columns)
    return Table("bare_application", MetaData(), *columns)


def _median(write: Callable[[int], None]) -> float:
    taken = []
    for number in range(SENT):
        before = time.perf_counter()
        write(number)
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)
