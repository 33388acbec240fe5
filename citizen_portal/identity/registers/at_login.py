"""What the population register is asked when a citizen logs in, before the session begins."""

from typing import Final

from citizen_portal import jobs
from citizen_portal.db import current_municipality_id, read_only, transaction
from citizen_portal.identity import queries, registers, service
from citizen_portal.identity.errors import LoginOfDeceased
from citizen_portal.identity.oidc import Authentication
from citizen_portal.identity.registers.check import answer_about, is_dead, keep
from citizen_portal.identity.registers.refresh import refresh_person
from citizen_portal.tenancy.models import Municipality

SECONDS: Final = 2.0
"""With a second for the connection, nobody waits more than three for a register that is slow."""


def check_at_login(authentication: Authentication) -> None:
    """Ask about who logs in and keep the answer; a job goes on with those whom she acts for, and asks again if needed.

    Raises:
        LoginOfDeceased: the register says, or said before, that the person is dead.
    """
    population = registers.population_register()
    if population is None or authentication.national_id is None:
        return
    national_id = authentication.national_id.value
    with read_only() as session:
        municipality = session.get_one(Municipality, current_municipality_id())
    answer = answer_about(population, municipality, national_id, SECONDS)
    with transaction() as session:
        is_known = queries.person_by_national_id(session, national_id) is not None
        if answer is not None and answer.is_dead and not is_known:
            raise LoginOfDeceased
        person = service.register_person(
            session,
            national_id=national_id,
            name=authentication.name or "",
            preferred_language=authentication.locale,
        )
        keep(person, answer)
        if is_known and not is_dead(person):  # about somebody new it is asked anyhow
            jobs.defer(session, refresh_person, person_id=str(person.id))
    if is_dead(person):
        raise LoginOfDeceased
