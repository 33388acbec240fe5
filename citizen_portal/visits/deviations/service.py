"""What a unit does about a deviation."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.visits.deviations import staff_queries
from citizen_portal.visits.deviations.errors import NoLongerOpen
from citizen_portal.visits.deviations.models import Deviation


def handle(session: Session, actor: Staff, deviation_id: UUID, reason: str) -> Deviation:
    """Say what the unit has done about it: then it is closed, until the visit is moved and goes wrong again.

    Raises:
        NotFound: it is not of one of the unit's visits.
        NoLongerOpen: it was closed meanwhile.
    """
    deviation, visit = staff_queries.deviation_to_handle(session, actor, deviation_id)
    if deviation.closed_at is not None:
        raise NoLongerOpen
    deviation.expected_at = visit.planned_end_at or visit.occurs_at
    deviation.handle(actor, reason, clock.now())
    about = deviation.care_recipient_id
    audit.record(
        session,
        actor,
        EventTag.DEVIATION_HANDLED,
        subject=deviation,
        about_person_id=about,
        kind=deviation.kind.value,
    )
    return deviation
