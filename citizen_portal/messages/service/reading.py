"""The read log of threads."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.identity import queries as identity
from citizen_portal.identity.grounds import OWN, Ground
from citizen_portal.messages import queries
from citizen_portal.messages.models import ThreadReading, reader_id_of


def note_reading(
    session: Session, actor: Citizen | Staff, conversation: queries.Conversation, ground: Ground = OWN
) -> None:
    """The read log of a thread page: who read whose thread, and the first time that anybody came this far down."""
    thread = conversation.thread
    if thread is None:
        return
    audit.record(
        session,
        actor,
        EventTag.THREAD_READ,
        subject=thread,
        about_person_id=thread.person_id,
        case_number=conversation.case_file.number,
        **ground.facts,
    )
    if conversation.messages and conversation.messages[-1].position > conversation.read_position(actor):
        session.execute(
            insert(ThreadReading)
            .values(
                municipality_id=current_municipality_id(),
                id=new_id(),
                thread_id=thread.id,
                reader_id=reader_id_of(actor),
                reader_name=actor.display_name,
                on_behalf_of_name=_on_behalf_of(session, actor, thread.person_id),
                is_staff=isinstance(actor, Staff),
                position=conversation.messages[-1].position,
                read_at=clock.now(),
            )
            .on_conflict_do_nothing()
        )


def _on_behalf_of(session: Session, actor: Citizen | Staff, person_id: UUID) -> str | None:
    if isinstance(actor, Staff) or actor.person_id == person_id:
        return None
    principal = actor.principal(person_id)
    return principal.name if principal else identity.person(session, person_id).name
