"""Citizens, staff, and who is whose next of kin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff, System
from citizen_portal.config import Settings
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.demo.people import DemoPerson, all_citizens, named_staff
from citizen_portal.demo.registers.population import families
from citizen_portal.identity.models import Area, Basis, Person, Protection, StaffMember, StaffRole
from citizen_portal.identity.service import SYSTEM_NAME, employ, register_person, register_representation
from citizen_portal.tenancy.models import Unit


def citizens_of(municipality_number: str) -> list[DemoPerson]:
    """The demo's citizens who live in the municipality, the named ones first."""
    return [person for person in all_citizens() if person.municipality_number == municipality_number]


def register_citizens(session: Session, citizens: Iterable[DemoPerson]) -> dict[str, Person]:
    """Make the citizens known to the current municipality, by key."""
    known = {}
    for citizen in citizens:
        known[citizen.key] = person = register_person(
            session,
            national_id=citizen.national_id,
            name=citizen.name,
            birth_date=citizen.birth_date,
            preferred_language=citizen.language,
        )
        person.email = f"{citizen.key}@example.org"
        person.phone = "+47 400 00 000"
    return known


def employ_staff(
    session: Session, settings: Settings, municipality_number: str, units: Mapping[str, Unit]
) -> dict[str, Staff]:
    """Employ the demo's staff of the current municipality, by key, as the actors that they are when they work."""
    working = {}
    for member in named_staff():
        if member.person.municipality_number == municipality_number:
            unit = units[member.unit_name]
            roles = frozenset(Role(role) for role in member.roles)
            made = employ(
                session,
                issuer=settings.staff_oidc_issuer,
                subject=str(member.oid),
                name=member.person.name,
                title=member.title,
                unit_id=unit.id,
                roles=roles,
            )
            if member.also_in:
                _let_work_in(session, made, units[member.also_in])
            working[member.key] = Staff(
                current_municipality_id(), made.id, made.name, unit.id, unit.name, roles, session_id=new_id()
            )
    return working


def _let_work_in(session: Session, member: StaffMember, unit: Unit) -> None:
    session.add(
        StaffRole(
            staff_id=member.id,
            unit_id=unit.id,
            role=Role.CASEWORKER,
            valid_from_date=clock.today(),
            granted_by_name=SYSTEM_NAME,
            created_at=clock.now(),
        )
    )


def let_kari_follow_borghild(session: Session, actor: System, people: Mapping[str, Person]) -> None:
    """Kari is registered as her mother's next of kin and may see her visits."""
    register_representation(
        session,
        actor,
        principal=people["borghild"],
        representative=people["kari"],
        basis=Basis.NEXT_OF_KIN,
        areas={Area.VISITS},
        relation="mother",
        valid_from_date=clock.today() - timedelta(days=60),
    )


def let_register_answer(session: Session, people: Mapping[str, Person]) -> None:
    """Everybody has just been asked about, except the one who has a guardian: the worker finds that out."""
    known = families()
    for key, person in people.items():
        if key != known.ward.key:
            protection = Protection.STRICTLY_CONFIDENTIAL if key == known.protected.key else Protection.NONE
            session.execute(
                update(Person)
                .where(Person.municipality_id == person.municipality_id, Person.id == person.id)
                .values(protection=protection, register_checked_at=clock.now())
            )


def as_citizen(person: Person, session_id: UUID | None = None) -> Citizen:
    """The person as the actor that she is when she has logged in with level high."""
    return Citizen(person.municipality_id, person.id, person.name, Assurance.HIGH, session_id or new_id())
