"""Ask for a change of a visit, take it back, and answer it. The visit's row is the lock."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff, System
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.visits import service as visits
from citizen_portal.visits.changes import queries
from citizen_portal.visits.changes.errors import AnsweredAlready, AskedAlready, TooLate
from citizen_portal.visits.changes.models import ChangeKind, ChangeRequest, ChangeState
from citizen_portal.visits.models import Visit


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says. It chooses the id, so that sending it twice counts once."""

    id: UUID
    kind: ChangeKind
    wish: str


def ask(session: Session, actor: Citizen, visit_id: UUID, asked: Asked) -> ChangeRequest:
    """Ask the unit to cancel or move a visit. The same again changes nothing.

    Raises:
        NotFound: the citizen may not change the visit.
        AskedAlready: something else is asked of it and not answered.
        TooLate: the unit's cut-off has passed.
    """
    found = queries.changeable(session, actor, visit_id, lock=True)
    visit = found.visit
    if found.request is not None and found.request.id == asked.id:
        return found.request
    if found.state is ChangeState.ASKED:
        raise AskedAlready
    if not found.is_open or visit.planned_start_at is None or session.get(ChangeRequest, _key(asked.id)) is not None:
        raise TooLate
    if found.request is not None:
        _note_deed(session, found.request, visit)
    now = clock.now()
    request = ChangeRequest(
        id=asked.id,
        visit_id=visit.id,
        kind=asked.kind,
        wish=asked.wish,
        asked_by_id=actor.person_id,
        asked_by_name=actor.name,
        asked_at=now,
        planned_start_at=visit.planned_start_at,
        updated_at=now,
    )
    session.add(request)
    _record(session, actor, EventTag.VISIT_CHANGE_ASKED, request, found.recipient.id)
    return request


def withdraw(session: Session, actor: Citizen, visit_id: UUID) -> None:
    """Take back what is asked of a visit. Raises NotFound, or AnsweredAlready where it is too late."""
    found = queries.changeable(session, actor, visit_id, lock=True)
    if found.request is None:
        raise NotFound
    if found.state is ChangeState.WITHDRAWN:
        return
    if found.state is not ChangeState.ASKED:
        raise AnsweredAlready
    found.request.withdrawn_at = found.request.updated_at = clock.now()
    _record(session, actor, EventTag.VISIT_CHANGE_WITHDRAWN, found.request, found.recipient.id)


def answer(session: Session, actor: Staff, request_id: UUID, *, is_granted: bool, text: str) -> ChangeRequest:
    """Answer for the unit. A cancellation that is granted cancels the visit here, whatever the record system says.

    Who asked is told, if she may still see it. The same answer again changes nothing.

    Raises NotFound or AnsweredAlready.
    """
    visits.wait_for_turn(session)
    request, visit, recipient = queries.waiting_one(session, actor, request_id, lock=True)
    if request.is_granted is is_granted:
        return request
    if request.state_of(visit) is not ChangeState.ASKED:
        raise AnsweredAlready
    request.answer_with(is_granted=is_granted, text=text, by=actor.name, at=clock.now())
    if is_granted and request.kind is ChangeKind.CANCEL:
        visits.call_off(session, visit, request.id)
    _record(session, actor, EventTag.VISIT_CHANGE_ANSWERED, request, recipient.id)
    _tell(session, request, recipient.id)
    return request


def note_deeds(session: Session) -> None:
    """Write down what the record system has answered by what it did, and tell who asked. Again it changes nothing."""
    for request, visit in queries.answered_by_deed(session):
        _note_deed(session, request, visit)


def _note_deed(session: Session, request: ChangeRequest, visit: Visit) -> None:
    """What was answered stays so, whatever becomes of the visit later."""
    is_granted = request.deed_of(visit)
    if is_granted is None or request.answered_at is not None or request.withdrawn_at is not None:
        return
    request.answer_with(is_granted=is_granted, text=None, by=None, at=clock.now())
    session.flush()  # before another one is asked: a visit has one that is open
    actor = System(current_municipality_id(), "care-record")
    _record(session, actor, EventTag.VISIT_CHANGE_ANSWERED, request, visit.care_recipient_id)
    if visit.care_recipient_id is not None:
        _tell(session, request, visit.care_recipient_id)


def _tell(session: Session, request: ChangeRequest, recipient_id: UUID) -> None:
    if queries.asker_may_see(session, request, recipient_id):
        notifications.enqueue(session, Occasion.VISIT_CHANGE_ANSWERED, request.asked_by_id)


def _key(request_id: UUID) -> tuple[int, UUID]:
    return current_municipality_id(), request_id


def _record(
    session: Session,
    actor: Citizen | Staff | System,
    tag: EventTag,
    request: ChangeRequest,
    about_person_id: UUID | None,
) -> None:
    audit.record(session, actor, tag, subject=request, about_person_id=about_person_id, kind=request.kind.value)
