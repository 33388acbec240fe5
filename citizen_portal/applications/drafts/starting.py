"""A new draft, one for each service and person."""

from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.definitions import Definition
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id, new_id

LANGUAGES: Final = ("nb", "nn", "en")
"""Those in which definitions are written, the first when another one is asked for."""


def insert_draft(session: Session, actor: Citizen, definition: Definition, language: str) -> UUID | None:
    """The id of a new draft, with nothing written in it; None where there was one already."""
    return session.execute(
        insert(Application)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            person_id=actor.subject_id,
            representative_id=actor.person_id if actor.acting_for else None,
            representative_name=actor.name if actor.acting_for else None,
            definition_id=definition.id,
            definition_version=definition.version,
            area=definition.area,
            language=offered_language(language),
            answers={},
            revision=0,
            status=Status.DRAFT,
            status_changed_at=clock.now(),
            started_at=clock.now(),
            saved_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Application.id)
    ).scalar_one_or_none()


def offered_language(language: str) -> str:
    """The language in which somebody fills in who reads the portal in another."""
    return language if language in LANGUAGES else LANGUAGES[0]
