"""What we ask of the registers, and what they answer, in our own words. The clients beside this module speak theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from citizen_portal.identity.models import Protection
from citizen_portal.identity.registers.http import Deadline
from citizen_portal.tenancy.models import Municipality


@dataclass(frozen=True, slots=True)
class Address:
    """An address that may be shown, and the register that it comes from."""

    lines: tuple[str, ...]
    postal_code: str
    place: str
    source: str


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """What the population register says of one person."""

    name: str
    birth_date: date | None
    protection: Protection
    is_dead: bool
    death_date: date | None
    """None also for a death whose date the register does not have."""
    address: Address | None = field(repr=False, default=None)
    """Where she lives, unless the address is graded in any way."""


class Responsibility(StrEnum):
    """Who has parental responsibility, in the register's terms (foreldreansvar)."""

    SHARED = "felles"
    MOTHER = "mor"
    FATHER = "far"
    CO_MOTHER = "medmor"
    OTHERS = "andre"
    UNKNOWN = "ukjent"


@dataclass(frozen=True, slots=True, repr=False)
class ParentalResponsibility:
    """That somebody (the holder) has parental responsibility for a child; numbers where the register has them."""

    kind: Responsibility
    holder: str | None
    child: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Guardianship:
    """That somebody is guardian in some tasks: pairs of whom they deal with (`kommune`) and what in."""

    kind: str
    guardian: str | None
    tasks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Relations:
    """What the population register says of whom a person has to do with."""

    parents: Mapping[str, Responsibility]
    """National id -> the parent's role."""
    children: tuple[str, ...]
    responsibilities: tuple[ParentalResponsibility, ...]
    guardianships: tuple[Guardianship, ...]


class PopulationRegister(Protocol):
    """Folkeregisteret. Each question is asked in the role that the municipality was given."""

    def person(self, municipality: Municipality, national_id: str, deadline: Deadline) -> RegisteredPerson:
        """Name, birth, death, protection and address. Raises RegisterError."""
        ...

    def relations(self, municipality: Municipality, national_id: str, deadline: Deadline) -> Relations:
        """Parents, children, who answers for them, and guardians. Raises RegisterError."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """An address in the contact register, and when the person last said or confirmed that it is hers."""

    address: str = field(repr=False)
    updated_at: datetime | None
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """What the contact register says of one person. Values that we do not know stand as they came."""

    reservation: str
    status: str
    notification_status: str
    email: Channel | None
    mobile: Channel | None
    language: str | None


class ContactRegister(Protocol):
    """Kontakt- og reservasjonsregisteret (KRR)."""

    def contacts(
        self, municipality: Municipality, national_ids: Sequence[str], deadline: Deadline
    ) -> Mapping[str, Contact]:
        """By national id; whom the register has nothing of is not among them. Raises RegisterError."""
        ...
