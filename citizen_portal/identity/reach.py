"""Whom an actor reaches, as SQL conditions: access is decided in the query that loads (design §4 rule 6).

A citizen reaches herself, and those whom she may act for today in the area that something is about. An employee reads
the cases of the unit, and for an hour those of a person for whom a purpose was given (`AccessGrant`), and changes those
of the unit only. Somebody with a protected address is reached by nobody on her behalf, and by no employee without both
the role and a reason.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    exists,
    false,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit.models import Purpose
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff
from citizen_portal.db import current_municipality_id, this_day, this_municipality
from citizen_portal.errors import AssuranceTooLow, NotFound
from citizen_portal.identity.errors import ReasonNeeded
from citizen_portal.identity.models import (
    HEALTH_AREAS,
    AccessGrant,
    Area,
    Basis,
    Person,
    Protection,
    Representation,
)

CONFIRMED_FOR: Final = timedelta(hours=36)
"""How long the register's word holds, on a person and on who acts for her: it is asked every night."""
FROM_REGISTER: Final = (Basis.GUARDIANSHIP, Basis.PARENTAL_RESPONSIBILITY)
HEALTH_AGE: Final = 16
"""From when a child decides herself on her health (pasient- og brukerrettighetsloven § 4-3)."""
ADULT_AGE: Final = 18
ORDINARY_GRANT: Final = timedelta(hours=1)
"""How long an employee may look at a person's cases after having said why."""
PROTECTED_GRANT: Final = timedelta(minutes=10)
"""The same for a person with a protected address: every look has its own reason."""
NEEDS_REASON: Final = frozenset({Purpose.EMERGENCY, Purpose.PROTECTED_PERSON})
"""Purposes that demand a reason in words."""

AreaOf = Area | SQLColumnExpression[Area] | SQLColumnExpression[Area | None]
"""An area, or the column that tells it of each row."""


def reaches(actor: Citizen, person: Any, area: AreaOf, case_file: Any = None) -> ColumnElement[bool]:
    """Whether what belongs to `person` (a column) is the citizen's own, or of somebody whom she may act for today.

    `case_file` is the column that a representation for one conversation is compared with, where that makes sense.
    """
    return or_(person == actor.person_id, person.in_(represented(actor.person_id, area, case_file)))


def is_shown_to(actor: Citizen, person: Any, area: AreaOf, case_file: Any = None) -> ColumnElement[bool]:
    """Whether it stands in the citizen's lists: what is the chosen person's, reached, and fit for the login's level."""
    reached = reaches(actor, person, area, case_file) if actor.acting_for else person == actor.person_id
    return and_(person == actor.subject_id, reached, _fits_level(actor, area))


def represented(
    representative_id: UUID | SQLColumnExpression[UUID], area: AreaOf | None = None, case_file: Any = None
) -> Select[UUID]:
    """The ids of those whom the person may act for today, as a subquery; without an area: in anything."""
    found = select(Representation.principal_id).where(holds(representative_id, area, case_file))
    return found.correlate_except(Representation)


def holds(
    representative_id: UUID | SQLColumnExpression[UUID] | SQLColumnExpression[UUID | None],
    area: AreaOf | None = None,
    case_file: Any = None,
) -> ColumnElement[bool]:
    """Whether the `Representation` of the enclosing query lets the person act in the area today."""
    return and_(Representation.representative_id == representative_id, is_in_force(area, case_file))


def is_in_force(area: AreaOf | None = None, case_file: Any = None) -> ColumnElement[bool]:
    """Whether the `Representation` of the enclosing query holds in the area today, whoever it is for."""
    return and_(is_given(area, case_file), _is_not_stopped(area))


def is_given(area: AreaOf | None = None, case_file: Any = None) -> ColumnElement[bool]:
    """Whether the `Representation` of the enclosing query would hold in the area today, were no follower stopped."""
    return and_(
        is_not_over(),
        Representation.valid_from_date <= this_day(),
        _covers(area, case_file),
        _principal_can_be_acted_for(),
        _child_is_young_enough(area),
        _representative_lives(),
    )


def is_not_over() -> ColumnElement[bool]:
    """Whether the `Representation` of the enclosing query is neither ended nor over today, nor left unconfirmed."""
    return and_(
        Representation.municipality_id == this_municipality(),
        Representation.revoked_at.is_(None),
        or_(Representation.valid_to_date.is_(None), Representation.valid_to_date >= this_day()),
        or_(Representation.basis.not_in(FROM_REGISTER), Representation.confirmed_at > _oldest_confirmation()),
    )


