"""A population register that asks about each person once: for one run of a job, and gone with it."""

from citizen_portal.identity.registers.http import Deadline
from citizen_portal.identity.registers.port import PopulationRegister, RegisteredPerson, Relations
from citizen_portal.tenancy.models import Municipality


class Remembering:
    """Keeps the answers of a register in memory. Not for threads to share."""

    def __init__(self, register: PopulationRegister) -> None:
        self._register = register
        self._people: dict[str, RegisteredPerson] = {}
        self._relations: dict[str, Relations] = {}

    def person(self, municipality: Municipality, national_id: str, deadline: Deadline) -> RegisteredPerson:
        """The person. Raises RegisterError."""
        if national_id not in self._people:
            self._people[national_id] = self._register.person(municipality, national_id, deadline)
        return self._people[national_id]

    def relations(self, municipality: Municipality, national_id: str, deadline: Deadline) -> Relations:
        """Whom she has to do with. Raises RegisterError."""
        if national_id not in self._relations:
            self._relations[national_id] = self._register.relations(municipality, national_id, deadline)
        return self._relations[national_id]
