"""Which units have home-care visits: only their employees are shown the way to the pages about them."""

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlalchemy.orm import Session

from citizen_portal.db import current_municipality_id
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.models import Visit


def note_units_with_visits(session: Session) -> None:
    """Let it be known of each unit that it has visits, from its first one on.

    Where the record system names no unit at all, the visits are every unit's: nobody shall take them for another's.
    """
    of_unknown_unit = and_(_has_visit(Visit.unit_id.is_(None)), ~_has_visit(Visit.unit_id.is_not(None)))
    session.execute(
        update(Unit)
        .where(
            Unit.municipality_id == current_municipality_id(),
            Unit.has_visits.is_(False),
            or_(_has_visit(Visit.unit_id == Unit.id), of_unknown_unit),
        )
        .values(has_visits=True)
        .execution_options(synchronize_session=False)
    )


def _has_visit(of_unit: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Visit.municipality_id == current_municipality_id(), of_unit)
