"""Use cases: say whether visitors are named. A no takes away at once what is kept."""

from sqlalchemy import ColumnElement, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.visits.models import Visit, VisitReport
from citizen_portal.visits.names import queries
from citizen_portal.visits.names.models import VisitorNameConsent, VisitorNameRule
from citizen_portal.visits.service import wait_for_turn


def let_be_named(session: Session, actor: Citizen, *, allowed: bool) -> None:
    """The citizen decides for herself; nobody who acts for her can. The same choice again changes nothing."""
    wait_for_turn(session)
    consent = queries.consent_of(session, actor.person_id)
    if allowed == (consent is not None):
        return
    if consent is None:
        session.add(VisitorNameConsent(person_id=actor.person_id, allowed_at=clock.now()))
    else:
        session.delete(consent)
        _forget(session, Visit.care_recipient_id == actor.person_id, VisitReport.care_recipient_id == actor.person_id)
    audit.record(session, actor, EventTag.VISITOR_NAMES_CHOSEN, about_person_id=actor.person_id, are_shown=allowed)


def let_employees_be_named(session: Session, actor: Staff, *, allowed: bool) -> None:
    """The municipality decides for its employees. The same choice again changes nothing."""
    wait_for_turn(session)
    if queries.municipality_names_visitors(session) == allowed:
        return
    made = insert(VisitorNameRule).values(id=new_id(), is_kept=allowed)
    session.execute(made.on_conflict_do_update(index_elements=["municipality_id"], set_={"is_kept": allowed}))
    if not allowed:
        _forget(session, true(), true())
    audit.record(session, actor, EventTag.VISITOR_NAMES_CHOSEN, are_shown=allowed)


def _forget(session: Session, visits: ColumnElement[bool], reports: ColumnElement[bool]) -> None:
    for table, chosen in ((Visit, visits), (VisitReport, reports)):
        session.execute(
            update(table)
            .where(table.municipality_id == current_municipality_id(), table.visitor_name.is_not(None), chosen)
            .values(visitor_name=None)
            .execution_options(synchronize_session=False)
        )
