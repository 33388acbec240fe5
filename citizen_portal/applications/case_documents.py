"""What a citizen can save of her case, besides decisions: what she sent with the form, and what was written to her.

Letters that make a deadline run are read apart, because reading them is noted: see `decisions.queries.letters_of`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, Uuid, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from citizen_portal.applications import queries
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary.models import PreliminaryReply
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.applications.tasks.models import Task
from citizen_portal.auth.actor import Actor
from citizen_portal.errors import NotFound
from citizen_portal.journal.models import DocumentDescription, DocumentObject, RegistryEntry
from citizen_portal.journal.terms import Variant
from citizen_portal.uploads import MEDIA_TYPE_OF


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """A file of a case that its applicant and its caseworkers may read."""

    file_id: UUID
    is_letter: bool
    """Whether it was written to her; else it came with the application."""
    document_date: date
    title: str
    format: str
    sha256: str
    size_bytes: int
    filename: str
    """By the case number, «soknad-2026-17.pdf» or «brev-2026-17-2.pdf»: it says nothing about a person."""

    @property
    def media_type(self) -> str:
        """For the browser."""
        return MEDIA_TYPE_OF[self.format]


def documents_of(session: Session, case: ApplicationCase) -> list[CaseDocument]:
    """The documents of a case that the caller may read, the application first; none of a draft."""
    if case.case_file is None:
        return []
    number = f"{case.case_file.case_year}-{case.case_file.case_sequence_number}"
    return [
        CaseDocument(*row, filename=_filename(number, count, is_letter=row.is_letter, extension=row.format))
        for count, row in enumerate(session.execute(_documents(case.application)), start=1)
    ]


def document_for(
    session: Session, actor: Actor, application_id: UUID, file_id: UUID
) -> tuple[Application, CaseDocument]:
    """An application that the actor may read, and one document of its case. Raises NotFound."""
    case = queries.case_for(session, actor, application_id)
    for document in documents_of(session, case):
        if document.file_id == file_id:
            return case.application, document
    raise NotFound


def _filename(number: str, count: int, *, is_letter: bool, extension: str) -> str:
    name = f"brev-{number}" if is_letter else f"soknad-{number}"
    return f"{name}-{count}.{extension}" if count > 1 else f"{name}.{extension}"


def _documents(application: Application) -> Select[UUID, bool, date, str, str, str, int]:
    entry = and_(
        RegistryEntry.municipality_id == DocumentDescription.municipality_id,
        RegistryEntry.id == DocumentDescription.registry_entry_id,
    )
    return (
        select(
            DocumentObject.id,
            (RegistryEntry.id != application.registry_entry_id).label("is_letter"),
            func.coalesce(RegistryEntry.document_date, RegistryEntry.journal_date),
            DocumentDescription.title,
            DocumentObject.format,
            DocumentObject.sha256,
            DocumentObject.size_bytes,
        )
        .join(DocumentDescription.files)
        .join(RegistryEntry, entry)
        .where(
            DocumentDescription.municipality_id == application.municipality_id,
            DocumentDescription.registry_entry_id.in_(_entries(application)),
            DocumentObject.variant == Variant.ARCHIVE,
        )
        .order_by(RegistryEntry.id, DocumentDescription.document_number)
    )


def _entries(application: Application) -> CompoundSelect[Any]:
    """The application, what we asked for and replied meanwhile, and what the body above us wrote."""
    letters = (Task.request_entry_id, PreliminaryReply.registry_entry_id, Appeal.body_entry_id)
    return union_all(
        select(literal(application.registry_entry_id, Uuid())),
        *(
            select(entry).where(
                entry.class_.municipality_id == application.municipality_id,
                entry.class_.application_id == application.id,
                entry.is_not(None),
            )
            for entry in letters
        ),
    )
