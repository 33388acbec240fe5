"""Reads of the units' limits."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal.db import current_municipality_id
from citizen_portal.visits.rules.models import CareRules


def rules_of(session: Session, unit_ids: Collection[UUID | None]) -> Mapping[UUID | None, CareRules]:
    """The limits of each of the units; the usual ones where a unit has set none, and for None (no unit is known)."""
    own = session.scalars(
        select(CareRules).where(CareRules.municipality_id == current_municipality_id(), CareRules.unit_id.in_(unit_ids))
    )
    set_by_unit: dict[UUID | None, CareRules] = {rules.unit_id: rules for rules in own}
    return {unit_id: set_by_unit.get(unit_id) or CareRules.usual(unit_id) for unit_id in unit_ids}


def own_rules(session: Session) -> Sequence[CareRules]:
    """The limits of all units that have set their own."""
    return session.scalars(select(CareRules).where(CareRules.municipality_id == current_municipality_id())).all()


def rules_to_change(session: Session, unit_id: UUID) -> CareRules:
    """The unit's row; a new one with the usual limits where it has none."""
    own = session.scalar(
        select(CareRules).where(CareRules.municipality_id == current_municipality_id(), CareRules.unit_id == unit_id)
    )
    return own or CareRules.usual(unit_id)
