"""On what ground an employee reads about a person: the unit's own work, or the leave that was opened with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from citizen_portal.audit.models import Purpose
from citizen_portal.auth.actor import Actor, Role, Staff
from citizen_portal.identity.models import AccessGrant
from citizen_portal.identity.reach import is_leave_of

Leave = Sequence[Any] | None
"""The purpose and the reason of an access grant, as `leave` reads them; None where there is none."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why somebody read, as the event of the reading says it."""

    purpose: Purpose | None = None
    reason: str | None = None
    is_outside_unit: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """The ground as `audit.record` takes it."""
        outside = {"outside_unit": True} if self.is_outside_unit else {}
        return {"purpose": self.purpose, "reason": self.reason, **outside}


OWN: Ground = Ground()
"""A citizen needs no ground: it is her own, or somebody's whom she may act for."""


def leave(actor: Staff, person: Any) -> ScalarSelect[Any]:
    """The newest leave that the employee has now for the person of a column, with a page's other columns."""
    return (
        select(func.jsonb_build_array(AccessGrant.purpose, AccessGrant.reason))
        .where(
            is_leave_of(actor),
            AccessGrant.person_id == person,
        )
        .order_by(AccessGrant.granted_at.desc(), AccessGrant.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def ground_of(actor: Staff, unit_id: UUID | None, found: Leave) -> Ground:
    """The ground on which an employee reads a case of the unit: the leave counts where the unit alone would not do."""
    is_outside = unit_id != actor.unit_id
    if found is not None and (is_outside or Role.PROTECTED_ACCESS in actor.roles):
        return Ground(Purpose(found[0]), found[1], is_outside)
    own_work = Purpose.CARE if Role.NURSE in actor.roles else Purpose.CASE_HANDLING
    if Role.CASEWORKER in actor.roles:
        own_work = Purpose.CASE_HANDLING
    return Ground(own_work, None, is_outside)


def ground_for(session: Session, actor: Actor, unit_id: UUID | None, person_id: UUID) -> Ground:
    """As `ground_of`, asking for the leave only where it may count. A citizen has none."""
    if not isinstance(actor, Staff):
        return OWN
    may_count = unit_id != actor.unit_id or Role.PROTECTED_ACCESS in actor.roles
    return ground_of(actor, unit_id, session.scalar(select(leave(actor, person_id))) if may_count else None)


def record_keeping_ground(session: Session, actor: Staff, person_id: UUID | None) -> Ground:
    """The ground on which the archive is read: to keep it in order, or the leave that a protected person demands."""
    if person_id is None or Role.PROTECTED_ACCESS not in actor.roles:
        return Ground(Purpose.RECORD_KEEPING)
    opened = session.scalar(select(leave(actor, person_id)))
    return Ground(Purpose(opened[0]), opened[1]) if opened else Ground(Purpose.RECORD_KEEPING)
