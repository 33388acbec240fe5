"""Use cases of the access log: ask about a reading, answer, and follow up what is unusual."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.access_log import queries
from citizen_portal.access_log.deadlines import answer_by
from citizen_portal.access_log.models import AccessComplaint, AccessReview, ComplaintStatus
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.errors import Conflict, Forbidden, NotFound
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion

OF_ONE_EVENT: Final = ("municipality_id", "sequence_number")


def ask(session: Session, actor: Citizen, sequence_number: int, text: str) -> None:
    """Ask the municipality about a reading in one's own log. A form sent twice counts once. Raises NotFound."""
    line = queries.log_line(session, actor, sequence_number)
    asked = session.scalar(
        insert(AccessComplaint)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            sequence_number=line.event.sequence_number,
            person_id=actor.person_id,
            text=text,
            answer_by_date=answer_by(clock.today()),
            created_at=clock.now(),
            status=ComplaintStatus.RECEIVED,
        )
        .on_conflict_do_nothing(index_elements=OF_ONE_EVENT)
        .returning(AccessComplaint)
    )
    if asked is not None:
        audit.record(
            session,
            actor,
            EventTag.ACCESS_QUESTIONED,
            subject=asked,
            about_person_id=actor.person_id,
            event=sequence_number,
        )


def answer(session: Session, actor: Staff, complaint_id: UUID, text: str) -> None:
    """Answer a person's question about a reading; she is told that there is news.

    Raises:
        NotFound: no such question.
        Forbidden: it is the auditor's own reading; somebody else must answer.
        Conflict: it is answered already.
    """
    complaint = session.scalar(
        select(AccessComplaint)
        .where(AccessComplaint.municipality_id == current_municipality_id(), AccessComplaint.id == complaint_id)
        .with_for_update()
    )
    if complaint is None:
        raise NotFound
    _refuse_own(actor, session.get_one(AuditEvent, (complaint.municipality_id, complaint.sequence_number)))
    if complaint.is_answered:
        raise Conflict
    complaint.status, complaint.answer = ComplaintStatus.ANSWERED, text
    complaint.answered_by_name, complaint.answered_at = actor.name, clock.now()
    audit.record(
        session,
        actor,
        EventTag.ACCESS_ANSWERED,
        subject=complaint,
        about_person_id=complaint.person_id,
        event=complaint.sequence_number,
    )
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, complaint.person_id)  # it says «news», no more


def review(session: Session, actor: Staff, sequence_number: int, note: str) -> None:
    """Note that an unusual reading is looked at, and what came of it. The first note stands.

    Raises:
        NotFound: no such reading by an employee.
        Forbidden: it is the auditor's own reading; somebody else must look at it.
    """
    event = queries.staff_reading(session, sequence_number)
    _refuse_own(actor, event)
    made = session.scalar(
        insert(AccessReview)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            sequence_number=sequence_number,
            note=note,
            reviewed_by_name=actor.name,
            reviewed_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=OF_ONE_EVENT)
        .returning(AccessReview)
    )
    if made is not None:
        audit.record(session, actor, EventTag.ACCESS_REVIEWED, subject=made, event=sequence_number)


def note_look(session: Session, actor: Staff, tag: EventTag, about_person_id: UUID | None = None) -> None:
    """The auditor's looks are noted as everybody's: who follows up can be followed up."""
    audit.record(session, actor, tag, about_person_id=about_person_id, purpose=Purpose.SUPERVISION)


def _refuse_own(actor: Staff, event: AuditEvent) -> None:
    if event.actor_id == actor.actor_id:
        raise Forbidden
