"""Units with very many cases under way, put in by PostgreSQL itself, and a caseworker of each who is logged in."""

import contextlib
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Role
from citizen_portal.db import Base, new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import ABSOLUTE_LIMIT, LoginSession, StaffMember
from citizen_portal.identity.sessions import hash_of
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.tenancy import queries
from citizen_portal.tenancy.service import add_unit

SIZES: Final = (1_000, 100_000, 1_000_000)
"""How many cases the units have under way."""

MADE: Final = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT number, uuidv7() AS case_id, uuidv7() AS entry_id, uuidv7() AS application_id,
    people.ids[1 + number % array_length(people.ids, 1)] AS person_id,
    number % 7 = 0 AS is_unassigned, number % 7 > 0 AND number - :start < 200 AS is_own
FROM generate_series(CAST(:start AS integer), CAST(:stop AS integer)) AS number,
    (SELECT array_agg(id) AS ids FROM person WHERE municipality_id = :municipality) AS people
"""
OWN: Final[dict[type[Base], dict[str, str]]] = {
    CaseFile: {
        "id": "made.case_id",
        "case_sequence_number": "1000000 + made.number",
        "citizen_id": "made.person_id",
        "unit_id": ":unit",
    },
    RegistryEntry: {
        "id": "made.entry_id",
        "case_file_id": "made.case_id",
        "entry_number": "1",
        "journal_sequence_number": "10000000 + made.number",
    },
    Application: {
        "id": "made.application_id",
        "person_id": "made.person_id",
        "case_file_id": "made.case_id",
        "registry_entry_id": "made.entry_id",
        "unit_id": ":unit",
        "status": "CASE made.number % 7 WHEN 0 THEN 'received' WHEN 1 THEN 'waiting_for_others' ELSE 'in_progress' END",
        "assigned_staff_id": "CASE WHEN is_own THEN CAST(:siri AS uuid) WHEN NOT is_unassigned THEN :colleague END",
        "assigned_name": "CASE WHEN is_own THEN 'Siri Haugen' WHEN NOT is_unassigned THEN 'Jonas Li' END",
        "answer_by_date": "CURRENT_DATE + made.number % 90 - 10",
        "preliminary_due_date": "CURRENT_DATE + made.number % 90 - 40",
        "preliminary_sent_at": "CASE WHEN made.number % 50 > 0 THEN sample.submitted_at END",
    },
}
"""In what the cases differ: each is otherwise like one that the portal made. One in seven is unassigned, few are the
caseworker's own, and of one in fifty the preliminary reply is not sent."""
SAMPLE: Final = """
SELECT municipality_id AS municipality, id AS application, case_file_id AS case_file,
    registry_entry_id AS registry_entry
FROM application WHERE status <> 'draft' LIMIT 1
"""
INDEXES: Final = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid::regclass::text = ANY(:tables) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
"""Those that are no key's."""


def make_unit(superuser_url: str, size: int) -> str:
    """Set up a unit with so many cases under way, and give the token of its caseworker's login."""
    with db.read_only() as session:
        municipality_id = queries.municipalities(session)[0].id
    token = f"bench-caseworker-{size}"
    with db.as_municipality(municipality_id), db.transaction() as session:
        unit = add_unit(session, name=f"Enheten med {size} saker", phone="61 28 30 00")
        siri, colleague = (_employ(session, name, unit.id) for name in ("Siri Haugen", "Jonas Li"))
        _log_in(session, siri, token)
        staff = {"unit": unit.id, "siri": siri.id, "colleague": colleague.id}
    _put_in(superuser_url, size, staff)
    return token


def _employ(session: Session, name: str, unit_id: UUID) -> StaffMember:
    return identity.employ(
        session,
        issuer="bench",
        subject=f"{name} {unit_id}",
        name=name,
        title="Saksbehandler",
        unit_id=unit_id,
        roles=(Role.CASEWORKER,),
    )


def _log_in(session: Session, member: StaffMember, token: str) -> None:
    now, login_id = clock.now(), new_id()
    session.add(
        LoginSession(
            id=login_id,
            token_hash=hash_of(token),
            staff_id=member.id,
            acr="",
            issuer="bench",
            id_token_encrypted=key_ring().encrypt("{}", f"login_session:{member.municipality_id}:{login_id}"),
            authenticated_at=now,
            created_at=now,
            last_seen_at=now,
            ends_at=now + ABSOLUTE_LIMIT,
        )
    )


def _put_in(superuser_url: str, size: int, staff: dict[str, UUID]) -> None:
    """Put in the cases. Foreign keys are not looked up: the rows are right by the query."""
    engine = create_engine(superuser_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        sample = connection.execute(text(SAMPLE)).mappings().one()
        has = connection.scalar(text("SELECT count(*) FROM case_file WHERE case_sequence_number > 1000000"))
        made = {"municipality": sample["municipality"], "start": has + 1, "stop": has + size}
        connection.execute(text(MADE), made)
        with _without_indexes(connection):
            for model, own in OWN.items():
                connection.execute(text(_copies(model, own)), {**sample, **staff})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) application, case_file, registry_entry, person"))
    engine.dispose()


def _copies(model: type[Base], own: dict[str, str]) -> str:
    """The statement that puts in a copy of the sample for each row of `made`."""
    table = model.__tablename__
    columns = [column.name for column in model.__table__.columns]
    values = [own.get(name, f"sample.{name}") for name in columns]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM made, {table} AS sample WHERE sample.id = :{table}"
    )


@contextlib.contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Without all but the keys within the block: it is faster to make them at once than row by row."""
    indexes = connection.execute(text(INDEXES), {"tables": [model.__tablename__ for model in OWN]}).all()
    for name, _definition in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    yield
    connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    for _name, definition in indexes:
        connection.execute(text(definition))
