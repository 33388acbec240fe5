"""A municipality of 10 000 citizens with 100 000 messages, put in by bulk inserts."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Assurance, System
from citizen_portal.db import new_id
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES, add_to_installation, set_up
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import ABSOLUTE_LIMIT, Area, LoginSession, Person
from citizen_portal.identity.sessions import hash_of
from citizen_portal.journal.models import CaseFile, ClassificationClass, JournalSequence, RegistryEntry, Series
from citizen_portal.journal.terms import CaseStatus, EntryStatus, EntryType
from citizen_portal.messages.models import Direction, Message, Thread

CITIZENS = 10_000
MESSAGES_EACH = 10
LOGGED_IN = 64


def populate(superuser_url: str) -> list[str]:
    """Fill the database and return the browser tokens of those who are logged in."""
    known = MUNICIPALITIES[0]
    engine = create_engine(superuser_url)
    with Session(engine) as session, session.begin():
        municipality_id = add_to_installation(session, known).id
    with db.as_municipality(municipality_id):
        units = set_up(System(municipality_id, "bench"), known, clock.today().replace(month=1, day=1))
        unit = units["Hjemmetjenesten"]
        with db.transaction() as session:
            series = session.query(Series).one()
            place = session.query(ClassificationClass).filter_by(code="H12").one()
        tokens = _add_everything(engine, municipality_id, unit.id, unit.name, series.id, place.id)
    engine.dispose()
    return tokens


def _add_everything(
    engine: Engine, municipality_id: int, unit_id: UUID, unit_name: str, series_id: UUID, class_id: UUID
) -> list[str]:
    randomness, now, tokens = Random(1), clock.now(), []
    for start in range(0, CITIZENS, 500):
        rows: dict[type, list[dict[str, Any]]] = {
            kind: [] for kind in (Person, CaseFile, RegistryEntry, Application, Thread, Message, LoginSession)
        }
        for number in range(start, start + 500):
            person = _person(municipality_id, number, now)
            case_file = _case_file(municipality_id, number, person["id"], unit_id, unit_name, series_id, class_id, now)
            rows[Person].append(person)
            rows[CaseFile].append(case_file)
            _add_conversation(
                rows, municipality_id, number, person, case_file, unit_id, now - timedelta(days=40), randomness
            )
            if number < LOGGED_IN:
                token = f"bench-{number}"
                tokens.append(token)
                rows[LoginSession].append(_login(municipality_id, person["id"], token, now))
        _put_in(engine, rows)
    with db.transaction() as session:
        last = {"last_case_number": CITIZENS, "last_journal_number": CITIZENS * MESSAGES_EACH}
        session.add(JournalSequence(year=now.year, **last))
    return tokens


def _put_in(engine: Engine, rows: dict[type, list[dict[str, Any]]]) -> None:
    """Without looking up foreign keys, which takes most of the time: the rows are right as they are made."""
    with Session(engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for kind, made in rows.items():
            if made:
                session.execute(insert(kind), made)


def _person(municipality_id: int, number: int, now: datetime) -> dict[str, Any]:
    person_id = new_id()
    return {
        "municipality_id": municipality_id,
        "id": person_id,
        "national_id_encrypted": key_ring().encrypt(f"{number:011}", f"person:{municipality_id}:{person_id}"),
        "national_id_hash": key_ring().lookup_hash(f"{number:011}", f"person:{municipality_id}"),
        "name": f"Innbygger {number}",
        "created_at": now,
    }


def _case_file(
    municipality_id: int,
    number: int,
    person_id: UUID,
    unit_id: UUID,
    unit_name: str,
    series_id: UUID,
    class_id: UUID,
    now: datetime,
) -> dict[str, Any]:
    return {
        "municipality_id": municipality_id,
        "id": new_id(),
        "series_id": series_id,
        "classification_class_id": class_id,
        "case_year": now.year,
        "case_sequence_number": number + 1,
        "case_date": now.date(),
        "citizen_id": person_id,
        "area": Area.HEALTH,
        "title": "Søknad om trygghetsalarm",
        "public_title": "Søknad om trygghetsalarm",
        "unit_id": unit_id,
        "unit_name": unit_name,
        "responsible_name": unit_name,
        "status": CaseStatus.OPEN,
        "screening_metadata": [],
        "last_entry_number": MESSAGES_EACH,
        "created_at": now,
        "created_by": "bench",
    }


def _add_conversation(
    rows: dict[type, list[dict[str, Any]]],
    municipality_id: int,
    number: int,
    person: dict[str, Any],
    case_file: dict[str, Any],
    unit_id: UUID,
    start: datetime,
    randomness: Random,
) -> None:
    own = {"municipality_id": municipality_id}
    thread_id, last = new_id(), MESSAGES_EACH
    for position in range(1, MESSAGES_EACH + 1):
        entry_id, sent_at = new_id(), start + timedelta(days=position, minutes=randomness.randrange(600))
        rows[RegistryEntry].append(_entry(own, number, position, case_file["id"], entry_id, sent_at))
        rows[Message].append(
            own
            | {
                "id": new_id(),
                "thread_id": thread_id,
                "position": position,
                "direction": Direction.FROM_CITIZEN,
                "author_person_id": person["id"],
                "author_name": person["name"],
                "body": "Hei. " + "Dette er en helt vanlig melding. " * randomness.randrange(1, 12),
                "sent_at": sent_at,
                "registry_entry_id": entry_id,
            }
        )
    rows[Thread].append(
        own
        | {
            "id": thread_id,
            "case_file_id": case_file["id"],
            "person_id": person["id"],
            "unit_id": unit_id,
            "subject": case_file["title"],
            "last_message_at": start + timedelta(days=last),
            "last_position": last,
            "last_citizen_position": last - 1,
            "last_staff_position": last,
        }
    )
    rows[Application].append(_application(own, person, case_file, unit_id, rows[RegistryEntry][-1]["id"], start))


def _entry(
    own: dict[str, Any], number: int, position: int, case_file_id: UUID, entry_id: UUID, sent_at: datetime
) -> dict[str, Any]:
    return own | {
        "id": entry_id,
        "case_file_id": case_file_id,
        "journal_year": sent_at.year,
        "journal_sequence_number": number * MESSAGES_EACH + position,
        "entry_number": position,
        "entry_type": EntryType.INCOMING,
        "status": EntryStatus.JOURNALED,
        "journal_date": sent_at.date(),
        "received_at": sent_at,
        "title": "Melding",
        "public_title": "Melding",
        "screening_metadata": [],
        "created_at": sent_at,
        "created_by": "bench",
    }


def _application(
    own: dict[str, Any], person: dict[str, Any], case_file: dict[str, Any], unit_id: UUID, entry_id: UUID, at: datetime
) -> dict[str, Any]:
    return own | {
        "id": new_id(),
        "person_id": person["id"],
        "definition_id": "trygghetsalarm",
        "definition_version": 1,
        "area": Area.HEALTH,
        "answers": {"for_whom": "self"},
        "revision": 1,
        "language": "nb",
        "status": Status.IN_PROGRESS,
        "started_at": at,
        "saved_at": at,
        "submitted_at": at,
        "status_changed_at": at,
        "answer_by_date": (at + timedelta(days=60)).date(),
        "case_file_id": case_file["id"],
        "registry_entry_id": entry_id,
        "unit_id": unit_id,
    }


def _login(municipality_id: int, person_id: UUID, token: str, now: datetime) -> dict[str, Any]:
    session_id = new_id()
    return {
        "municipality_id": municipality_id,
        "id": session_id,
        "token_hash": hash_of(token),
        "person_id": person_id,
        "acr": "idporten-loa-high",
        "assurance": int(Assurance.HIGH),
        "issuer": "bench",
        "id_token_encrypted": key_ring().encrypt("{}", f"login_session:{municipality_id}:{session_id}"),
        "authenticated_at": now,
        "created_at": now,
        "last_seen_at": now,
        "ends_at": now + ABSOLUTE_LIMIT,
    }
