"""Let a conversation go along with its case."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from citizen_portal.db import current_municipality_id
from citizen_portal.messages.models import Thread


def move_conversation(session: Session, case_file_id: UUID, unit_id: UUID) -> None:
    """Let the unit that has the case now have the conversation about it, if there is one."""
    session.execute(
        update(Thread)
        .where(Thread.municipality_id == current_municipality_id(), Thread.case_file_id == case_file_id)
        .values(unit_id=unit_id)
    )
