"""Scoped reads of staff, for those who look after their roles."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from citizen_portal import clock
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.db import current_municipality_id, norwegian_order
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import StaffMember, StaffRole
from citizen_portal.identity.staff_accounts.rules import may_change
from citizen_portal.identity.staff_roles import holds
from citizen_portal.tenancy.models import Unit


class AccountStatus(StrEnum):
    """How an account stands."""

    ACTIVE = "active"
    WAITING = "waiting"
    SUBSTITUTE = "substitute"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class StaffPosition:
    """Where a page of the list begins: after this name."""

    name: str
    staff_id: UUID

    @property
    def as_text(self) -> str:
        """The position as it stands in an address: the id finds the name again."""
        return str(self.staff_id)


@dataclass(frozen=True, slots=True)
class StaffLine:
    """An employee in the list."""

    staff_id: UUID
    name: str
    title: str
    status: AccountStatus
    until: date | None
    """The last day of a substitute's last role."""
    places: tuple[tuple[str, tuple[Role, ...]], ...]
    """Units with the roles of today, by name."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role with the words that a page needs."""

    role: StaffRole
    unit_name: str
    absent_name: str | None

    @property
    def is_over(self) -> bool:
        """Whether it was taken back, or its last day has passed."""
        last = self.role.valid_to_date
        return self.role.ended_at is not None or (last is not None and last < clock.today())

    @property
    def begins_later(self) -> bool:
        """Whether it does not hold yet."""
        return not self.is_over and self.role.valid_from_date > clock.today()


@dataclass(frozen=True, slots=True)
class Account:
    """One employee with all that she has had."""

    member: StaffMember
    home_unit_name: str | None
    roles: tuple[HeldRole, ...]

    @property
    def current(self) -> list[HeldRole]:
        """What holds, or will."""
        return [held for held in self.roles if not held.is_over]

    @property
    def former(self) -> list[HeldRole]:
        """What is over."""
        return [held for held in self.roles if held.is_over]

    def changeable_by(self, actor: Staff) -> list[HeldRole]:
        """What the employee may take back."""
        return [held for held in self.current if may_change(actor, held.role.unit_id, held.role.role)]


def staff_lines(
    session: Session, *, text: str, only: AccountStatus | None, after: StaffPosition | None, size: int
) -> list[StaffLine]:
    """`size` employees by name, after the position. `text` is looked for in names; `only` is WAITING or DEACTIVATED."""
    rows = session.execute(
        select(StaffMember.id, StaffMember.name, StaffMember.title, StaffMember.is_active, _roles_with_dates())
        .where(
            StaffMember.municipality_id == current_municipality_id(),
            func.lower(StaffMember.name).contains(text.lower(), autoescape=True) if text else true(),
            _has_status(only),
            _is_after(after) if after else true(),
        )
        .order_by(norwegian_order(StaffMember.name), StaffMember.id)
        .limit(size)
    )
    return [_line(*row) for row in rows]


def count_waiting(session: Session) -> int:
    """How many wait for a role."""
    waiting = select(func.count()).select_from(StaffMember)
    in_municipality = StaffMember.municipality_id == current_municipality_id()
    return session.scalar(waiting.where(in_municipality, _has_status(AccountStatus.WAITING))) or 0


def position_of(session: Session, staff_id: UUID) -> StaffPosition:
    """The position after an employee. Raises NotFound."""
    return StaffPosition(_member(session, staff_id).name, staff_id)


def account(session: Session, staff_id: UUID) -> Account:
    """One employee with home unit and roles, those that begin last first. Raises NotFound."""
    member = _member(session, staff_id)
    absent = aliased(StaffMember)
    rows = session.execute(
        select(StaffRole, Unit.name, absent.name)
        .join(Unit, and_(Unit.municipality_id == StaffRole.municipality_id, Unit.id == StaffRole.unit_id))
        .outerjoin(
            absent,
            and_(absent.municipality_id == StaffRole.municipality_id, absent.id == StaffRole.substitute_for_id),
        )
        .where(StaffRole.municipality_id == current_municipality_id(), StaffRole.staff_id == staff_id)
        .order_by(StaffRole.valid_from_date.desc(), StaffRole.id.desc())
    )
    home = session.get(Unit, (current_municipality_id(), member.unit_id)) if member.unit_id else None
    return Account(member, home.name if home else None, tuple(HeldRole(*row) for row in rows))


def colleagues(session: Session, unit_id: UUID) -> list[tuple[UUID, str]]:
    """Those who have a role of their own in the unit today, by name: whom somebody can step in for."""
    has_role = exists().where(
        holds(),
        StaffRole.staff_id == StaffMember.id,
        StaffRole.unit_id == unit_id,
        StaffRole.substitute_for_id.is_(None),
    )
    rows = session.execute(
        select(StaffMember.id, StaffMember.name)
        .where(StaffMember.municipality_id == current_municipality_id(), has_role)
        .order_by(norwegian_order(StaffMember.name), StaffMember.id)
    )
    return [(staff_id, name) for staff_id, name in rows]


def _member(session: Session, staff_id: UUID) -> StaffMember:
    member = session.get(StaffMember, (current_municipality_id(), staff_id))
    if member is None:
        raise NotFound
    return member


def _is_after(position: StaffPosition) -> ColumnElement[bool]:
    place = tuple_(norwegian_order(StaffMember.name), StaffMember.id)
    return place > tuple_(norwegian_order(position.name), position.staff_id)


def _has_status(only: AccountStatus | None) -> ColumnElement[bool]:
    if only is AccountStatus.DEACTIVATED:
        return ~StaffMember.is_active
    if only is AccountStatus.WAITING:
        return and_(StaffMember.is_active, ~exists().where(holds(), StaffRole.staff_id == StaffMember.id))
    return true()


def _roles_with_dates() -> ScalarSelect[Any]:
    row = func.jsonb_build_array(
        Unit.name, StaffRole.role, StaffRole.valid_to_date, StaffRole.substitute_for_id.is_not(None)
    )
    return (
        select(func.jsonb_agg(row))
        .select_from(StaffRole)
        .join(Unit, and_(Unit.municipality_id == StaffRole.municipality_id, Unit.id == StaffRole.unit_id))
        .where(holds(), StaffRole.staff_id == StaffMember.id)
        .correlate(StaffMember)
        .scalar_subquery()
    )


def _line(staff_id: UUID, name: str, title: str, is_active: bool, rows: list[Any] | None) -> StaffLine:
    places: dict[str, set[Role]] = {}
    for unit_name, role, _until, _is_substitute in rows or ():
        places.setdefault(unit_name, set()).add(Role(role))
    status = AccountStatus.ACTIVE if rows else AccountStatus.WAITING
    if rows and all(is_substitute for *_facts, is_substitute in rows):
        status = AccountStatus.SUBSTITUTE
    if not is_active:
        status = AccountStatus.DEACTIVATED
    until = max(row[2] for row in rows) if rows and status is AccountStatus.SUBSTITUTE else None
    return StaffLine(
        staff_id,
        name,
        title,
        status,
        date.fromisoformat(until) if until else None,
        tuple((unit, tuple(sorted(places[unit]))) for unit in sorted(places)),
    )
