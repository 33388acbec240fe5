"""Who acts: a citizen, a member of staff, a machine, or the system itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID


class Assurance(IntEnum):
    """Level of assurance of a login, by rank (eIDAS: substantial, high)."""

    SUBSTANTIAL = 3
    HIGH = 4


class Role(StrEnum):
    """What a member of staff does."""

    CASEWORKER = "caseworker"
    NURSE = "nurse"
    ARCHIVIST = "archivist"
    COMMUNICATIONS = "communications"
    SYSTEM_OWNER = "system_owner"
    SUPERUSER = "superuser"
    """Gives and takes roles in the unit's name, and looks after the municipality's forms."""
    AUDITOR = "auditor"
    """Follows up who has read what, and reads nobody's case."""
    PROTECTED_ACCESS = "protected_access"
    """The few who may handle people with a protected address, each look with its reason."""
    DEPUTY = "deputy"
    """Is told first when a case of the unit is getting late; may approve decisions."""
    MANAGER = "manager"
    """Answers for the unit: is told when a case is late; may approve decisions."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a citizen has chosen to act for."""

    person_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person who logged in with ID-porten. `person_id` is always the one who does things, whoever they are for."""

    municipality_id: int
    person_id: UUID
    name: str
    assurance: Assurance
    session_id: UUID
    acting_for: Principal | None = None
    represents: tuple[Principal, ...] = ()
    """Those for whom she may do something today, by name: whom she can choose."""

    @property
    def subject_id(self) -> UUID:
        """Whose pages are shown, and for whom something new is begun: the principal, else the citizen herself.

        A choice, not a right: each query still asks whether the citizen may act for the person in that area.
        """
        return self.acting_for.person_id if self.acting_for else self.person_id

    @property
    def has_high_level(self) -> bool:
        """Whether she logged in at the highest level."""
        return self.assurance >= Assurance.HIGH

    def principal(self, person_id: UUID) -> Principal | None:
        """The person, if it is one of those for whom she may do something; None for herself and for strangers."""
        return next((principal for principal in self.represents if principal.person_id == person_id), None)

    @property
    def display_name(self) -> str:
        """The name as others see it."""
        return self.name

    @property
    def actor_id(self) -> str:
        """What the audit log keeps."""
        return str(self.person_id)


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """A unit in which an employee has a role today."""

    unit_id: UUID
    name: str
    has_visits: bool = False


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody employed by the municipality, in one unit, with roles."""

    municipality_id: int
    staff_id: UUID
    name: str
    unit_id: UUID
    unit_name: str
    roles: frozenset[Role]
    """The roles in that unit today."""
    session_id: UUID
    authenticated_at: datetime | None = None
    """When the employer last saw who it is; sensitive actions demand that it is a few minutes ago."""
    other_units: tuple[WorkUnit, ...] = ()
    """Where else she has a role today: she works in one unit at a time, and may change."""
    unit_has_visits: bool = False
    """Whether the unit has home-care visits."""

    @property
    def display_name(self) -> str:
        """The name as others see it."""
        return self.name

    @property
    def actor_id(self) -> str:
        """What the audit log keeps."""
        return str(self.staff_id)


@dataclass(frozen=True, slots=True)
class Machine:
    """Another system, known by a Maskinporten token."""

    municipality_id: int
    consumer: str
    """Organisation number of the token's consumer."""
    supplier: str | None
    client_id: str
    scopes: frozenset[str]
    delegation_source: str | None = None
    """Where the consumer delegated to the supplier (Altinn's address), when there is one."""

    @property
    def display_name(self) -> str:
        """The name as others see it."""
        return self.consumer

    @property
    def actor_id(self) -> str:
        """What the audit log keeps."""
        return self.client_id


PORTAL: Final = "Innbyggerportalen"
"""The portal's own name in the journal: who deals with an entry that asks nothing of anybody."""


@dataclass(frozen=True, slots=True)
class System:
    """The portal itself: jobs and the command line."""

    municipality_id: int
    name: str

    @property
    def display_name(self) -> str:
        """The name as others see it."""
        return self.name

    @property
    def actor_id(self) -> str:
        """What the audit log keeps."""
        return self.name


Actor = Citizen | Staff | Machine | System
