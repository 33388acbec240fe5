"""Give, register, renew and end representation. What is ended stops at once: every page asks anew who may act."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.models import Area, Basis, Person, Representation
from citizen_portal.identity.national_id import NationalId
from citizen_portal.identity.reach import ADULT_AGE, FROM_REGISTER, years_before
from citizen_portal.journal.models import CaseFile
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.representation import queries
from citizen_portal.representation.errors import (
    FromRegister,
    IdTaken,
    InvalidPeriod,
    NotCovered,
    NotPossibleHere,
    TooManyTries,
)
from citizen_portal.representation.legal_bases import LegalBasis

GIVING_AGE: Final = 16
"""From when somebody can give a power of attorney here."""
MOST_TRIES: Final = 5
TRIES_WITHIN: Final = timedelta(hours=1)
LONGEST_GIVEN: Final = 10
LONGEST_REGISTERED: Final = 5
"""Years."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a power of attorney will say: `id` is chosen by the form, so that sending it twice counts once."""

    id: UUID
    representative_id: UUID
    areas: frozenset[Area]
    case_file_id: UUID | None
    valid_to_date: date | None


@dataclass(frozen=True, slots=True)
class Registration:
    """What staff register: by which law and document, in what, and until when."""

    id: UUID
    relation: str | None
    areas: frozenset[Area]
    legal_basis: LegalBasis
    document_sha256: str
    valid_to_date: date


def last_day(years: int) -> date:
    """The last day that can be chosen."""
    today = clock.today()
    return today.replace(year=today.year + years, day=28 if (today.month, today.day) == (2, 29) else today.day)


def demand_can_give(session: Session, actor: Citizen, *, lock: bool = False) -> Person:
    """The citizen herself, if she can give a power of attorney here. Raises NotPossibleHere, which never says why.

    Protection of her address is judged later: the form is the same for everybody, whoever looks over her shoulder.
    """
    query = select(Person).where(Person.municipality_id == current_municipality_id(), Person.id == actor.person_id)
    giver = session.scalar(query.with_for_update() if lock else query)
    if giver is None or giver.death_date or not _is_at_least(giver, GIVING_AGE):
        raise NotPossibleHere
    return giver


def find_representative(session: Session, actor: Citizen, national_id: str, last_name: str) -> Person | None:
    """Whom the citizen names, if it is a grown-up whom the municipality knows by that number and name.

    Everything else is one and the same None, noted in the log. Commit also then: the tries count.

    Raises NotPossibleHere; TooManyTries when there were too many within the hour.
    """
    giver = demand_can_give(session, actor, lock=True)  # one try of a person at a time
    if _tries(session, actor) >= MOST_TRIES:
        raise TooManyTries
    found = _known(session, national_id)
    is_right = found is not None and found.id != giver.id and _has_last_name(found, last_name) and _can_act(found)
    if found is None or giver.is_protected or not is_right:
        audit.record(session, actor, EventTag.REPRESENTATION_REFUSED, about_person_id=actor.person_id)
        return None
    return found


def give(session: Session, actor: Citizen, terms: Terms) -> Representation:
    """Let somebody act for the citizen herself from today on; the same terms again are the same power of attorney.

    Raises NotPossibleHere, InvalidPeriod, IdTaken, and NotFound for a case that is not her own.
    """
    giver = demand_can_give(session, actor)
    representative = identity.person(session, terms.representative_id)
    if giver.is_protected or representative.id == giver.id or not _can_act(representative):
        raise NotPossibleHere
    if terms.valid_to_date is not None:
        _demand_day(terms.valid_to_date, LONGEST_GIVEN)
    if terms.case_file_id is not None:
        case_file = session.get(CaseFile, (current_municipality_id(), terms.case_file_id))
        if case_file is None or case_file.citizen_id != actor.person_id:
            raise NotFound
    given = Representation(
        id=terms.id,
        municipality_id=current_municipality_id(),
        principal_id=actor.person_id,
        representative_id=representative.id,
        basis=Basis.POWER_OF_ATTORNEY,
        areas=_stored(terms.areas) if terms.case_file_id is None else [],
        case_file_id=terms.case_file_id,
        registered_by_name=actor.name,
        valid_from_date=clock.today(),
        valid_to_date=terms.valid_to_date,
        created_at=clock.now(),
    )
    return _add(session, actor, given, tell=[representative.id])


def end(session: Session, actor: Citizen, representation_id: UUID) -> Representation:
    """End a representation that the citizen has given or been given; again changes nothing.

    Raises NotFound, and FromRegister for what only the population register can change.
    """
    ended = queries.own_representation(session, actor, representation_id)
    if ended.basis in FROM_REGISTER:
        raise FromRegister
    other = ended.representative_id if ended.principal_id == actor.person_id else ended.principal_id
    return _end(session, actor, ended, tell=[other])


