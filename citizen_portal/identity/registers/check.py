"""Ask the population register who somebody is, and keep the answer. No answer fails closed.

The register is asked outside every transaction; what it said is saved in a short one.
"""

import logging
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import current_municipality_id, read_only, transaction
from citizen_portal.identity import queries
from citizen_portal.identity.addresses import note_address
from citizen_portal.identity.models import LoginSession, Person, Protection
from citizen_portal.identity.reach import CONFIRMED_FOR
from citizen_portal.identity.registers.errors import RegisterError
from citizen_portal.identity.registers.http import Deadline
from citizen_portal.identity.registers.port import PopulationRegister, RegisteredPerson
from citizen_portal.tenancy.models import Municipality

logger = logging.getLogger(__name__)

SECONDS: Final = 10.0
"""How long a job waits for one answer."""


def answer_about(
    population: PopulationRegister, municipality: Municipality, national_id: str, seconds: float
) -> RegisteredPerson | None:
    """What the register says of a person; None when it gives no answer that may be used."""
    try:
        return population.person(municipality, national_id, Deadline(seconds))
    except RegisterError as error:
        logger.warning("no answer about a person: %s %s", type(error).__name__, *(error.args or ("",))[:1])
        return None


def keep(person: Person, answer: RegisteredPerson | None) -> None:
    """Let the person be as the register says.

    Without an answer she stays as the last one said; of whom there never was one we know nothing, so she is protected.
    """
    if answer is None:
        if person.register_checked_at is None:
            person.protection = Protection.UNKNOWN
        return
    person.name = answer.name
    person.birth_date = answer.birth_date or person.birth_date
    person.protection = answer.protection
    person.death_date = (answer.death_date or person.death_date or clock.today()) if answer.is_dead else None
    person.register_checked_at = clock.now()
    lines = answer.address.lines if answer.address else ()
    note_address(person, lines[0] if lines else None, answer.address.postal_code if answer.address else None)


def check(population: PopulationRegister, municipality: Municipality, person_id: UUID) -> None:
    """Ask about a person and keep the answer, or that there was none.

    Raises:
        RegisterError: there was none.
    """
    with read_only() as session:
        national_id = queries.person(session, person_id).national_id
    answer, failure = None, None
    try:
        answer = population.person(municipality, national_id, Deadline(SECONDS))
    except RegisterError as error:
        failure = error
    with transaction() as session:
        person = session.get_one(Person, (current_municipality_id(), person_id), with_for_update=True)
        keep(person, answer)
        if is_dead(person):
            _end_sessions(session, person_id)
    if failure is not None:
        raise failure


def is_dead(person: Person) -> bool:
    """Whether the register says, or said last, that the person has died."""
    return person.death_date is not None and person.death_date <= clock.today()


def _end_sessions(session: Session, person_id: UUID) -> None:
    session.execute(
        delete(LoginSession).where(
            LoginSession.municipality_id == current_municipality_id(), LoginSession.person_id == person_id
        )
    )


def is_fresh(person: Person) -> bool:
    """Whether the register answered about her since the night before last."""
    return person.register_checked_at is not None and clock.now() - person.register_checked_at < CONFIRMED_FOR
