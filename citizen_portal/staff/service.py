"""What caseworkers do that concerns both the application and the conversation about it."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal.applications.handling import service as handling
from citizen_portal.auth.actor import Staff
from citizen_portal.messages import service as messages


def move_to_unit(session: Session, actor: Staff, application_id: UUID, unit_id: UUID) -> None:
    """Let another unit have the case and its conversation. Raises NotFound or NotPossibleNow."""
    application = handling.move_to_unit(session, actor, application_id, unit_id)
    assert application.case_file_id is not None  # noqa: S101  only drafts have none
    messages.move_conversation(session, application.case_file_id, unit_id)