def find_person(session: Session, actor: Staff, national_id: str) -> Person | None:
    """Whom an employee names by number, if the municipality knows her. Noted in the log.

    Somebody with a protected address is not found here: nothing on the way to her is shown to relatives.
    """
    found = _known(session, national_id)
    audit.record(session, actor, EventTag.PERSON_SEARCHED, about_person_id=found.id if found else None)
    return None if found is None or found.is_protected or found.death_date else found


def register(
    session: Session, actor: Staff, principal: Person, representative: Person, registration: Registration
) -> Representation:
    """Let somebody act for another by law and document. The same registration again is the same row.

    Raises NotPossibleHere, InvalidPeriod, NotCovered, IdTaken.
    """
    if principal.id == representative.id or principal.is_protected or not _can_act(representative):
        raise NotPossibleHere
    _demand_day(registration.valid_to_date, LONGEST_REGISTERED)
    if not registration.areas <= registration.legal_basis.areas:
        raise NotCovered
    made = Representation(
        id=registration.id,
        municipality_id=current_municipality_id(),
        principal_id=principal.id,
        representative_id=representative.id,
        basis=registration.legal_basis.basis,
        relation=registration.relation,
        areas=_stored(registration.areas),
        legal_basis=registration.legal_basis.reference,
        document_sha256=registration.document_sha256,
        registered_by_name=f"{actor.name}, {actor.unit_name}",
        registered_by_unit_id=actor.unit_id,
        valid_from_date=clock.today(),
        valid_to_date=registration.valid_to_date,
        created_at=clock.now(),
        visits_stopped_at=queries.visits_stopped_at(session, principal.id, representative.id),
    )
    return _add(session, actor, made, tell=[principal.id, representative.id])


def renew(session: Session, actor: Staff, representation_id: UUID, registration: Registration) -> Representation:
    """Register anew what the unit has registered, and end the former. Raises NotFound, and as `register`."""
    former = queries.registered_by_unit(session, actor, representation_id).representation
    principal = identity.person(session, former.principal_id)
    representative = identity.person(session, former.representative_id)
    made = register(session, actor, principal, representative, registration)
    _end(session, actor, former, tell=[])
    return made


def end_registered(session: Session, actor: Staff, representation_id: UUID) -> Representation:
    """End what the unit has registered. Raises NotFound."""
    ended = queries.registered_by_unit(session, actor, representation_id).representation
    return _end(session, actor, ended, tell=[ended.principal_id, ended.representative_id])


def _add(session: Session, actor: Citizen | Staff, made: Representation, tell: Collection[UUID]) -> Representation:
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        already = session.get(Representation, (made.municipality_id, made.id))
        if already is None or (already.principal_id, already.representative_id) != (
            made.principal_id,
            made.representative_id,
        ):
            raise IdTaken from None
        return already
    audit.record(
        session,
        actor,
        EventTag.REPRESENTATION_REGISTERED,
        subject=made,
        about_person_id=made.principal_id,
        areas=made.areas,
        one_case=made.case_file_id is not None,
    )
    _tell(session, tell)
    return made


def _end(session: Session, actor: Citizen | Staff, ended: Representation, tell: Collection[UUID]) -> Representation:
    if ended.revoked_at is None:
        ended.revoked_at, ended.revoked_by_name = clock.now(), actor.display_name
        about = ended.principal_id
        audit.record(session, actor, EventTag.REPRESENTATION_ENDED, subject=ended, about_person_id=about)
        _tell(session, tell)
    return ended


def _tell(session: Session, people: Collection[UUID]) -> None:
    for person_id in people:
        notifications.enqueue(session, Occasion.REPRESENTATION_CHANGED, person_id)


def _known(session: Session, national_id: str) -> Person | None:
    try:
        value = NationalId.parse(national_id).value
    except InvalidNationalId:
        return None
    return identity.person_by_national_id(session, value)


def _tries(session: Session, actor: Citizen) -> int:
    query = select(func.count()).where(
        AuditEvent.municipality_id == current_municipality_id(),
        AuditEvent.about_person_id == actor.person_id,
        AuditEvent.tag == EventTag.REPRESENTATION_REFUSED.value,
        AuditEvent.occurred_at > clock.now() - TRIES_WITHIN,
    )
    return session.scalar(query) or 0


def _can_act(person: Person) -> bool:
    """Whether somebody can act for another: grown up, alive, and without a protected address."""
    return _is_at_least(person, ADULT_AGE) and not person.is_protected and person.death_date is None


def _is_at_least(person: Person, age: int) -> bool:
    """Without a birth date nobody is old enough."""
    return person.birth_date is not None and person.birth_date <= years_before(clock.today(), age)


def _has_last_name(person: Person, typed: str) -> bool:
    names, last = person.name.casefold().split(), typed.casefold().split()
    return 0 < len(last) < len(names) and names[-len(last) :] == last


def _demand_day(day: date, years: int) -> None:
    if not clock.today() <= day <= last_day(years):
        raise InvalidPeriod


def _stored(areas: Collection[Area]) -> list[str]:
    return sorted(area.value for area in areas)
