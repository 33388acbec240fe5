"""Give roles to staff and take them back, close accounts and open them. Each change is in the audit log."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Role, Staff, System
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import sessions
from citizen_portal.identity.models import StaffMember, StaffRole
from citizen_portal.identity.service import employ
from citizen_portal.identity.staff_accounts import errors
from citizen_portal.identity.staff_accounts.rules import may_change, may_change_account
from citizen_portal.identity.staff_roles import is_not_over
from citizen_portal.tenancy.queries import unit as unit_by_id

_STAFF_LOCK: Final = 0x57AFF
"""The advisory lock of changes to staff; its second half is the municipality."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role to give: where, from which day until which, and in whose place."""

    unit_id: UUID
    role: Role
    from_date: date
    to_date: date | None = None
    substitute_for_id: UUID | None = None


def give_role(session: Session, actor: Staff, staff_id: UUID, assignment: Assignment) -> StaffRole:
    """Give an employee a role. Somebody not yet placed gets the unit as her home.

    Raises:
        NotFound, OwnAccount, NotYoursToChange, AccountClosed, RoleRefused
    """
    member = _member_to_change(session, actor, staff_id)
    unit_by_id(session, assignment.unit_id)
    if not may_change(actor, assignment.unit_id, assignment.role):
        raise errors.NotYoursToChange
    if not member.is_active:
        raise errors.AccountClosed
    _check_period(assignment)
    if _is_held(session, staff_id, assignment):
        raise errors.AlreadyHeld
    absent = assignment.substitute_for_id
    if absent is not None and (absent == staff_id or not _is_held(session, absent, assignment, own=True)):
        raise errors.AbsentLacksRole
    given = StaffRole(
        staff_id=staff_id,
        unit_id=assignment.unit_id,
        role=assignment.role,
        valid_from_date=assignment.from_date,
        valid_to_date=assignment.to_date,
        substitute_for_id=absent,
        granted_by_name=actor.display_name,
        created_at=clock.now(),
    )
    session.add(given)
    if member.unit_id is None:
        member.unit_id = assignment.unit_id
    session.flush()
    _record(session, actor, EventTag.ROLE_GRANTED, given)
    return given


def end_role(session: Session, actor: Staff, staff_id: UUID, role_id: UUID) -> None:
    """Take a role back at once; again is no change.

    Raises:
        NotFound, OwnAccount, NotYoursToChange, LastSystemOwner
    """
    _member_to_change(session, actor, staff_id)
    role = session.get(StaffRole, (current_municipality_id(), role_id))
    if role is None or role.staff_id != staff_id:
        raise NotFound
    if not may_change(actor, role.unit_id, role.role):
        raise errors.NotYoursToChange
    if role.ended_at is not None:
        return
    if role.role is Role.SYSTEM_OWNER:
        _demand_another_system_owner(session, staff_id)
    role.ended_at, role.ended_by_name = clock.now(), actor.display_name
    _record(session, actor, EventTag.ROLE_ENDED, role)


def deactivate(session: Session, actor: Staff, staff_id: UUID) -> None:
    """Close the account: the employee is out of every browser at once, and keeps no way in.

    Raises:
        NotFound, OwnAccount, NotYoursToChange, LastSystemOwner
    """
    member = _account_to_change(session, actor, staff_id)
    if not member.is_active:
        return
    _demand_another_system_owner(session, staff_id)
    member.is_active = False
    sessions.end_sessions_of_staff(session, staff_id)
    audit.record(session, actor, EventTag.STAFF_DEACTIVATED, subject=member)


def activate(session: Session, actor: Staff, staff_id: UUID) -> None:
    """Open the account again, with the roles that still hold. Raises NotFound, OwnAccount or NotYoursToChange."""
    member = _account_to_change(session, actor, staff_id)
    if member.is_active:
        return
    member.is_active = True
    audit.record(session, actor, EventTag.STAFF_ACTIVATED, subject=member)


