"""Who acts: a citizen, a member of staff, a machine, or the system itself."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
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


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person who logged in with ID-porten."""

    municipality_id: int
    person_id: UUID
    name: str
    assurance: Assurance
    session_id: UUID

    @property
    def display_name(self) -> str:
        """The name as others see it."""
        return self.name

    @property
    def actor_id(self) -> str:
        """What the audit log keeps."""
        return str(self.person_id)


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody employed by the municipality, in one unit, with roles."""

    municipality_id: int
    staff_id: UUID
    name: str
    unit_id: UUID
    unit_name: str
    roles: frozenset[Role]
    session_id: UUID

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

    @property
    def display_name(self) -> str:
        """The name as others see it."""
        return self.consumer

    @property
    def actor_id(self) -> str:
        """What the audit log keeps."""
        return self.client_id


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