def _oldest_confirmation() -> ColumnElement[datetime]:
    return bindparam(None, callable_=lambda: clock.now() - CONFIRMED_FOR, type_=DateTime(timezone=True))


def decides_for(actor: Citizen, person: Any) -> ColumnElement[bool]:
    """Whether the citizen decides who follows the visits of the person of a column: she herself, or her guardian.

    Next of kin do not decide over one another.
    """
    by_register = represented(actor.person_id, Area.VISITS).where(Representation.basis.in_(FROM_REGISTER))
    return or_(person == actor.person_id, person.in_(by_register))


def demand_level(actor: Citizen | Staff, person_id: UUID, area: Area | None) -> None:
    """Raise AssuranceTooLow where the login is too weak for what was loaded: health, or anything of another person."""
    if isinstance(actor, Citizen) and not fits_level(actor, person_id, area):
        raise AssuranceTooLow


def fits_level(actor: Citizen, person_id: UUID, area: Area | None) -> bool:
    """Whether the login is strong enough for what is of the person and in the area."""
    return actor.assurance >= Assurance.HIGH or (person_id == actor.person_id and area not in HEALTH_AREAS)


def demand_may_act_for(session: Session, actor: Citizen, person_id: UUID, area: Area | None) -> None:
    """Raise NotFound unless the citizen is the person or may act for her in the area; without an area: in anything.

    Raises AssuranceTooLow for too weak a login.
    """
    if person_id != actor.person_id:
        allowed = represented(actor.person_id, area).where(Representation.principal_id == person_id).limit(1)
        if session.scalar(allowed) is None:
            raise NotFound
    demand_level(actor, person_id, area)


def staff_reaches(actor: Staff, unit: Any, person: Any) -> ColumnElement[bool]:
    """Whether an employee may read a case by the columns of its unit and its person."""
    open_to_all = or_(unit == actor.unit_id, person.in_(granted_to(actor)))
    return and_(open_to_all, reason_was_given(actor, person))


def staff_handles(actor: Staff, unit: Any, person: Any) -> ColumnElement[bool]:
    """Whether an employee may change something in a case: that of the own unit only, however it can be read."""
    return and_(unit == actor.unit_id, reason_was_given(actor, person))


def granted_to(actor: Staff) -> Select[UUID]:
    """The ids of the persons whom the employee has leave to look at now."""
    return select(AccessGrant.person_id).where(is_leave_of(actor))


def is_leave_of(actor: Staff) -> ColumnElement[bool]:
    """Whether the `AccessGrant` of the enclosing query lets the employee look now."""
    return and_(
        AccessGrant.municipality_id == current_municipality_id(),
        AccessGrant.staff_id == actor.staff_id,
        AccessGrant.expires_at > clock.now(),
    )


def may_know_of_protected(actor: Staff) -> bool:
    """Whether the employee is among the few who handle people with a protected address, once a reason is given."""
    return Role.PROTECTED_ACCESS in actor.roles


def demand_reason(session: Session, actor: Staff, person_id: UUID | None) -> None:
    """Raise ReasonNeeded where a reason is what lacks before one of the few may see something of the person."""
    if person_id is None or not may_know_of_protected(actor):
        return
    out_of_reach = select(Person.id).where(
        Person.municipality_id == current_municipality_id(),
        Person.id == person_id,
        ~reason_was_given(actor, Person.id),
    )
    if session.scalar(out_of_reach) is not None:
        raise ReasonNeeded(person_id)


