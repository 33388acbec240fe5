"""Files as answers of a draft: they come and go with the step, or one at a time while it is filled in."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as application_service
from citizen_portal.applications.answers import Problem
from citizen_portal.applications.definitions import FileField
from citizen_portal.applications.errors import AlreadySent
from citizen_portal.applications.files import queries, service
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.files.models import ApplicationFile, for_field
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen
from citizen_portal.errors import NotFound
from citizen_portal.journal.enclosures import Enclosure

Uploads = Sequence[tuple[UUID, Enclosure]]
"""Files that are made ready, each with the id that the browser chose."""


def file_fields(application: Application, number: int) -> dict[str, FileField]:
    """The fields of a step that take files, by name. Raises NotFound for a step that is not there."""
    fields = application.definition.step(number).fields
    return {field.name: field for field in fields if isinstance(field, FileField)}


def add_to_field(
    session: Session, actor: Citizen, application_id: UUID, number: int, name: str, uploads: Uploads
) -> list[ApplicationFile]:
    """Keep files as the answer of one field, and answer with all that are there.

    Raises NotFound for a field that takes none, AlreadySent, and TooManyFiles: then none of them is kept.
    """
    application = applications.application_for(session, actor, application_id, lock=True)
    return _add(session, actor, application, number, name, uploads)


def save_step(
    session: Session,
    actor: Citizen,
    application_id: UUID,
    number: int,
    raw: Mapping[str, object],
    language: str,
    *,
    action: str,
    uploads: Mapping[str, Uploads],
    remove: UUID | None,
) -> tuple[Application, list[Problem], dict[str, int]]:
    """As `applications.service.save_step`, with the files that came with it; `remove` is one to take away.

    The third answer names the fields that had no room for what came, and how many they take.
    """
    application = applications.application_for(session, actor, application_id, lock=True)
    full: dict[str, int] = {}
    if remove is not None:
        _remove(session, actor, application, number, remove)
    for name, sent in uploads.items():
        try:
            with session.begin_nested():
                _add(session, actor, application, number, name, sent)
        except TooManyFiles as refused:
            full[name] = refused.most
    saved, problems = application_service.save_step(
        session, actor, application_id, number, raw, language, action=action
    )
    return saved, problems, full


def _add(
    session: Session, actor: Citizen, application: Application, number: int, name: str, uploads: Uploads
) -> list[ApplicationFile]:
    field = file_fields(application, number).get(name)
    if field is None:
        raise NotFound
    if not application.is_draft:
        raise AlreadySent
    for upload_id, enclosure in uploads:
        service.keep(session, actor, application, for_field(name), enclosure, upload_id, most=field.most)
    return _settle(session, application, name)


def _remove(session: Session, actor: Citizen, application: Application, number: int, file_id: UUID) -> None:
    if not application.is_draft:
        raise AlreadySent
    for name in file_fields(application, number):
        if any(file.id == file_id for file in queries.files_of(session, application, for_field(name))):
            service.remove(session, actor, application, for_field(name), file_id)
            _settle(session, application, name)


def _settle(session: Session, application: Application, name: str) -> list[ApplicationFile]:
    """Let the answer be what is there; what the scanner stopped is no answer."""
    session.flush()
    files = list(queries.files_of(session, application, for_field(name)))
    answer = [{"id": str(file.id), "name": file.filename} for file in files if not file.is_infected]
    application.answer_with_files(name, answer, clock.now())
    return files
