"""Use cases about persons: known, employed, represented."""

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record
from citizen_portal.auth.actor import Actor, Role
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.identity import queries, registers
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import Area, Basis, Person, Protection, Representation, StaffMember, StaffRole
from citizen_portal.identity.national_id import NationalId

UNNAMED: Final = "Navn ikke oppgitt"
"""Whom ID-porten tells us no name of: it gives names for some ways of logging in only. Journals demand a name."""
SYSTEM_NAME: Final = "citizen-portal"
"""Who gave the roles that came with an account."""


def register_person(
    session: Session,
    *,
    national_id: str,
    name: str,
    birth_date: date | None = None,
    preferred_language: str | None = None,
) -> Person:
    """The person with the number, made known to the municipality if she is not; a new name replaces the old one.

    Two first logins at once, from two tabs, make one person. Without a name she is `UNNAMED` until one is given.

    Raises:
        InvalidNationalId: not a national id.
    """
    national_id = NationalId.parse(national_id).value
    known = queries.person_by_national_id(session, national_id)
    if known is not None:
        if known.register_checked_at is None:  # what the population register calls her counts for more
            known.name = name.strip() or known.name
        return known
    person = Person(
        municipality_id=current_municipality_id(),
        id=new_id(),
        national_id_hash=queries.national_id_hash(national_id),
        name=name.strip() or UNNAMED,
        birth_date=birth_date,
        preferred_language=preferred_language,
        created_at=clock.now(),
    )
    person.national_id_encrypted = key_ring().encrypt(national_id, person.encryption_context)
    return _made_known(session, person, national_id)


def _made_known(session: Session, person: Person, national_id: str) -> Person:
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError:  # another transaction was first
        found = queries.person_by_national_id(session, national_id)
        if found is None:
            raise
        return found
    if registers.population_register() is not None:
        _ask_about(session, person)
    return person


def _ask_about(session: Session, person: Person) -> None:
    """Somebody new counts as protected until the population register has answered about her, which a job sees to."""
    from citizen_portal.identity.registers.refresh import refresh_person  # it makes people known itself

    person.protection = Protection.UNKNOWN
    jobs.defer(session, refresh_person, person_id=str(person.id))


def employ(
    session: Session,
    *,
    issuer: str,
    subject: str,
    name: str,
    title: str,
    unit_id: UUID,
    roles: Collection[Role],
    person_id: UUID | None = None,
) -> StaffMember:
    """Let somebody log in as staff of a unit with the roles, from today. `person_id` is she as a citizen, if known."""
    member = StaffMember(
        municipality_id=current_municipality_id(),
        id=new_id(),
        issuer=issuer,
        subject=subject,
        name=name,
        title=title,
        unit_id=unit_id,
        person_id=person_id,
    )
    session.add(member)
    session.flush()
    session.add_all(
        StaffRole(
            staff_id=member.id,
            unit_id=unit_id,
            role=role,
            valid_from_date=clock.today(),
            granted_by_name=SYSTEM_NAME,
            created_at=clock.now(),
        )
        for role in sorted(roles)
    )
    session.flush()
    return member


def register_representation(
    session: Session,
    actor: Actor,
    *,
    principal: Person,
    representative: Person,
    basis: Basis,
    areas: Collection[Area],
    relation: str | None = None,
    valid_from_date: date | None = None,
    valid_to_date: date | None = None,
    case_file_id: UUID | None = None,
) -> Representation:
    """Let the representative act for the principal in the areas, from a day (today) to a day (until revoked)."""
    representation = Representation(
        principal_id=principal.id,
        representative_id=representative.id,
        basis=basis,
        relation=relation,
        areas=sorted(area.value for area in areas),
        case_file_id=case_file_id,
        registered_by_name=actor.display_name,
        valid_from_date=valid_from_date or clock.today(),
        valid_to_date=valid_to_date,
        created_at=clock.now(),
    )
    session.add(representation)
    session.flush()
    record(
        session,
        actor,
        EventTag.REPRESENTATION_REGISTERED,
        subject=representation,
        about_person_id=principal.id,
        areas=representation.areas,
    )
    return representation
