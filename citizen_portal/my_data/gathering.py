"""Everything about one person, part by part, row by row: never more than some hundred rows are held at once.

Each part asks for what is the person's own (her cases, her conversations, events about her), so nothing that belongs to
somebody whom she acts for, or to a stranger, can come along. Of others it tells names, and units of employees.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from citizen_portal import storage
from citizen_portal.applications.models import Application
from citizen_portal.applications.tasks.models import Task
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Role
from citizen_portal.db import same_row
from citizen_portal.identity.models import Person, Representation
from citizen_portal.journal.models import CaseFile, DocumentDescription, DocumentObject, RegistryEntry
from citizen_portal.journal.scans.service import closed_files
from citizen_portal.journal.screening import mask_national_ids
from citizen_portal.journal.terms import EntryType, Variant
from citizen_portal.messages.models import Attachment, Message, MessageDraft, Thread
from citizen_portal.my_data import format as f
from citizen_portal.my_data import words
from citizen_portal.my_data.applications import applications
from citizen_portal.my_data.models import DataExport, DataRequest
from citizen_portal.my_data.signatures import signatures
from citizen_portal.my_data.visits import (
    browsers,
    deviations,
    followings,
    sign_offs,
    visit_changes,
    visitor_names,
    visits,
)
from citizen_portal.notifications.models import Notice

AT_ONCE: Final = 200
"""Rows that are fetched together."""
_LOGINS: Final = (EventTag.LOGGED_IN.value, EventTag.LOGGED_OUT.value)
_LETTERS: Final = (EntryType.INCOMING, EntryType.OUTGOING)
_MEDIA_TYPES: Final = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}
_EXTENSIONS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}

OTHER_USE: Final = "other-use"
"""What an event is called that has no word here: a new kind of event never tells more than was thought of."""

Gather = Callable[[Session, Person], Iterator[f.Record]]


def about(person: Person) -> f.AboutPerson:
    """Who she is."""
    return f.AboutPerson(
        name=person.name,
        birth_date=person.birth_date,
        preferred_language=person.preferred_language,
        email=person.email,
        phone=person.phone,
        known_since=person.created_at,
    )


def representations(session: Session, person: Person) -> Iterator[f.Record]:
    """Who acts, acted or may come to act for her, and for whom she does."""
    principal, representative = aliased(Person), aliased(Person)
    query = (
        _own(Representation, person)
        .add_columns(principal.name, representative.name)
        .join(principal, same_row(principal, Representation, Representation.principal_id))
        .join(representative, same_row(representative, Representation, Representation.representative_id))
        .where(or_(Representation.principal_id == person.id, Representation.representative_id == person.id))
        .order_by(Representation.id)
    )
    for found, of_whom, by_whom in _rows(session, query):
        is_principal = found.principal_id == person.id
        yield f.RepresentationRecord(
            role="represented" if is_principal else "representative",
            other=by_whom if is_principal else of_whom,
            basis=found.basis,
            areas=found.areas,
            registered_by=found.registered_by_name,
            valid_from=found.valid_from_date,
            valid_to=found.valid_to_date,
            revoked_at=found.revoked_at,
            revoked_by=found.revoked_by_name,
            visits_stopped_at=found.visits_stopped_at,
        )


def cases(session: Session, person: Person) -> Iterator[f.Record]:
    """Her case files."""
    query = _own(CaseFile, person).where(CaseFile.citizen_id == person.id).order_by(CaseFile.id)
    for (case,) in _rows(session, query):
        yield f.CaseRecord(
            case_number=case.number,
            title=case.title,
            unit=case.unit_name,
            case_date=case.case_date,
            status=case.status.value,
            closed_at=case.closed_at,
        )


def entries(session: Session, person: Person) -> Iterator[f.Record]:
    """The letters in and out of her cases, with their documents in the form that is archived."""
    query = (
        _own(RegistryEntry, person)
        .add_columns(CaseFile)
        .join(CaseFile, same_row(CaseFile, RegistryEntry, RegistryEntry.case_file_id))
        .where(CaseFile.citizen_id == person.id, RegistryEntry.entry_type.in_(_LETTERS))
        .options(selectinload(RegistryEntry.documents).selectinload(DocumentDescription.files))
        .order_by(RegistryEntry.id)
    )
    closed = closed_files(session)
    for entry, case in _rows(session, query):
        files = [
            (document, file)
            for document in entry.documents
            for file in document.files
            if file.variant is Variant.ARCHIVE
        ]
        yield f.EntryRecord(
            journal_number=entry.number,
            case_number=case.number,
            entry_type=entry.entry_type.value,
            title=entry.title,
            journal_date=entry.journal_date,
            received_at=entry.received_at,
            sent_at=entry.sent_at,
            documents=[_document(case, entry, document, file, closed) for document, file in files],
        )


def messages(session: Session, person: Person) -> Iterator[f.Record]:
    """Her conversations, one after the other, each from its first message on."""
    query = (
        _own(Message, person)
        .add_columns(Thread.subject, CaseFile)
        .join(Thread, same_row(Thread, Message, Message.thread_id))
        .join(CaseFile, same_row(CaseFile, Thread, Thread.case_file_id))
        .where(Thread.person_id == person.id)
        .options(selectinload(Message.attachments))
        .order_by(Message.thread_id, Message.position)
    )
    closed = closed_files(session)
    for message, subject, case in _rows(session, query):
        yield f.MessageRecord(
            case_number=case.number,
            subject=subject,
            position=message.position,
            sent_at=message.sent_at,
            from_municipality=message.is_from_staff,
            author=message.author_name,
            unit=message.author_unit,
            body=message.body,
            attachments=[_attachment(case, message, attachment, closed) for attachment in message.attachments],
        )


def message_drafts(session: Session, person: Person) -> Iterator[f.Record]:
    """What she has typed about her own cases and not sent: messages, then answers to what we asked for."""
    query = (
        _own(MessageDraft, person)
        .add_columns(CaseFile)
        .join(CaseFile, same_row(CaseFile, MessageDraft, MessageDraft.case_file_id))
        .where(MessageDraft.author_id == person.id, CaseFile.citizen_id == person.id)
        .order_by(MessageDraft.id)
    )
    for draft, case in _rows(session, query):
        yield f.DraftRecord(case_number=case.number, body=draft.body, saved_at=draft.saved_at)
    for task, case in _rows(session, _unsent_answers(person)):
        yield f.DraftRecord(case_number=case.number, body=task.answer_text, saved_at=task.answer_saved_at)


def _unsent_answers(person: Person) -> Select[Any]:
    return (
        _own(Task, person)
        .add_columns(CaseFile)
        .join(Application, same_row(Application, Task, Task.application_id))
        .join(CaseFile, same_row(CaseFile, Application, Application.case_file_id))
        .where(Application.person_id == person.id, Task.answered_at.is_(None), Task.answer_text != "")
        .order_by(Task.id)
    )


def access_log(session: Session, person: Person) -> Iterator[f.Record]:
    """Who did what with her data, herself included. Nothing in it tells whether her address is protected."""
    for (event,) in _rows(session, _events(person, AuditEvent.tag.not_in(_LOGINS))):
        hides = event.purpose == Purpose.PROTECTED_PERSON.value
        roles = event.actor_role.split(",") if event.actor_role else []
        yield f.AccessRecord(
            number=event.sequence_number,
            occurred_at=event.occurred_at,
            what=event.tag if words.knows_event(event.tag) else OTHER_USE,
            by_yourself=event.actor_kind == "citizen" and event.actor_id == str(person.id),
            who=event.actor_name,
            kind=event.actor_kind,
            roles=[role for role in roles if role != Role.PROTECTED_ACCESS.value],
            unit=event.actor_unit,
            purpose=Purpose.CASE_HANDLING.value if hides else event.purpose,
            reason=None if hides else event.reason,
            case_number=event.details.get("case_number"),
        )


def logins(session: Session, person: Person) -> Iterator[f.Record]:
    """When she logged in and out."""
    own = and_(AuditEvent.tag.in_(_LOGINS), AuditEvent.actor_id == str(person.id))
    for (event,) in _rows(session, _events(person, own)):
        yield f.LoginRecord(what=event.tag, occurred_at=event.occurred_at, level=event.details.get("acr"))


def notices(session: Session, person: Person) -> Iterator[f.Record]:
    """What she was told, and whether it went out."""
    query = _own(Notice, person).where(Notice.person_id == person.id).order_by(Notice.id)
    for (notice,) in _rows(session, query):
        yield f.NoticeRecord(
            occasion=notice.occasion.value,
            created_at=notice.created_at,
            status=notice.status.value,
            channel=notice.channel,
            sent_to=notice.address,
            sent_at=notice.sent_at,
        )


def requests(session: Session, person: Person) -> Iterator[f.Record]:
    """What she asked to have corrected, blocked or deleted."""
    query = _own(DataRequest, person).where(DataRequest.person_id == person.id).order_by(DataRequest.id)
    for (request,) in _rows(session, query):
        yield f.RequestRecord(
            kind=request.kind.value,
            about=request.about_text,
            right=request.right_text,
            sent_at=request.sent_at,
            answered_at=request.answered_at,
            answered_by=request.answered_by_name,
            unit=request.answered_by_unit,
            outcome=request.outcome and request.outcome.value,
            answer=request.answer,
        )


def exports(session: Session, person: Person) -> Iterator[f.Record]:
    """The copies that she ordered, this one included."""
    query = _own(DataExport, person).where(DataExport.person_id == person.id).order_by(DataExport.id)
    for (export,) in _rows(session, query):
        yield f.ExportRecord(ordered_at=export.ordered_at, ready_at=export.ready_at, status=export.shown_status.value)


PARTS: Final[dict[str, Gather]] = {
    "representations": representations,
    "applications": applications,
    "signatures": signatures,
    "cases": cases,
    "entries": entries,
    "messages": messages,
    "message_drafts": message_drafts,
    "visits": visits,
    "visit_sign_offs": sign_offs,
    "visit_deviations": deviations,
    "visit_changes": visit_changes,
    "visitor_names": visitor_names,
    "followings": followings,
    "access_log": access_log,
    "logins": logins,
    "notices": notices,
    "browsers": browsers,
    "requests": requests,
    "exports": exports,
}
"""The lists of the copy, in their order."""


def _own(table: Any, person: Person) -> Select[Any]:
    return select(table).where(table.municipality_id == person.municipality_id)


def _events(person: Person, chosen: ColumnElement[bool]) -> Select[Any]:
    about_her = _own(AuditEvent, person).where(AuditEvent.about_person_id == person.id, chosen)
    return about_her.order_by(AuditEvent.sequence_number)


def _rows(session: Session, query: Select[Any]) -> Iterator[Any]:
    """The rows through a cursor of the server, so that memory stays flat however many there are."""
    yield from session.execute(query.execution_options(yield_per=AT_ONCE))


def _document(
    case: CaseFile, entry: RegistryEntry, document: DocumentDescription, file: DocumentObject, closed: Collection[str]
) -> f.FileRecord:
    version = "" if file.version_number == 1 else f"-v{file.version_number}"
    name = f"{entry.entry_number}-{document.document_number}{version}.{file.format}"
    return f.FileRecord(
        title=document.title,
        path=_path(f"dokumenter/{_folder(case)}/{name}", file.sha256, closed),
        media_type=_MEDIA_TYPES.get(file.format, "application/octet-stream"),
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )


def _attachment(case: CaseFile, message: Message, attachment: Attachment, closed: Collection[str]) -> f.FileRecord:
    extension = _EXTENSIONS.get(attachment.media_type, "bin")
    name = f"{message.position}-{attachment.position}.{extension}"
    return f.FileRecord(
        title=mask_national_ids(attachment.filename),
        path=_path(f"vedlegg/{_folder(case)}/{name}", attachment.sha256, closed),
        media_type=attachment.media_type,
        size_bytes=attachment.size_bytes,
        sha256=attachment.sha256,
    )


def _folder(case: CaseFile) -> str:
    """By the case number: names that people gave their files may tell about others."""
    return f"{case.case_year}-{case.case_sequence_number}"


def _path(path: str, sha256: str, closed: Collection[str]) -> str | None:
    return path if sha256 not in closed and storage.files().exists(sha256) else None
