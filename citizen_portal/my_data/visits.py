"""One person's home-care visits, what nurses signed off and what went wrong, and what she chose and asked about visits.

Of somebody with a protected address nothing that tells when she is visited: that is told on paper only.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from citizen_portal.db import same_row
from citizen_portal.identity.models import Person
from citizen_portal.my_data import format as f
from citizen_portal.my_data.applications import AT_ONCE
from citizen_portal.notifications.models import PushSubscription
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.changes.models import ChangeRequest
from citizen_portal.visits.deviations.models import Deviation
from citizen_portal.visits.following.models import VisitFollowing
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.names.models import VisitorNameConsent
from citizen_portal.visits.reports import VisitStatus
from citizen_portal.visits.rounds.models import VisitSignOff


def visits(session: Session, person: Person) -> Iterator[f.Record]:
    """Her home-care visits."""
    if person.is_protected:
        return
    query = (
        select(Visit, VisitReceipt, Unit.name)
        .outerjoin(
            VisitReceipt,
            and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id),
        )
        .outerjoin(Unit, same_row(Unit, Visit, Visit.unit_id))
        .where(_is_visited(person), Visit.status != VisitStatus.ENTERED_IN_ERROR)
        .order_by(Visit.occurs_at, Visit.id)
    )
    for visit, receipt, unit in _rows(session, query):
        yield f.VisitRecord(
            service=visit.service,
            status=visit.status.value,
            unit=unit,
            planned_start_at=visit.planned_start_at,
            planned_end_at=visit.planned_end_at,
            performed_at=receipt and receipt.performed_at,
            ended_at=receipt and receipt.ended_at,
            receipt_received_at=receipt and receipt.received_at,
            cancelled_by=visit.cancelled_by and visit.cancelled_by.value,
            visitor_role=visit.visitor_role and visit.visitor_role.value,
            visitor_name=visit.visitor_name,
            patient_note=visit.patient_note,
        )


def sign_offs(session: Session, person: Person) -> Iterator[f.Record]:
    """What nurses signed off of her visits, also what they took back; which nurse it was stands with the visit only."""
    if person.is_protected:
        return
    query = (
        select(VisitSignOff, Visit)
        .join(Visit, same_row(Visit, VisitSignOff, VisitSignOff.visit_id))
        .where(_is_visited(person))
        .order_by(VisitSignOff.received_at, VisitSignOff.id)
    )
    for sign_off, visit in _rows(session, query):
        yield f.SignOffRecord(
            service=visit.service,
            outcome=sign_off.outcome.value,
            reason=sign_off.reason and sign_off.reason.value,
            performed_at=sign_off.performed_at,
            received_at=sign_off.received_at,
            undone_at=sign_off.undone_at,
        )


def deviations(session: Session, person: Person) -> Iterator[f.Record]:
    """What did not go as planned with her visits, and what the unit did about it."""
    if person.is_protected:
        return
    query = (
        select(Deviation, Visit)
        .join(Visit, same_row(Visit, Deviation, Deviation.visit_id))
        .where(Deviation.municipality_id == person.municipality_id, Deviation.care_recipient_id == person.id)
        .order_by(Deviation.opened_at, Deviation.id)
    )
    for deviation, visit in _rows(session, query):
        yield f.DeviationRecord(
            service=visit.service,
            kind=deviation.kind.value,
            expected_at=deviation.expected_at,
            opened_at=deviation.opened_at,
            closed_at=deviation.closed_at,
            closed_as=deviation.closed_as and deviation.closed_as.value,
            handled_by=deviation.handled_by_name,
            handled_reason=deviation.handled_reason,
        )


def visit_changes(session: Session, person: Person) -> Iterator[f.Record]:
    """What she, or somebody for her, asked of her visits; of what she asked for somebody else, her own words only."""
    query = (
        select(ChangeRequest, Visit)
        .join(Visit, same_row(Visit, ChangeRequest, ChangeRequest.visit_id))
        .where(
            ChangeRequest.municipality_id == person.municipality_id,
            or_(ChangeRequest.asked_by_id == person.id, Visit.care_recipient_id == person.id),
        )
        .order_by(ChangeRequest.asked_at, ChangeRequest.id)
    )
    for request, visit in _rows(session, query):
        is_hers = visit.care_recipient_id == person.id
        is_told = is_hers and not person.is_protected
        yield f.VisitChangeRecord(
            about="own visit" if is_hers else "another's visit",
            asked_by=request.asked_by_name,
            kind=request.kind.value,
            wish=request.wish,
            visit_planned_at=request.planned_start_at if is_told else None,
            asked_at=request.asked_at,
            withdrawn_at=request.withdrawn_at,
            state=request.state_of(visit).value,
            answered_at=request.answered_at,
            answered_by=request.answered_by_name if is_told else None,
            answer=request.answer if is_told else None,
        )


def followings(session: Session, person: Person) -> Iterator[f.Record]:
    """What she has chosen to be told of others' visits."""
    query = (
        select(VisitFollowing, Person.name)
        .join(Person, same_row(Person, VisitFollowing, VisitFollowing.care_recipient_id))
        .where(VisitFollowing.municipality_id == person.municipality_id, VisitFollowing.follower_id == person.id)
        .order_by(VisitFollowing.id)
    )
    for following, name in _rows(session, query):
        yield f.FollowingRecord(
            whose=name,
            choice=following.choice.value,
            quiet_from=following.quiet_from,
            quiet_until=following.quiet_until,
            missing_breaks_quiet=following.missing_breaks_quiet,
            chosen_at=following.chosen_at,
        )


def visitor_names(session: Session, person: Person) -> Iterator[f.Record]:
    """That she wants to see who comes to her, if she has said so."""
    for (consent,) in _rows(session, _of(VisitorNameConsent, person)):
        yield f.VisitorNamesRecord(allowed_at=consent.allowed_at)


def browsers(session: Session, person: Person) -> Iterator[f.Record]:
    """The browsers in which she takes messages; their addresses are secrets, and not repeated."""
    for (subscription,) in _rows(session, _of(PushSubscription, person)):
        yield f.BrowserRecord(since=subscription.created_at)


def _is_visited(person: Person) -> ColumnElement[bool]:
    return and_(Visit.municipality_id == person.municipality_id, Visit.care_recipient_id == person.id)


def _of(table: Any, person: Person) -> Select[Any]:
    own = and_(table.municipality_id == person.municipality_id, table.person_id == person.id)
    return select(table).where(own).order_by(table.id)


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    yield from session.execute(query.execution_options(yield_per=AT_ONCE))
