"""Send messages. Each one becomes a registry entry by itself, in the same transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, new_id, storable
from citizen_portal.identity import queries as identity
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.entries import party
from citizen_portal.journal.errors import CaseFileIsClosed
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.scans import service as scans
from citizen_portal.journal.screening import MASK
from citizen_portal.journal.terms import SignOffMethod
from citizen_portal.messages import queries
from citizen_portal.messages.errors import EmptyMessage, MessageIdTaken, MessageTooLong, TooManyAttachments
from citizen_portal.messages.models import (
    LONGEST_BODY,
    MOST_ATTACHMENTS,
    Attachment,
    Direction,
    Message,
    Thread,
    reader_id_of,
)
from citizen_portal.messages.records import Letter, Record, make_record
from citizen_portal.messages.service.drafts import drop_draft
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion


def write_to_citizen(
    session: Session,
    actor: Staff,
    case_file_id: UUID,
    body: str,
    message_id: UUID,
    attachments: Sequence[Enclosure] = (),
) -> Message:
    """Write to the person whose case it is. The client chooses `message_id`, so that a form sent twice counts once.

    The message is journaled as outgoing, what the citizen has written since our last message is signed off with it
    (avskrivning), and the citizen gets a notice without content.

    Raises:
        NotFound: no such case in the actor's unit.
        CaseFileIsClosed: nothing is added to a closed case.
        EmptyMessage, MessageTooLong, TooManyAttachments: what was written does not do.
    """
    case_file = queries.case_file_of(session, actor, case_file_id)
    return _send(session, actor, case_file, body, message_id, attachments)


def write_about_case(
    session: Session,
    actor: Citizen,
    case_file_id: UUID,
    body: str,
    message_id: UUID,
    attachments: Sequence[Enclosure] = (),
) -> Message:
    """Write to the unit that has the citizen's case, also as the first. Journaled as incoming. Raises as above."""
    case_file = queries.case_file_of(session, actor, case_file_id)
    return _send(session, actor, case_file, body, message_id, attachments)


def reply(
    session: Session,
    actor: Citizen,
    thread_id: UUID,
    body: str,
    message_id: UUID,
    attachments: Sequence[Enclosure] = (),
) -> Message:
    """Answer in the citizen's own thread. Journaled as incoming. Raises as `write_to_citizen`."""
    case_file = queries.case_file_of_thread(session, actor, thread_id)
    return _send(session, actor, case_file, body, message_id, attachments)


def _send(
    session: Session,
    actor: Citizen | Staff,
    case_file: CaseFile,
    body: str,
    message_id: UUID,
    enclosures: Sequence[Enclosure],
) -> Message:
    body = _checked(body, enclosures)
    if already := _already_sent(session, actor, case_file, message_id):
        return already
    if not case_file.is_open:
        raise CaseFileIsClosed
    record = make_record(session, _letter(session, actor, case_file, body, enclosures))
    thread = _locked_thread(session, case_file, record)
    if already := _already_sent(session, actor, case_file, message_id):
        return already
    entry = _register(session, actor, thread, record)
    message = _add_message(session, actor, thread, record, entry, message_id)
    for enclosure in enclosures:
        if scans.note(session, enclosure.original.sha256, enclosure.verdict, [enclosure.archived.sha256]):
            jobs.defer(session, scans.scan, sha256=enclosure.original.sha256)
    drop_draft(session, actor, case_file.id)
    audit.record(
        session,
        actor,
        EventTag.MESSAGE_SENT,
        subject=message,
        about_person_id=thread.person_id,
        attachments=len(message.attachments),
    )
    if isinstance(actor, Staff):
        notifications.enqueue(session, Occasion.NEW_MESSAGE, thread.person_id)
    return message


def _checked(body: str, enclosures: Sequence[Enclosure]) -> str:
    body = storable(body).strip()
    if not body:
        raise EmptyMessage
    if len(body) > LONGEST_BODY:
        raise MessageTooLong
    if len(enclosures) > MOST_ATTACHMENTS:
        raise TooManyAttachments
    return body


