"""Who may give which role to whom: a superuser in her own unit, a system owner everywhere, nobody to herself."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from citizen_portal.auth.actor import Role, Staff
from citizen_portal.identity.models import StaffMember, StaffRole

ACROSS_UNITS: Final = frozenset({Role.SYSTEM_OWNER, Role.AUDITOR, Role.PROTECTED_ACCESS})
"""They reach further than a unit, so only a system owner gives them."""


def roles_to_give(actor: Staff) -> list[Role]:
    """The roles that the employee may give and take."""
    return [role for role in Role if Role.SYSTEM_OWNER in actor.roles or role not in ACROSS_UNITS]


def may_change(actor: Staff, unit_id: UUID, role: Role) -> bool:
    """Whether the employee may give or take the role in the unit."""
    return Role.SYSTEM_OWNER in actor.roles or (unit_id == actor.unit_id and role not in ACROSS_UNITS)


def may_change_account(actor: Staff, member: StaffMember, roles: Iterable[StaffRole]) -> bool:
    """Whether the employee may close and open the account: a superuser only when all of it is her unit's."""
    if member.id == actor.staff_id:
        return False
    if Role.SYSTEM_OWNER in actor.roles:
        return True
    return member.unit_id in (None, actor.unit_id) and all(may_change(actor, held.unit_id, held.role) for held in roles)
