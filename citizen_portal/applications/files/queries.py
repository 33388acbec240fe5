"""Scoped reads of files. Whoever may read the application may read its files; the caller has loaded it as its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from citizen_portal.applications import queries as applications
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Actor
from citizen_portal.errors import NotFound


def files_of(session: Session, application: Application, purpose: str | None = None) -> Sequence[ApplicationFile]:
    """The files of an application that the caller may read, oldest first and without removed ones."""
    query = _files_of(application).where(ApplicationFile.removed_at.is_(None)).order_by(ApplicationFile.id)
    if purpose is not None:
        query = query.where(ApplicationFile.purpose == purpose)
    return session.scalars(query).all()


def files_by_purpose(session: Session, application: Application) -> Mapping[str, list[ApplicationFile]]:
    """The same files, by what they are for; an empty list for what there is none for."""
    found: defaultdict[str, list[ApplicationFile]] = defaultdict(list)
    for file in files_of(session, application):
        found[file.purpose].append(file)
    return found


def file_for(
    session: Session, actor: Actor, application_id: UUID, file_id: UUID
) -> tuple[Application, ApplicationFile]:
    """An application that the actor reaches, and one file of it that is not removed. Raises NotFound."""
    application = applications.application_for(session, actor, application_id)
    query = _files_of(application).where(ApplicationFile.id == file_id, ApplicationFile.removed_at.is_(None))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return application, found


def _files_of(application: Application) -> Select[ApplicationFile]:
    return select(ApplicationFile).where(
        ApplicationFile.municipality_id == application.municipality_id,
        ApplicationFile.application_id == application.id,
    )
