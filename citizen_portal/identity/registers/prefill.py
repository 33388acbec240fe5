"""An address to fill in beforehand, for those whose address is nobody's secret."""

from typing import Final

from citizen_portal.identity import registers
from citizen_portal.identity.models import Person
from citizen_portal.identity.registers.check import answer_about
from citizen_portal.identity.registers.port import Address
from citizen_portal.tenancy.models import Municipality

SECONDS: Final = 2.0


def prefill(municipality: Municipality, person: Person) -> Address | None:
    """Where the person lives, asked for now and not stored, with its source; None is nothing to wonder at.

    None for the protected and for those about whom the register never answered, and when it does not answer now: she
    writes the address herself. Ask outside every transaction.
    """
    population = registers.population_register()
    if population is None or person.is_protected or person.register_checked_at is None:
        return None
    answer = answer_about(population, municipality, person.national_id, SECONDS)
    return None if answer is None or answer.is_dead else answer.address
