"""Of which units' visits each source tells: so it is known of whom nobody hears when one of several falls silent."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from citizen_portal.auth.actor import Machine
from citizen_portal.db import current_municipality_id
from citizen_portal.visits.models import Visit, VisitSource


def note_units(session: Session, actor: Machine, visit_ids: Collection[UUID]) -> None:
    """The source tells of the units that carry out these visits."""
    units = select(Visit.unit_id).distinct()
    units = units.where(
        Visit.municipality_id == current_municipality_id(),
        Visit.id == any_(bindparam(None, list(visit_ids), type_=ARRAY(Uuid()))),
        Visit.unit_id.is_not(None),
    )
    told_of = func.array(units.scalar_subquery(), type_=ARRAY(Uuid()))
    session.execute(
        update(VisitSource)
        .where(
            VisitSource.municipality_id == current_municipality_id(),
            VisitSource.consumer == actor.consumer,
            VisitSource.client_id == actor.client_id,
            ~VisitSource.unit_ids.contains(told_of),
        )
        .values(unit_ids=VisitSource.unit_ids + told_of)
        .execution_options(synchronize_session=False)
    )
