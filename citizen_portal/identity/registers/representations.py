"""Keep what the population register says of who acts for whom: parents for children, guardians for their wards.

The principal's own record decides. The register's word holds for a day and a half (`reach.CONFIRMED_FOR`), so what it
does not repeat ends by itself, and what it denies ends at once.
"""

import logging
from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record
from citizen_portal.auth.actor import System
from citizen_portal.db import current_municipality_id, read_only, transaction
from citizen_portal.identity import queries, service
from citizen_portal.identity.models import Basis, Person, Protection, Representation
from citizen_portal.identity.reach import FROM_REGISTER
from citizen_portal.identity.registers.check import SECONDS, keep
from citizen_portal.identity.registers.errors import RegisterError
from citizen_portal.identity.registers.freg_person import SOURCE
from citizen_portal.identity.registers.http import Deadline
from citizen_portal.identity.registers.mandates import Mandates, guardians, parents
from citizen_portal.identity.registers.port import PopulationRegister, RegisteredPerson
from citizen_portal.tenancy.models import Municipality

logger = logging.getLogger(__name__)

RELATION_OF_CHILD: Final = "child"


def refresh_representations(population: PopulationRegister, municipality: Municipality, person_id: UUID) -> None:
    """Make, confirm and end what the register says of whom a person acts for, and of who acts for her.

    A principal about whom there is no answer is left as she is; the others are seen to first.

    Raises:
        RegisterError: the last one, when about somebody there was no answer.
    """
    with read_only() as session:
        person = queries.person(session, person_id)
        numbers = {person.national_id, *(known.national_id for known in _principals(session, person_id))}
    failure: RegisterError | None = None
    try:
        numbers |= set(population.relations(municipality, person.national_id, Deadline(SECONDS)).children)
    except RegisterError as error:
        failure = error
    for number in sorted(numbers):
        try:
            _refresh_principal(population, municipality, number)
        except RegisterError as error:
            failure = error
    if failure is not None:
        raise failure


def _principals(session: Session, representative_id: UUID) -> Collection[Person]:
    return session.scalars(
        select(Person)
        .join(
            Representation,
            and_(
                Representation.municipality_id == Person.municipality_id,
                Representation.principal_id == Person.id,
                Representation.representative_id == representative_id,
                Representation.basis.in_(FROM_REGISTER),
                Representation.revoked_at.is_(None),
            ),
        )
        .where(Person.municipality_id == current_municipality_id())
    ).all()


def _refresh_principal(population: PopulationRegister, municipality: Municipality, number: str) -> None:
    facts = population.person(municipality, number, Deadline(SECONDS))
    relations = population.relations(municipality, number, Deadline(SECONDS))
    as_child = parents(number, facts.birth_date, relations, clock.today())
    asked = {*relations.parents} if as_child else set[str]()
    mandates = guardians(relations.guardianships, clock.today())
    people = {
        other: population.person(municipality, other, Deadline(SECONDS))
        for other in sorted(asked | {representative for representative, _ in mandates})
    }
    if all(_is_open(people[parent]) for parent in asked):
        mandates |= as_child
    if not _is_open(facts) or facts.is_dead:
        mandates = {}
    allowed = {key: areas for key, areas in mandates.items() if _can_act(people[key[0]])}
    with transaction() as session:
        _save(session, number, facts, allowed, people)


def _is_open(facts: RegisteredPerson) -> bool:
    return facts.protection is Protection.NONE


def _can_act(facts: RegisteredPerson) -> bool:
    return _is_open(facts) and not facts.is_dead


def _save(
    session: Session, number: str, facts: RegisteredPerson, mandates: Mandates, people: dict[str, RegisteredPerson]
) -> None:
    """Bring the principal's rows in step. Nobody is made known to us for nothing: of parents, those who come here."""
    wanted = {}
    for (other, basis), areas in mandates.items():
        representative = _known(session, other, people[other], must_be_made=basis is Basis.GUARDIANSHIP)
        if representative is not None:
            wanted[representative.id, basis] = representative, areas
    principal = _known(session, number, facts, must_be_made=bool(wanted))
    if principal is None:
        return
    session.flush()
    session.refresh(principal, with_for_update=True)  # two refreshes at once make no row twice
    actor = System(principal.municipality_id, SOURCE)
    for row in _of_principal(session, principal.id):
        representative, areas = wanted.get((row.representative_id, row.basis), (None, frozenset()))
        if representative is not None and set(row.areas) == {area.value for area in areas}:
            row.confirmed_at = clock.now()
            del wanted[row.representative_id, row.basis]
        else:
            _end(session, actor, row)
    for (_, basis), (representative, areas) in wanted.items():
        service.register_representation(
            session,
            actor,
            principal=principal,
            representative=representative,
            basis=basis,
            areas=areas,
            relation=RELATION_OF_CHILD if basis is Basis.PARENTAL_RESPONSIBILITY else None,
        ).confirmed_at = clock.now()


def _known(session: Session, number: str, facts: RegisteredPerson, *, must_be_made: bool) -> Person | None:
    known = queries.person_by_national_id(session, number)
    if known is None and must_be_made:
        known = service.register_person(session, national_id=number, name=facts.name, birth_date=facts.birth_date)
    if known is not None:
        keep(known, facts)
    return known


def _of_principal(session: Session, principal_id: UUID) -> Collection[Representation]:
    return session.scalars(
        select(Representation).where(
            Representation.municipality_id == current_municipality_id(),
            Representation.principal_id == principal_id,
            Representation.basis.in_(FROM_REGISTER),
            Representation.registered_by_name == SOURCE,
            Representation.revoked_at.is_(None),
        )
    ).all()


def _end(session: Session, actor: System, row: Representation) -> None:
    row.revoked_at, row.revoked_by_name = clock.now(), actor.display_name
    record(session, actor, EventTag.REPRESENTATION_ENDED, subject=row, about_person_id=row.principal_id)