def protected_among(session: Session, person_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the persons who have a protected address."""
    graded = select(Person.id).where(
        Person.municipality_id == current_municipality_id(),
        Person.id.in_(person_ids),
        Person.protection != Protection.NONE,
    )
    return frozenset(session.scalars(graded)) if person_ids else frozenset()


def is_protected(person: Any) -> ColumnElement[bool]:
    """Whether the person of a column has a protected address."""
    return (
        exists()
        .where(
            _GRADED.c.municipality_id == this_municipality(),
            _GRADED.c.id == person,
            _GRADED.c.protection != Protection.NONE,
        )
        .correlate_except(_GRADED)
    )


def reason_was_given(actor: Staff, person: Any) -> ColumnElement[bool]:
    """Somebody with a protected address is out of reach without both the role and a reason of the last minutes."""
    if may_know_of_protected(actor):
        return or_(~is_protected(person), person.in_(_granted_with_reason(actor)))
    return ~is_protected(person)


def _granted_with_reason(actor: Staff) -> Select[UUID]:
    """A leave from before the address was protected does not count: it was given without a reason."""
    return granted_to(actor).where(
        AccessGrant.purpose.in_(NEEDS_REASON), AccessGrant.granted_at > clock.now() - PROTECTED_GRANT
    )


def years_before(day: date, years: int) -> date:
    """The last birth date of those who are `years` old on the day. Born on 29 February: older on 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _persons(name: str) -> FromClause:
    """The table of persons under another name. Made once: it takes longer than the rest of a condition.

    With its columns, too: when the first two requests made them at the same time, they were mixed up with those of the
    table itself for as long as the process lived, and it was asked whether anybody at all is protected.
    """
    persons = Person.__table__.alias(name)
    persons.c.keys()
    return persons


_GRADED, _PRINCIPAL, _REPRESENTATIVE = map(_persons, ("graded", "principal", "representative"))


def _covers(area: AreaOf | None, case_file: Any) -> ColumnElement[bool]:
    if area is None:
        return true()
    in_area = literal(area.value) if isinstance(area, Area) else area
    covered = in_area == Representation.areas.any_()
    return covered if case_file is None else or_(covered, Representation.case_file_id == case_file)


def _is_not_stopped(area: AreaOf | None) -> ColumnElement[bool]:
    """A follower who was stopped sees no visits; in other areas he goes on."""
    not_stopped = Representation.visits_stopped_at.is_(None)
    if area is None:
        return or_(not_stopped, Representation.areas != [Area.VISITS.value])
    if isinstance(area, Area):
        return not_stopped if area is Area.VISITS else true()
    return or_(not_stopped, area != Area.VISITS.value)


def _principal_can_be_acted_for() -> ColumnElement[bool]:
    principal = _PRINCIPAL.c
    lives = or_(principal.death_date.is_(None), principal.death_date > this_day())
    return _principal_is(and_(principal.protection == Protection.NONE, lives))


def _child_is_young_enough(area: AreaOf | None) -> ColumnElement[bool]:
    """Parents act for a child until it is 18, on its health until it is 16. Without a birth date they do not.

    The area's column is compared here and not within the look at the principal: two levels down it would name any row
    of its table, and a case about anything would open those about health.
    """
    if area is None or isinstance(area, Area):
        minor = _principal_is_younger_than(HEALTH_AGE if area in HEALTH_AREAS else ADULT_AGE)
    else:
        young_or_not_health = or_(area.not_in(sorted(HEALTH_AREAS)), _principal_is_younger_than(HEALTH_AGE))
        minor = and_(_principal_is_younger_than(ADULT_AGE), young_or_not_health)
    return or_(Representation.basis != Basis.PARENTAL_RESPONSIBILITY, minor)


def _principal_is_younger_than(age: int) -> ColumnElement[bool]:
    oldest = bindparam(None, callable_=lambda: years_before(clock.today(), age), type_=Date())
    return _principal_is(_PRINCIPAL.c.birth_date > oldest)


def _principal_is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    of_representation = and_(
        _PRINCIPAL.c.municipality_id == Representation.municipality_id,
        _PRINCIPAL.c.id == Representation.principal_id,
    )
    return exists().where(of_representation, condition).correlate_except(_PRINCIPAL)


def _representative_lives() -> ColumnElement[bool]:
    return ~exists().where(
        _REPRESENTATIVE.c.municipality_id == Representation.municipality_id,
        _REPRESENTATIVE.c.id == Representation.representative_id,
        _REPRESENTATIVE.c.death_date <= this_day(),
    ).correlate_except(_REPRESENTATIVE)


def _fits_level(actor: Citizen, area: AreaOf) -> ColumnElement[bool]:
    if actor.assurance >= Assurance.HIGH:
        return true()
    if actor.acting_for:
        return false()
    if isinstance(area, Area):
        return false() if area in HEALTH_AREAS else true()
    return area.not_in(sorted(HEALTH_AREAS))
