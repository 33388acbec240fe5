"""Where a notice may go, asked of the registers when it is about to be sent: contact data is not stored."""

from dataclasses import dataclass, field
from typing import Final

from citizen_portal import clock
from citizen_portal.identity import registers
from citizen_portal.identity.models import Person
from citizen_portal.identity.registers.check import check, is_dead, is_fresh
from citizen_portal.identity.registers.http import Deadline
from citizen_portal.identity.registers.judgement import judge
from citizen_portal.notifications.models import Obstacle
from citizen_portal.tenancy.models import Municipality

SECONDS: Final = 10.0
USABLE: Final = "usable"


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An e-mail address to use now, or why there is none."""

    email: str | None = field(repr=False)
    language: str | None
    obstacle: Obstacle | None
    was_looked_up: bool
    """Whether the contact register was asked."""

    @property
    def outcome(self) -> str:
        """What the notice remembers of the answer."""
        return USABLE if self.obstacle is None else self.obstacle.value


def demand_fresh_check(municipality: Municipality, person: Person) -> None:
    """See to it that the population register has been asked lately. Raises RegisterError."""
    population = registers.population_register()
    if population is not None and not is_fresh(person):
        check(population, municipality, person.id)


def contact_point(municipality: Municipality, person: Person) -> ContactPoint:
    """Where to reach the person. Raises RegisterError when the contact register does not answer."""
    barrier = barrier_of(person)
    if barrier is not None:
        return ContactPoint(None, None, barrier, was_looked_up=False)
    contacts = registers.contact_register()
    if contacts is None:
        obstacle = None if person.email else Obstacle.NO_ADDRESS
        return ContactPoint(person.email, person.preferred_language, obstacle, was_looked_up=False)
    national_id = person.national_id
    found = contacts.contacts(municipality, [national_id], Deadline(SECONDS)).get(national_id)
    judgement = judge(found, clock.today())
    obstacle = None if judgement.reason is None else Obstacle(judgement.reason.value)
    language = judgement.language or person.preferred_language
    return ContactPoint(judgement.email, language, obstacle, was_looked_up=True)


def barrier_of(person: Person) -> Obstacle | None:
    """Why nothing may be sent to her electronically, whatever her address."""
    if person.is_protected:
        return Obstacle.PROTECTED_ADDRESS
    return Obstacle.DECEASED if is_dead(person) else None


def no_answer() -> ContactPoint:
    """What comes of registers that do not answer, when there is no more time to wait."""
    return ContactPoint(None, None, Obstacle.REGISTER_UNAVAILABLE, was_looked_up=True)
