"""What was typed and not sent: it outlives a lost connection and an expired login."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id, storable
from citizen_portal.messages import queries
from citizen_portal.messages.models import LONGEST_BODY, MessageDraft, reader_id_of


def save_draft(session: Session, actor: Citizen | Staff, case_file_id: UUID, body: str) -> None:
    """Keep what was typed so far. It is nobody else's, is not journaled, and never changes what is unread."""
    case_file = queries.case_file_of(session, actor, case_file_id)
    text = storable(body)[:LONGEST_BODY]
    kept = {"body": text, "saved_at": clock.now()}
    session.execute(
        insert(MessageDraft)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            case_file_id=case_file.id,
            author_id=reader_id_of(actor),
            **kept,
        )
        .on_conflict_do_update(index_elements=["municipality_id", "case_file_id", "author_id"], set_=kept)
    )


def drop_draft(session: Session, actor: Citizen | Staff, case_file_id: UUID) -> None:
    """Forget the draft: its text was sent."""
    session.execute(
        delete(MessageDraft).where(
            MessageDraft.municipality_id == current_municipality_id(),
            MessageDraft.case_file_id == case_file_id,
            MessageDraft.author_id == reader_id_of(actor),
        )
    )
