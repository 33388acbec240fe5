"""Delete drafts: by who wrote them, and by the portal when their time is out."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal.applications import queries
from citizen_portal.applications.errors import AlreadySent
from citizen_portal.applications.files.queries import files_of
from citizen_portal.applications.files.sweeping import let_go
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Actor, Citizen


def delete_draft(session: Session, actor: Citizen, application_id: UUID) -> None:
    """Delete a draft for good. Raises NotFound, and AlreadySent for what is no draft."""
    application = queries.application_for(session, actor, application_id, lock=True)
    if not application.is_draft:
        raise AlreadySent
    delete_for_good(session, actor, application)


def delete_for_good(session: Session, actor: Actor, application: Application) -> None:
    """Delete a draft with all that hangs on it. The log keeps that there was one, and nothing of what it said."""
    facts: dict[str, Any] = {"about_person_id": application.person_id, "service": application.definition_id}
    audit.record(session, actor, EventTag.DRAFT_DELETED, subject=application, **facts)
    let_go(session, files_of(session, application))
    session.delete(application)
