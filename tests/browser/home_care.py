"""Home care as a running demo's walk needs it: `python -m tests.browser.home_care stays_away`, and then `comes`.

A process of its own, with the demo's own settings: it does now what the demo's worker would do within a minute.
"""

import sys
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.config import load_settings
from citizen_portal.db import new_id
from citizen_portal.identity import encryption
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.following.telling import tell
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus

_SERVICE = "Tilsyn"


def began() -> datetime:
    """When the visit should have begun, as the clocks in Norway show it."""
    return clock.to_oslo(clock.now() - timedelta(hours=3))


def stays_away(session: Session) -> None:
    """Nobody signs off a visit at Borghild's, and the unit has had its time."""
    borghild = session.scalars(select(Person).where(Person.name == "Borghild Moen")).one()
    like = session.scalars(select(Visit).where(Visit.care_recipient_id == borghild.id).limit(1)).one()
    start = began()
    session.add(
        Visit(
            id=new_id(),
            consumer=like.consumer,
            identifier_system=like.identifier_system,
            identifier_value=str(new_id()),
            care_recipient_id=borghild.id,
            unit_id=like.unit_id,
            service=_SERVICE,
            status=VisitStatus.PLANNED,
            planned_start_at=start,
            planned_end_at=start + timedelta(minutes=20),
            occurs_at=start,
            updated_at=start,
        )
    )
    session.flush()
    with clock.frozen(clock.now() - timedelta(minutes=25)):
        watch(session)
    tell(session)


def comes(session: Session) -> None:
    """It was done, and only signed off late."""
    open_visit = select(Visit).where(Visit.service == _SERVICE, Visit.status == VisitStatus.PLANNED)
    for visit in session.scalars(open_visit):
        visit.status = VisitStatus.DONE
        assert visit.planned_start_at is not None
        session.add(VisitReceipt(visit_id=visit.id, performed_at=visit.planned_start_at, received_at=clock.now()))
    session.flush()
    watch(session)
    tell(session)


def main(what: str) -> None:
    """Let it happen in Ringebu."""
    settings = load_settings()
    db.configure(settings.database_url)
    encryption.configure(settings)
    with db.read_only() as session:
        ringebu = session.scalars(select(Municipality).where(Municipality.slug == "ringebu")).one()
    with db.as_municipality(ringebu.id), db.transaction() as session:
        {"stays_away": stays_away, "comes": comes}[what](session)


if __name__ == "__main__":
    main(sys.argv[1])