def appoint_system_owner(
    session: Session, actor: System, *, issuer: str, subject: str, name: str, title: str, unit_id: UUID
) -> StaffMember:
    """Make somebody a system owner from the command line: the first one of a municipality, or after all have left."""
    known = session.scalar(
        select(StaffMember).where(
            StaffMember.municipality_id == current_municipality_id(),
            StaffMember.issuer == issuer,
            StaffMember.subject == subject,
        )
    )
    if known is None:
        known = employ(session, issuer=issuer, subject=subject, name=name, title=title, unit_id=unit_id, roles=[])
    known.is_active, known.unit_id = True, known.unit_id or unit_id
    today = clock.today()
    if not _is_held(session, known.id, Assignment(unit_id, Role.SYSTEM_OWNER, today)):
        given = StaffRole(
            staff_id=known.id,
            unit_id=unit_id,
            role=Role.SYSTEM_OWNER,
            valid_from_date=today,
            granted_by_name=actor.display_name,
            created_at=clock.now(),
        )
        session.add(given)
        session.flush()
        _record(session, actor, EventTag.ROLE_GRANTED, given)
    return known


def _member_to_change(session: Session, actor: Staff, staff_id: UUID) -> StaffMember:
    """The employee, with the municipality's staff locked against other changes: they are rare, and hang together."""
    session.execute(select(func.pg_advisory_xact_lock(_STAFF_LOCK, current_municipality_id())))
    member = session.get(StaffMember, (current_municipality_id(), staff_id))
    if member is None:
        raise NotFound
    if staff_id == actor.staff_id:
        raise errors.OwnAccount
    return member


def _account_to_change(session: Session, actor: Staff, staff_id: UUID) -> StaffMember:
    member = _member_to_change(session, actor, staff_id)
    held = session.scalars(
        select(StaffRole).where(
            StaffRole.municipality_id == current_municipality_id(), StaffRole.staff_id == staff_id, is_not_over()
        )
    )
    if not may_change_account(actor, member, list(held)):
        raise errors.NotYoursToChange
    return member


def _check_period(assignment: Assignment) -> None:
    if assignment.from_date < clock.today():
        raise errors.BeginsInThePast
    if assignment.to_date is not None and assignment.to_date < assignment.from_date:
        raise errors.EndsTooEarly
    if assignment.substitute_for_id is not None and assignment.to_date is None:
        raise errors.SubstituteWithoutEnd


def _is_held(session: Session, staff_id: UUID, assignment: Assignment, *, own: bool = False) -> bool:
    """Whether the employee has the role in the unit on some day of the assignment; `own`: not as a substitute."""
    overlaps = [
        StaffRole.municipality_id == current_municipality_id(),
        StaffRole.staff_id == staff_id,
        StaffRole.unit_id == assignment.unit_id,
        StaffRole.role == assignment.role,
        StaffRole.ended_at.is_(None),
        or_(StaffRole.valid_to_date.is_(None), StaffRole.valid_to_date >= assignment.from_date),
        *([StaffRole.valid_from_date <= assignment.to_date] if assignment.to_date else []),
        *([StaffRole.substitute_for_id.is_(None)] if own else []),
    ]
    return bool(session.scalar(select(exists().where(*overlaps))))


def _demand_another_system_owner(session: Session, staff_id: UUID) -> None:
    """Raise LastSystemOwner unless somebody else will stay one. Two who remove each other do it one after the other."""
    owners = session.execute(
        select(StaffRole.staff_id, StaffRole.valid_to_date, StaffRole.valid_from_date, StaffMember.is_active)
        .join(
            StaffMember,
            and_(StaffMember.municipality_id == StaffRole.municipality_id, StaffMember.id == StaffRole.staff_id),
        )
        .where(
            StaffRole.municipality_id == current_municipality_id(), StaffRole.role == Role.SYSTEM_OWNER, is_not_over()
        )
    ).all()
    if not any(owner.staff_id == staff_id for owner in owners):
        return
    today = clock.today()
    if not any(
        owner.staff_id != staff_id
        and owner.is_active
        and owner.valid_to_date is None
        and owner.valid_from_date <= today
        for owner in owners
    ):
        raise errors.LastSystemOwner


def _record(session: Session, actor: Staff | System, tag: EventTag, role: StaffRole) -> None:
    facts: dict[str, Any] = {
        "staff_id": str(role.staff_id),
        "unit_id": str(role.unit_id),
        "role": role.role.value,
        "from_date": role.valid_from_date.isoformat(),
    }
    if role.valid_to_date:
        facts["to_date"] = role.valid_to_date.isoformat()
    if role.substitute_for_id:
        facts["substitute_for_id"] = str(role.substitute_for_id)
    audit.record(session, actor, tag, subject=role, **facts)
