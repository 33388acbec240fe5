"""A unit with very many cases under way, put in by PostgreSQL itself, and a caseworker of it who is logged in."""

from typing import Final

from sqlalchemy import create_engine, text

from citizen_portal import clock, db
from citizen_portal.auth.actor import Role
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import ABSOLUTE_LIMIT, LoginSession
from citizen_portal.identity.sessions import hash_of
from citizen_portal.tenancy import queries

UNIT: Final = "Hjemmetjenesten"
SIZES: Final = (1_000, 100_000, 1_000_000)
"""How many cases the unit has under way, when the work list is measured."""

CASES: Final = """
WITH people AS (SELECT array_agg(id) AS ids FROM person WHERE municipality_id = :municipality),
made AS MATERIALIZED (
    SELECT number, gen_random_uuid() AS case_id, gen_random_uuid() AS entry_id, uuidv7() AS application_id,
        people.ids[1 + number % array_length(people.ids, 1)] AS person_id
    FROM generate_series(CAST(:start AS integer), CAST(:stop AS integer)) AS number, people
),
case_files AS (
    INSERT INTO case_file SELECT (jsonb_populate_record(sample, jsonb_build_object(
        'id', made.case_id, 'case_sequence_number', 1000000 + made.number, 'citizen_id', made.person_id))).*
    FROM made, case_file AS sample WHERE sample.id = :case_file
),
entries AS (
    INSERT INTO registry_entry SELECT (jsonb_populate_record(sample, jsonb_build_object(
        'id', made.entry_id, 'case_file_id', made.case_id, 'entry_number', 1,
        'journal_sequence_number', 10000000 + made.number))).*
    FROM made, registry_entry AS sample WHERE sample.id = :entry
)
INSERT INTO application SELECT (jsonb_populate_record(sample, jsonb_build_object(
    'id', made.application_id, 'person_id', made.person_id, 'case_file_id', made.case_id,
    'registry_entry_id', made.entry_id, 'status',
    CASE made.number % 10 WHEN 0 THEN 'received' WHEN 1 THEN 'waiting_for_others' ELSE 'in_progress' END,
    'assigned_staff_id', CASE WHEN made.number % 10 > 0 THEN CAST(:staff AS text) END,
    'answer_by_date', CURRENT_DATE + made.number % 90 - 10))).*
FROM made, application AS sample WHERE sample.id = :application
"""
"""Each like one that the portal made, with another citizen, number, deadline and status."""
SAMPLE: Final = """
SELECT municipality_id AS municipality, id AS application, case_file_id AS case_file, registry_entry_id AS entry
FROM application WHERE status <> 'draft' LIMIT 1
"""


def log_in_caseworker() -> str:
    """Employ somebody in the unit, and give the token of her login."""
    with db.read_only() as session:
        municipality_id = queries.municipalities(session)[0].id
    now, token = clock.now(), "bench-caseworker"
    with db.as_municipality(municipality_id), db.transaction() as session:
        unit = queries.unit_by_name(session, UNIT)
        member = identity.employ(
            session,
            issuer="bench",
            subject="siri",
            name="Siri Haugen",
            title="Saksbehandler",
            unit_id=unit.id,
            roles=(Role.CASEWORKER,),
        )
        login_id = new_id()
        session.add(
            LoginSession(
                id=login_id,
                token_hash=hash_of(token),
                staff_id=member.id,
                acr="",
                issuer="bench",
                id_token_encrypted=key_ring().encrypt("{}", f"login_session:{municipality_id}:{login_id}"),
                authenticated_at=now,
                created_at=now,
                last_seen_at=now,
                ends_at=now + ABSOLUTE_LIMIT,
            )
        )
    return token


def grow(superuser_url: str, size: int) -> None:
    """Let the unit have so many cases under way. Foreign keys are not looked up: the rows are right by the query."""
    engine = create_engine(superuser_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        sample = connection.execute(text(SAMPLE)).mappings().one()
        staff = connection.execute(text("SELECT id FROM staff_member WHERE name = 'Siri Haugen' LIMIT 1")).scalar_one()
        has = connection.execute(
            text("SELECT count(*) FROM case_file WHERE case_sequence_number > 1000000")
        ).scalar_one()
        if not has:  # those that were seeded for the citizens' overview do not count
            connection.execute(text("UPDATE application SET status = 'closed' WHERE status <> 'draft'"))
        connection.execute(text(CASES), {**sample, "staff": str(staff), "start": has + 1, "stop": size})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) application, case_file, registry_entry, person"))
    engine.dispose()