def _already_sent(session: Session, actor: Citizen | Staff, case_file: CaseFile, message_id: UUID) -> Message | None:
    found = session.execute(
        select(Message, Thread.case_file_id)
        .join(Thread, (Thread.municipality_id == Message.municipality_id) & (Thread.id == Message.thread_id))
        .where(Message.municipality_id == current_municipality_id(), Message.id == message_id)
    ).one_or_none()
    if found is None:
        return None
    message, case_file_id = found
    if case_file_id != case_file.id or reader_id_of(actor) not in (
        message.author_person_id,
        message.author_staff_id,
    ):
        raise MessageIdTaken
    return message


def _letter(
    session: Session, actor: Citizen | Staff, case_file: CaseFile, body: str, enclosures: Sequence[Enclosure]
) -> Letter:
    citizen = None
    if case_file.citizen_id and (isinstance(actor, Staff) or case_file.citizen_id != actor.person_id):
        citizen = identity.person(session, case_file.citizen_id)
    is_staff = isinstance(actor, Staff)
    return Letter(
        case_file=case_file,
        sender=party(citizen.name, actor.name) if citizen and not is_staff else actor.name,
        recipient=citizen.name if citizen and is_staff else case_file.unit_name,
        on_behalf_of=None if is_staff else citizen,
        body=body,
        sent_at=clock.now(),
        enclosures=tuple(enclosures),
    )


def _locked_thread(session: Session, case_file: CaseFile, record: Record) -> Thread:
    """The case's thread, made if this is its first message, and locked: messages take their places one by one."""
    session.execute(
        insert(Thread)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            case_file_id=case_file.id,
            person_id=case_file.citizen_id,
            unit_id=case_file.unit_id,
            subject=_subject(case_file),
            last_message_at=record.letter.sent_at,
            last_position=0,
            last_citizen_position=0,
            last_staff_position=0,
        )
        .on_conflict_do_nothing(index_elements=["municipality_id", "case_file_id"])
    )
    return session.scalars(
        select(Thread)
        .where(Thread.municipality_id == current_municipality_id(), Thread.case_file_id == case_file.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _register(session: Session, actor: Citizen | Staff, thread: Thread, record: Record) -> RegistryEntry:
    case_file = record.letter.case_file
    if isinstance(actor, Citizen):
        return journal.register_incoming(session, actor, case_file, record.incoming())
    answered = set(queries.unanswered_entry_ids(session, thread))
    waiting = journal_queries.entries_waiting_for_answer(session, case_file.id) if answered else ()
    made = journal.register_outgoing(session, actor, case_file, record.outgoing())
    for entry in waiting:
        if entry.id in answered:
            journal.sign_off(session, actor, entry, SignOffMethod.ANSWERED_BY_LETTER, answer=made)
    return made


def _add_message(
    session: Session,
    actor: Citizen | Staff,
    thread: Thread,
    record: Record,
    entry: RegistryEntry,
    message_id: UUID,
) -> Message:
    is_citizen = isinstance(actor, Citizen)
    direction = Direction.FROM_CITIZEN if is_citizen else Direction.FROM_STAFF
    principal = record.letter.on_behalf_of
    message = Message(
        id=message_id,
        thread_id=thread.id,
        position=thread.next_position(direction, record.letter.sent_at),
        direction=direction,
        author_person_id=actor.person_id if isinstance(actor, Citizen) else None,
        author_staff_id=actor.staff_id if isinstance(actor, Staff) else None,
        author_name=actor.name,
        author_unit=actor.unit_name if isinstance(actor, Staff) else None,
        on_behalf_of_id=principal and principal.id,
        on_behalf_of_name=principal and principal.name,
        body=record.letter.body,
        sent_at=record.letter.sent_at,
        registry_entry_id=entry.id,
        attachments=[
            _attachment(position, enclosure) for position, enclosure in enumerate(record.letter.enclosures, start=1)
        ],
    )
    session.add(message)
    session.flush()
    return message


def _attachment(position: int, enclosure: Enclosure) -> Attachment:
    return Attachment(
        position=position,
        filename=enclosure.filename,
        media_type=enclosure.media_type,
        size_bytes=enclosure.original.size_bytes,
        sha256=enclosure.original.sha256,
        archive_sha256=enclosure.archived.sha256,
    )


def _subject(case_file: CaseFile) -> str:
    """What the conversation is called: the case's public title without the place of the masked name."""
    return case_file.public_title.replace(MASK, "").strip(" –-,") or case_file.number
