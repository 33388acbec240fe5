"""Use cases: order a copy, ask for a correction or a restriction, answer."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.errors import NotFound
from citizen_portal.my_data import queries
from citizen_portal.my_data.copying import make_copy
from citizen_portal.my_data.errors import AlreadyAnswered, TooManyOrders, TooManyRequests
from citizen_portal.my_data.models import (
    GIVEN_UP_AFTER,
    UNDER_WAY,
    DataExport,
    DataRequest,
    ExportStatus,
    Outcome,
    RequestKind,
)
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion

COPIES_A_DAY: Final = 3
MOST_UNANSWERED: Final = 10


def order_copy(session: Session, actor: Citizen, language: str) -> DataExport:
    """Order a copy of everything about the citizen herself. While one is under way, that is the one.

    Raises TooManyOrders.
    """
    _give_up_stuck(session, actor)
    if (under_way := _under_way(session, actor)) is not None:
        return under_way
    if _ordered_today(session, actor) >= COPIES_A_DAY:
        raise TooManyOrders
    export_id = session.scalar(
        insert(DataExport)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            person_id=actor.person_id,
            language=language,
            status=ExportStatus.ORDERED,
            ordered_at=clock.now(),
        )
        .on_conflict_do_nothing()  # ordered in another tab at the same moment
        .returning(DataExport.id)
    )
    export = _under_way(session, actor)
    if export is None:
        raise NotFound
    if export_id is not None:
        audit.record(session, actor, EventTag.MY_DATA_ORDERED, subject=export, about_person_id=actor.person_id)
        jobs.defer(session, make_copy, export_id=str(export.id))
    return export


def send_request(
    session: Session, actor: Citizen, request_id: UUID, kind: RequestKind, about: str, right: str | None = None
) -> DataRequest:
    """Ask for something about the citizen's own data. The form chooses the id, so that sent twice it counts once.

    Raises TooManyRequests, and NotFound for an id that is somebody else's.
    """
    if (sent := session.get(DataRequest, (current_municipality_id(), request_id))) is not None:
        if sent.person_id != actor.person_id:
            raise NotFound
        return sent
    if _unanswered(session, actor) >= MOST_UNANSWERED:
        raise TooManyRequests
    request = DataRequest(
        id=request_id,
        person_id=actor.person_id,
        kind=kind,
        about_text=about,
        right_text=right if kind is RequestKind.CORRECTION else None,
        sent_at=clock.now(),
    )
    session.add(request)
    session.flush()
    audit.record(
        session,
        actor,
        EventTag.DATA_REQUEST_SENT,
        subject=request,
        about_person_id=actor.person_id,
        kind=kind.value,
    )
    return request


def answer_request(session: Session, actor: Staff, request_id: UUID, outcome: Outcome, answer: str) -> DataRequest:
    """Say what the municipality does. Raises NotFound, and AlreadyAnswered when a colleague was first."""
    request = queries.request_for(session, actor, request_id, lock=True).request
    if request.is_answered:
        raise AlreadyAnswered
    request.answered_at, request.outcome, request.answer = clock.now(), outcome, answer
    request.answered_by_id, request.answered_by_name = actor.staff_id, actor.name
    request.answered_by_unit = actor.unit_name
    audit.record(
        session,
        actor,
        EventTag.DATA_REQUEST_ANSWERED,
        subject=request,
        about_person_id=request.person_id,
        outcome=outcome.value,
    )
    notifications.enqueue(session, Occasion.DATA_REQUEST_ANSWERED, request.person_id)
    return request


def _give_up_stuck(session: Session, actor: Citizen) -> None:
    session.execute(
        update(DataExport)
        .where(
            DataExport.municipality_id == current_municipality_id(),
            DataExport.person_id == actor.person_id,
            DataExport.status.in_(UNDER_WAY),
            DataExport.ordered_at <= clock.now() - GIVEN_UP_AFTER,
        )
        .values(status=ExportStatus.FAILED)
    )


def _under_way(session: Session, actor: Citizen) -> DataExport | None:
    return session.scalar(
        select(DataExport).where(
            DataExport.municipality_id == current_municipality_id(),
            DataExport.person_id == actor.person_id,
            DataExport.status.in_(UNDER_WAY),
        )
    )


def _ordered_today(session: Session, actor: Citizen) -> int:
    counted = session.scalar(
        select(func.count())
        .select_from(DataExport)
        .where(
            DataExport.municipality_id == current_municipality_id(),
            DataExport.person_id == actor.person_id,
            DataExport.ordered_at > clock.now() - timedelta(days=1),
        )
    )
    return counted or 0


def _unanswered(session: Session, actor: Citizen) -> int:
    counted = session.scalar(
        select(func.count())
        .select_from(DataRequest)
        .where(
            DataRequest.municipality_id == current_municipality_id(),
            DataRequest.person_id == actor.person_id,
            DataRequest.answered_at.is_(None),
        )
    )
    return counted or 0
