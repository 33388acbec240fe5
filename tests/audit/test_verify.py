"""Whoever has the key to the database and changes the log is found out; whoever serves the portal cannot even try."""

from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from citizen_portal import db
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.audit.service import record, verify
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.identity.models import Person
from citizen_portal.postgres import EmbeddedPostgres
from citizen_portal.tenancy.models import Municipality
from tests.cluster import plain
from tests.test_cli import environment, portal, portal_here

__all__ = ["environment"]

Environment = dict[str, str | None]

SOMEBODY = UUID("0190a000-0000-7000-8000-000000000001")

CHANGES = {
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "tag": "'entry-read'",
    "actor_kind": "'system'",
    "actor_id": "'somebody'",
    "actor_name": "'Ola Nordli'",
    "actor_role": "'archivist'",
    "actor_unit": "'Skolen'",
    "on_behalf_of_id": f"'{SOMEBODY}'",
    "purpose": "'emergency'",
    "reason": "''",
    "subject_type": "'Thread'",
    "subject_id": f"'{SOMEBODY}'",
    "about_person_id": "NULL",
    "details": "'{}'",
    "digest": "decode(repeat('ab', 32), 'hex')",
    "sequence_number": "17",
}


@pytest.fixture
def five_events(in_ringebu: Municipality, kari: Person) -> None:
    """Siri reads Kari's case five times."""
    roles = frozenset({Role.CASEWORKER})
    siri = Staff(in_ringebu.id, SOMEBODY, "Siri Haugen", SOMEBODY, "Hjemmetjenesten", roles, SOMEBODY)
    for number in range(1, 6):
        with db.transaction() as session:
            record(
                session,
                siri,
                EventTag.APPLICATION_READ,
                about_person_id=kari.id,
                purpose=Purpose.CASE_HANDLING,
                number=number,
            )


def as_owner(session: Session, municipality: Municipality, *statements: str) -> None:
    """Do something as the role that owns the tables, which no trigger and no privilege stops."""
    session.execute(text("SELECT set_config('portal.municipality_id', :id, true)"), {"id": str(municipality.id)})
    for statement in statements:
        session.execute(text(statement))
    session.commit()


def broken_event() -> int | None:
    """What the check finds."""
    with db.read_only() as session:
        return verify(session).broken


def test_every_column_of_an_event_is_covered() -> None:
    assert set(CHANGES) | {"municipality_id"} == set(AuditEvent.__table__.columns.keys())


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_in_any_column_names_the_event(
    five_events: None, in_ringebu: Municipality, owner_session: Session, column: str
) -> None:
    change = f"UPDATE audit_event SET {column} = {CHANGES[column]} WHERE sequence_number = 3"
    as_owner(owner_session, in_ringebu, change)
    assert broken_event() == 3


def test_an_event_that_was_moved_to_another_municipality_is_missed(
    five_events: None, in_ringebu: Municipality, nord_fron: Municipality, database: tuple[EmbeddedPostgres, str]
) -> None:
    server, name = database
    with psycopg.connect(plain(server.url("postgres", name)), autocommit=True) as connection:
        connection.execute("UPDATE audit_event SET municipality_id = %s WHERE sequence_number = 3", [nord_fron.id])
    assert broken_event() == 3
    with db.as_municipality(nord_fron.id):
        assert broken_event() == 1


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["DELETE FROM audit_event WHERE sequence_number = 1"], 1),
        (["DELETE FROM audit_event WHERE sequence_number = 4"], 4),
        (["DELETE FROM audit_event WHERE sequence_number = 5"], 5),
        (["DELETE FROM audit_event WHERE sequence_number > 2"], 3),
        (["DELETE FROM audit_event"], 1),
        (
            [
                "UPDATE audit_event SET sequence_number = sequence_number + 10 WHERE sequence_number > 2",
                "UPDATE audit_event SET sequence_number = sequence_number - 9 WHERE sequence_number > 2",
                "INSERT INTO audit_event SELECT (jsonb_populate_record(e, '{\"sequence_number\": 3}')).* "
                "FROM audit_event e WHERE sequence_number = 2",
            ],
            3,
        ),
        (["UPDATE audit_chain SET sequence_number = 6"], 6),
        (["UPDATE audit_chain SET sequence_number = 6, digest = '\\x00'"], 6),
        (["DELETE FROM audit_event WHERE sequence_number = 5", "DELETE FROM audit_chain"], 5),
    ],
    ids=["first", "middle", "last", "tail", "all", "put in", "end moved", "end made up", "end and its chain"],
)
def test_what_is_removed_or_put_in_is_named(
    five_events: None,
    in_ringebu: Municipality,
    owner_session: Session,
    statements: list[str],
    broken: int | None,
) -> None:
    as_owner(owner_session, in_ringebu, *statements)
    assert broken_event() == broken


def test_whoever_owns_the_tables_and_takes_the_end_of_the_chain_along_is_found_by_the_digest_kept_elsewhere(
    five_events: None, in_ringebu: Municipality, owner_session: Session
) -> None:
    with db.read_only() as session:
        kept_elsewhere = verify(session).end
    as_owner(
        owner_session,
        in_ringebu,
        "DELETE FROM audit_event WHERE sequence_number = 5",
        "ALTER TABLE audit_chain DISABLE TRIGGER only_forward",
        "UPDATE audit_chain c SET (sequence_number, digest) = "
        "(SELECT sequence_number, digest FROM audit_event WHERE sequence_number = 4)",
        "ALTER TABLE audit_chain ENABLE TRIGGER only_forward",
    )
    with db.read_only() as session:
        verdict = verify(session)
    assert verdict.broken is None
    assert verdict.end != kept_elsewhere


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET digest = ''",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "DELETE FROM audit_chain",
        "TRUNCATE audit_chain",
        "DELETE FROM access_review",
        "UPDATE access_review SET note = ''",
        "DELETE FROM access_complaint",
        "UPDATE access_complaint SET text = ''",
        "ALTER TABLE audit_chain DISABLE TRIGGER only_forward",
    ],
)
def test_the_role_that_serves_the_portal_cannot_touch_what_is_written(five_events: None, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied|must be owner"), db.transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("change", ["sequence_number = 2", "sequence_number = 0", "digest = ''"])
def test_the_end_of_the_chain_only_goes_forward(five_events: None, change: str) -> None:
    with pytest.raises(DBAPIError, match="only goes forward"), db.transaction() as session:
        session.execute(text(f"UPDATE audit_chain SET {change}"))
    assert broken_event() is None


def test_the_command_says_how_many_events_are_whole_and_names_the_first_that_is_not(
    five_events: None,
    in_ringebu: Municipality,
    nord_fron: Municipality,
    owner_session: Session,
    environment: Environment,
) -> None:
    whole = portal(environment, "audit", "verify")
    assert whole.returncode == 0, whole.stdout
    assert "3439 Ringebu kommune: 5 events are whole" in whole.stdout
    assert "3436 Nord-Fron kommune: 0 events are whole" in whole.stdout
    as_owner(owner_session, in_ringebu, "UPDATE audit_event SET actor_name = 'Nils' WHERE sequence_number = 4")
    broken = portal_here(environment, "audit", "verify", "--municipality", "3439")
    assert broken.returncode == 1
    assert "3439 Ringebu kommune: EVENT 4 IS BROKEN (says 20" in broken.stdout
    assert "before it, 3 events are whole" in broken.stdout
    assert portal_here(environment, "audit", "verify", "--municipality", "3436").returncode == 0
    assert portal_here(environment, "audit", "verify", "--municipality", "9999").returncode == 1
