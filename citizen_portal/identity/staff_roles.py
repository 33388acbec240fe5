"""The roles that an employee has today, and the unit she works in now.

Local roles are given per unit in administration. The roles of a staff token narrow them and never add any, so that
whoever loses access at the employer loses it here, and nobody gets in by a directory group alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Role, Staff, WorkUnit
from citizen_portal.db import current_municipality_id, norwegian_order, this_day, this_municipality
from citizen_portal.identity.models import LoginSession, StaffMember, StaffRole
from citizen_portal.tenancy.models import Unit

RoleRows = Sequence[tuple[str, str, bool, str]]
"""(unit id, unit name, whether the unit has visits, role) of each role, as JSON carries them."""
_KNOWN = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class Workplace:
    """A unit with the roles that the employee has in it."""

    unit: WorkUnit
    roles: frozenset[Role]


def holds() -> ColumnElement[bool]:
    """Whether the `StaffRole` of the enclosing query holds today."""
    return and_(
        StaffRole.municipality_id == this_municipality(),
        StaffRole.ended_at.is_(None),
        StaffRole.valid_from_date <= this_day(),
        or_(StaffRole.valid_to_date.is_(None), StaffRole.valid_to_date >= this_day()),
    )


def is_not_over() -> ColumnElement[bool]:
    """Whether the `StaffRole` of the enclosing query holds, or will."""
    return and_(
        StaffRole.ended_at.is_(None),
        or_(StaffRole.valid_to_date.is_(None), StaffRole.valid_to_date >= clock.today()),
    )


def roles_today(staff_id: Any) -> ScalarSelect[Any]:
    """The employee's roles of today as `RoleRows`, in the query that asks who she is; None when there is no role."""
    row = func.jsonb_build_array(StaffRole.unit_id, Unit.name, Unit.has_visits, StaffRole.role)
    return (
        select(func.jsonb_agg(row))
        .select_from(StaffRole)
        .join(Unit, and_(Unit.municipality_id == StaffRole.municipality_id, Unit.id == StaffRole.unit_id))
        .where(holds(), StaffRole.staff_id == staff_id)
        .scalar_subquery()
    )


def workplaces(rows: RoleRows | None, granted: Collection[str] | None) -> list[Workplace]:
    """The units in which a role is left when the token's roles are taken into account, by name."""
    roles: dict[WorkUnit, set[Role]] = {}
    for unit_id, name, has_visits, role in rows or ():
        if role in _KNOWN and (granted is None or role in granted):
            roles.setdefault(WorkUnit(UUID(unit_id), name, has_visits), set()).add(_KNOWN[role])
    return [Workplace(unit, frozenset(roles[unit])) for unit in sorted(roles, key=lambda unit: unit.name)]


def as_staff(login_session: LoginSession, member: StaffMember, rows: RoleRows | None) -> Staff | None:
    """The employee in the unit that she has chosen, else her home unit, else the first; None without any role."""
    places = workplaces(rows, login_session.granted_roles)
    if not places:
        return None
    by_unit = {place.unit.unit_id: place for place in places}
    chosen = next((by_unit[unit] for unit in (login_session.unit_id, member.unit_id) if unit in by_unit), places[0])
    return Staff(
        member.municipality_id,
        member.id,
        member.name,
        chosen.unit.unit_id,
        chosen.unit.name,
        chosen.roles,
        login_session.id,
        login_session.authenticated_at,
        tuple(place.unit for place in places if place is not chosen),
        chosen.unit.has_visits,
    )


def works_in(session: Session, staff_id: UUID, unit_id: UUID) -> StaffMember | None:
    """The active employee with that id, if she has a role in the unit today."""
    return session.scalar(
        select(StaffMember).where(
            StaffMember.municipality_id == current_municipality_id(),
            StaffMember.id == staff_id,
            StaffMember.is_active,
            StaffMember.id.in_(select(StaffRole.staff_id).where(holds(), StaffRole.unit_id == unit_id)),
        )
    )


def substituted_by(actor: Staff) -> Select[UUID | None]:
    """The ids of the absent colleagues in whose place the employee works today in the unit, as a subquery."""
    return select(StaffRole.substitute_for_id).where(
        holds(),
        StaffRole.staff_id == actor.staff_id,
        StaffRole.unit_id == actor.unit_id,
        StaffRole.substitute_for_id.is_not(None),
    )


def works_there(session: Session, unit_id: UUID) -> Sequence[StaffMember]:
    """The active employees who have a caseworker's role in the unit today, by name."""
    handles = StaffRole.role.in_([Role.CASEWORKER, Role.DEPUTY, Role.MANAGER])
    return session.scalars(
        select(StaffMember)
        .where(
            StaffMember.municipality_id == current_municipality_id(),
            StaffMember.is_active,
            StaffMember.id.in_(select(StaffRole.staff_id).where(holds(), StaffRole.unit_id == unit_id, handles)),
        )
        .order_by(norwegian_order(StaffMember.name))
    ).all()
