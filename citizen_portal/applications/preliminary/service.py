"""Change and send the preliminary reply, each in the caller's transaction."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import correspondence
from citizen_portal.applications import queries as applications
from citizen_portal.applications.correspondence import Letter
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary import queries
from citizen_portal.applications.preliminary.errors import AlreadyReplied, DateMissing, EmptyReply
from citizen_portal.applications.preliminary.models import PreliminaryReply
from citizen_portal.applications.preliminary.proposal import PRELIMINARY, lacks_date
from citizen_portal.applications.status import EventKind
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.db import storable
from citizen_portal.documents import Section
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion


def save(session: Session, actor: Staff, application_id: UUID, text: str) -> PreliminaryReply:
    """Keep the text instead of the proposal. Raises NotFound, EmptyReply, or AlreadyReplied."""
    application = applications.application_for(session, actor, application_id, lock=True)
    if not application.demands_preliminary_reply:
        raise AlreadyReplied
    reply = _written(session, actor, application, text)
    audit.record(
        session, actor, EventTag.PRELIMINARY_REPLY_CHANGED, subject=reply, about_person_id=application.person_id
    )
    return reply


def send(session: Session, actor: Staff, application_id: UUID, text: str) -> PreliminaryReply:
    """Send the reply: letter, timeline, notice. What was escalated because of it is no longer.

    Raises NotFound, EmptyReply, DateMissing, CaseFileIsClosed, or AlreadyReplied: it is sent once.
    """
    application = applications.application_for(session, actor, application_id, lock=True)
    if not application.demands_preliminary_reply:
        raise AlreadyReplied
    if lacks_date(text):
        raise DateMissing
    reply, at = _written(session, actor, application, text), clock.now()
    letter = Letter(PRELIMINARY, (Section(heading="", paragraphs=tuple(reply.text.split("\n\n"))),))
    entry = correspondence.send(session, actor, application, letter)
    reply.sent_at, reply.registry_entry_id = at, entry.id
    application.preliminary_sent_at, application.escalation = at, 0
    session.add(application.note(EventKind.PRELIMINARY_REPLY, at, actor=actor, facts={"note": reply.text}))
    session.flush()
    audit.record(session, actor, EventTag.PRELIMINARY_REPLY_SENT, subject=reply, about_person_id=application.person_id)
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return reply


def _written(session: Session, actor: Staff, application: Application, text: str) -> PreliminaryReply:
    text = storable(text).strip()
    if not text:
        raise EmptyReply
    reply = queries.reply_of(session, application)
    if reply is None:
        reply = PreliminaryReply(application_id=application.id)
        session.add(reply)
    reply.text, reply.saved_at, reply.saved_by_name = text, clock.now(), actor.name
    session.flush()
    return reply
