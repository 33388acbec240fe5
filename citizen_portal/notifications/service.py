"""Tell people that something waits for them."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.db import new_id
from citizen_portal.notifications.delivery import send_notice
from citizen_portal.notifications.models import Notice, NoticeStatus, Occasion


def enqueue(session: Session, occasion: Occasion, person_id: UUID) -> Notice:
    """Let the person be told, once the caller's transaction commits. What it is about is read after login only.

    Whether she may be told at all is judged when it is sent: protection and reservation can change until then.
    """
    notice = Notice(
        id=new_id(), person_id=person_id, occasion=occasion, status=NoticeStatus.QUEUED, created_at=clock.now()
    )
    session.add(notice)
    session.flush()
    jobs.defer(session, send_notice, notice_id=str(notice.id))
    return notice
