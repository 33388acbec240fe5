"""Find a person, and see what leave to look an employee has.

Nobody with a protected address is found by name, and by a number only by the few who may handle her: for everybody else
she does not exist, neither here nor by her id.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from citizen_portal.access.errors import NameTooShort
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import WITHOUT_ANSWERS, same_municipality_and_id
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import AccessGrant, Person, Protection
from citizen_portal.identity.names import contains_words
from citizen_portal.identity.national_id import NationalId
from citizen_portal.identity.queries import national_id_hash
from citizen_portal.journal.models import CaseFile
from citizen_portal.tenancy.models import Unit

MOST_HITS: Final = 20
MOST_CASES: Final = 100
SHORTEST_NAME: Final = 3
_CASE_NUMBER: Final = re.compile(r"(\d{4})/(\d{1,7})", re.ASCII)


class SearchKind(StrEnum):
    """By what somebody is looked for. Values are stored in the audit log, and what was typed is not."""

    NATIONAL_ID = "national-id"
    CASE_NUMBER = "case-number"
    NAME = "name"


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """What was typed, understood."""

    kind: SearchKind
    value: str

    @classmethod
    def of(cls, text: str) -> "Search":
        """What is looked for. Raises InvalidNationalId for eleven digits that are none, and NameTooShort."""
        text = " ".join(text.split())
        if re.fullmatch(r"[\d ]{11,}", text, re.ASCII):
            return cls(SearchKind.NATIONAL_ID, NationalId.parse(text).value)
        if _CASE_NUMBER.fullmatch(text):
            return cls(SearchKind.CASE_NUMBER, text)
        if sum(character.isalpha() for character in text) < SHORTEST_NAME:
            raise NameTooShort
        return cls(SearchKind.NAME, text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A person who was found. Whose address is protected has no name here: a reason comes first."""

    person_id: UUID
    name: str | None
    birth_year: int | None
    case_count: int
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedPerson:
    """A person whom the employee has leave to look at, and her cases in every unit, last sent first."""

    person: Person
    grant: AccessGrant
    cases: Sequence[tuple[Application, CaseFile, Unit]]


def find(session: Session, actor: Staff, search: Search) -> list[Hit]:
    """Those whom the search finds, by name; one more than `MOST_HITS` where there are more."""
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            Person.birth_date,
            Person.protection,
            func.count(Application.id),
            func.array_agg(Unit.name.distinct()).filter(Unit.name.is_not(None)),
        )
        .outerjoin(
            Application,
            and_(
                Application.municipality_id == Person.municipality_id,
                Application.person_id == Person.id,
                Application.status != Status.DRAFT,
            ),
        )
        .outerjoin(Unit, same_municipality_and_id(Unit, Application.unit_id))
        .where(Person.municipality_id == current_municipality_id(), _matches(search), _may_be_found(actor, search.kind))
        .group_by(Person.municipality_id, Person.id)
        .order_by(Person.name, Person.id)
        .limit(MOST_HITS + 1)
    )
    return [_hit(*row) for row in rows]


def person_to_open(session: Session, actor: Staff, person_id: UUID) -> Person:
    """Somebody for whom the employee may give a purpose. Raises NotFound."""
    query = select(Person).where(Person.municipality_id == current_municipality_id(), Person.id == person_id)
    if not reach.may_know_of_protected(actor):
        query = query.where(Person.protection == Protection.NONE)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def opened_person(session: Session, actor: Staff, person_id: UUID) -> OpenedPerson | None:
    """The person with her cases; None without leave to look that still holds."""
    found = session.execute(_grants(actor).where(Person.id == person_id).limit(1)).one_or_none()
    if found is None:
        return None
    cases = session.execute(
        select(Application, CaseFile, Unit)
        .options(WITHOUT_ANSWERS)
        .join(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .join(Unit, same_municipality_and_id(Unit, Application.unit_id))
        .where(
            Application.municipality_id == current_municipality_id(),
            Application.person_id == person_id,
            Application.status != Status.DRAFT,
            reach.staff_reaches(actor, Application.unit_id, Application.person_id),
        )
        .order_by(Application.id.desc())
        .limit(MOST_CASES)
    )
    grant, person = found
    return OpenedPerson(person, grant, [(application, case_file, unit) for application, case_file, unit in cases])


def open_grants(session: Session, actor: Staff) -> Sequence[tuple[AccessGrant, Person]]:
    """The leave to look that the employee has now, the longest lasting first."""
    return [(grant, person) for grant, person in session.execute(_grants(actor).limit(MOST_HITS))]


def _grants(actor: Staff) -> Select[AccessGrant, Person]:
    return (
        select(AccessGrant, Person)
        .join(Person, and_(Person.municipality_id == AccessGrant.municipality_id, Person.id == AccessGrant.person_id))
        .where(
            reach.is_leave_of(actor),
            reach.reason_was_given(actor, AccessGrant.person_id),
        )
        .order_by(AccessGrant.expires_at.desc(), AccessGrant.id)
    )


def _may_be_found(actor: Staff, kind: SearchKind) -> ColumnElement[bool]:
    if kind is not SearchKind.NAME and reach.may_know_of_protected(actor):
        return Person.protection.is_not(None)
    return Person.protection == Protection.NONE


def _matches(search: Search) -> ColumnElement[bool]:
    match search.kind:
        case SearchKind.NATIONAL_ID:
            return Person.national_id_hash == national_id_hash(search.value)
        case SearchKind.CASE_NUMBER:
            year, _, number = search.value.partition("/")
            return Person.id.in_(
                select(CaseFile.citizen_id).where(
                    CaseFile.municipality_id == current_municipality_id(),
                    CaseFile.case_year == int(year),
                    CaseFile.case_sequence_number == int(number),
                )
            )
        case SearchKind.NAME:
            return contains_words(Person.name, search.value)


def _hit(
    person_id: UUID, name: str, birth_date: Any, protection: Protection, case_count: int, units: Sequence[str] | None
) -> Hit:
    if protection is not Protection.NONE:
        return Hit(person_id, None, None, 0, ())
    return Hit(person_id, name, birth_date and birth_date.year, case_count, tuple(units or ()))
