"""Scoped reads of threads: a citizen reaches the threads of her own cases, staff those of their own unit's cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, ScalarSelect, Select, and_, func, literal, select, tuple_
from sqlalchemy.orm import Session, joinedload

from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.messages.models import (
    Attachment,
    Direction,
    Message,
    MessageDraft,
    Thread,
    ThreadReading,
    reader_id_of,
)
from citizen_portal.tenancy.models import Unit


@dataclass(frozen=True, slots=True)
class ThreadPosition:
    """A place in the inbox, newest first: the key of the last line of a page."""

    last_message_at: datetime
    thread_id: UUID

    @property
    def as_text(self) -> str:
        """As it stands in a page's address."""
        return f"{self.last_message_at.isoformat()}~{self.thread_id}"

    @classmethod
    def from_text(cls, text: str) -> "ThreadPosition":
        """The position that `as_text` wrote. Raises NotFound for anything else: such a page does not exist."""
        instant, _, thread_id = text.partition("~")
        try:
            position = cls(datetime.fromisoformat(instant), UUID(thread_id))
        except ValueError:
            raise NotFound from None
        if position.last_message_at.tzinfo is None:
            raise NotFound
        return position


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One line of the inbox: the thread, who has it, its last message, and whether something is unread."""

    thread: Thread
    unit_name: str
    last_message: Message
    is_unread: bool

    @property
    def position(self) -> ThreadPosition:
        """Where the next page begins after this line."""
        return ThreadPosition(self.thread.last_message_at, self.thread.id)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a thread page shows, oldest message first. `thread` is None until somebody has written."""

    case_file: CaseFile
    unit: Unit
    thread: Thread | None
    messages: Sequence[Message]
    entries: dict[UUID, str]
    """Journal number of each message, by the message's id."""
    draft: MessageDraft | None
    has_earlier: bool

    @property
    def readings(self) -> Sequence[ThreadReading]:
        """Who has read how far, and when."""
        return self.thread.readings if self.thread is not None else ()

    def first_reading(self, message: Message, *, by_staff: bool) -> ThreadReading | None:
        """The first time that somebody of that side had the message before them."""
        covering = (r for r in self.readings if r.is_staff is by_staff and r.position >= message.position)
        return min(covering, key=lambda reading: reading.read_at, default=None)

    def seen(self, message: Message) -> ThreadReading | None:
        """The other side's first reading of the message; told once for all the messages that it covered at once."""
        reading = self.first_reading(message, by_staff=not message.is_from_staff)
        later = next(
            (m for m in self.messages if m.direction is message.direction and m.position > message.position), None
        )
        if reading is None or (later and self.first_reading(later, by_staff=not message.is_from_staff) is reading):
            return None
        return reading

    def read_position(self, actor: Citizen | Staff) -> int:
        """How far the actor had read before."""
        return max((r.position for r in self.readings if r.is_by(actor)), default=0)

    def first_unread(self, actor: Citizen | Staff) -> Message | None:
        """The first message from the other side that the actor has not had before them."""
        read = self.read_position(actor)
        return next(
            (m for m in self.messages if m.position > read and m.is_from_staff is isinstance(actor, Citizen)), None
        )


def own_threads(
    session: Session, actor: Citizen, *, before: ThreadPosition | None = None, size: int = 20
) -> Sequence[ThreadLine]:
    """Up to `size` of the citizen's threads, newest first, below `before`."""
    query = _own_lines(actor).order_by(Thread.last_message_at.desc(), Thread.id.desc()).limit(size)
    if before is not None:
        position = tuple_(Thread.last_message_at, Thread.id)
        query = query.where(position < (before.last_message_at, before.thread_id))
    return [ThreadLine(*row) for row in session.execute(query)]


def unread_threads(session: Session, actor: Citizen, *, limit: int = 5) -> Sequence[ThreadLine]:
    """The citizen's threads with something unread, newest first: what waits on the front page."""
    query = _own_lines(actor).where(_is_unread(actor.person_id))
    query = query.order_by(Thread.last_message_at.desc(), Thread.id.desc()).limit(limit)
    return [ThreadLine(*row) for row in session.execute(query)]


def conversation(
    session: Session, actor: Citizen | Staff, thread_id: UUID, *, before: int | None = None, size: int = 50
) -> Conversation:
    """The thread with its newest messages, or the newest below position `before`. Raises NotFound."""
    return _conversation(session, actor, _frame(actor).where(Thread.id == thread_id), before, size)


def conversation_about(
    session: Session, actor: Citizen | Staff, case_file_id: UUID, *, before: int | None = None, size: int = 50
) -> Conversation:
    """The conversation about a case, empty when nobody has written yet. Raises NotFound."""
    return _conversation(session, actor, _frame(actor).where(CaseFile.id == case_file_id), before, size)


def case_file_of(session: Session, actor: Citizen | Staff, case_file_id: UUID) -> CaseFile:
    """The case file, if the actor may write about it. Raises NotFound."""
    of_case = select(CaseFile).where(CaseFile.id == case_file_id, *_in_reach(actor, to_write=True))
    return _reached(actor, session.scalar(of_case))


def case_file_of_thread(session: Session, actor: Citizen | Staff, thread_id: UUID) -> CaseFile:
    """The case file that the thread is about, if the actor may write in it. Raises NotFound."""
    of_thread = (
        select(CaseFile).join(Thread, _same_case()).where(Thread.id == thread_id, *_in_reach(actor, to_write=True))
    )
    return _reached(actor, session.scalar(of_thread))


def attachment(session: Session, actor: Citizen | Staff, attachment_id: UUID) -> tuple[Attachment, Thread]:
    """A file and the thread that it was sent in, for those who may read the thread. Raises NotFound."""
    found = session.execute(
        select(Attachment, Thread, CaseFile)
        .join(Message, and_(Message.municipality_id == Attachment.municipality_id, Message.id == Attachment.message_id))
        .join(Thread, and_(Thread.municipality_id == Message.municipality_id, Thread.id == Message.thread_id))
        .join(CaseFile, _same_case())
        .where(Attachment.id == attachment_id, *_in_reach(actor))
    ).one_or_none()
    if found is None:
        raise NotFound
    file, thread, case_file = found
    _reached(actor, case_file)
    return file, thread


def threads_about(session: Session, actor: Staff, case_file_ids: Iterable[UUID]) -> dict[UUID, Thread]:
    """The threads about those of the cases that the actor's unit has, by case file."""
    threads = session.scalars(
        select(Thread).join(CaseFile, _same_case()).where(CaseFile.id.in_(case_file_ids), *_in_reach(actor))
    )
    return {thread.case_file_id: thread for thread in threads}


def unanswered_entry_ids(session: Session, thread: Thread) -> Sequence[UUID]:
    """The registry entries of what the citizen has written since the municipality's last message."""
    return session.scalars(
        select(Message.registry_entry_id).where(
            Message.municipality_id == thread.municipality_id,
            Message.thread_id == thread.id,
            Message.direction == Direction.FROM_CITIZEN,
            Message.position > thread.last_staff_position,
        )
    ).all()


def _in_reach(actor: Citizen | Staff, *, to_write: bool = False) -> tuple[ColumnElement[bool], ...]:
    """Whose cases: the citizen's own and those she acts in, or those that staff reach (need to know).

    Staff write in the cases of their own unit only.
    """
    if isinstance(actor, Citizen):
        reached = reach.reaches(actor, CaseFile.citizen_id, CaseFile.area, CaseFile.id)
    else:
        reached_by_staff = reach.staff_handles if to_write else reach.staff_reaches
        reached = reached_by_staff(actor, CaseFile.unit_id, CaseFile.citizen_id)
    return CaseFile.municipality_id == current_municipality_id(), reached, CaseFile.citizen_id.is_not(None)


def _reached(actor: Citizen | Staff, case_file: CaseFile | None) -> CaseFile:
    """The case file that was found, if the login is strong enough for it. Raises NotFound or AssuranceTooLow."""
    if case_file is None or case_file.citizen_id is None:
        raise NotFound
    reach.demand_level(actor, case_file.citizen_id, case_file.area)
    return case_file


def _same_case() -> ColumnElement[bool]:
    return and_(Thread.municipality_id == CaseFile.municipality_id, Thread.case_file_id == CaseFile.id)


def _frame(actor: Citizen | Staff) -> Select[CaseFile, Unit, Thread, MessageDraft]:
    return (
        select(CaseFile, Unit, Thread, MessageDraft)
        .join(Unit, and_(Unit.municipality_id == CaseFile.municipality_id, Unit.id == CaseFile.unit_id))
        .outerjoin(Thread, _same_case())
        .outerjoin(
            MessageDraft,
            and_(
                MessageDraft.municipality_id == CaseFile.municipality_id,
                MessageDraft.case_file_id == CaseFile.id,
                MessageDraft.author_id == reader_id_of(actor),
            ),
        )
        .where(*_in_reach(actor))
        .options(joinedload(Thread.readings))
    )


def _conversation(
    session: Session,
    actor: Citizen | Staff,
    frame: Select[CaseFile, Unit, Thread, MessageDraft],
    before: int | None,
    size: int,
) -> Conversation:
    found = session.execute(frame).unique().one_or_none()
    if found is None:
        raise NotFound
    case_file, unit, _, _ = found
    _reached(actor, case_file)
    thread: Thread | None = found[2]  # the outer joins' other sides
    draft: MessageDraft | None = found[3]
    rows = _newest_messages(session, thread, before, size + 1) if thread is not None else []
    shown = rows[:size][::-1]
    return Conversation(
        case_file=case_file,
        unit=unit,
        thread=thread,
        messages=[message for message, _entry in shown],
        entries={message.id: entry.number for message, entry in shown},
        draft=draft,
        has_earlier=len(rows) > size,
    )


def _newest_messages(
    session: Session, thread: Thread, before: int | None, size: int
) -> Sequence[tuple[Message, RegistryEntry]]:
    entry_of = and_(
        RegistryEntry.municipality_id == Message.municipality_id, RegistryEntry.id == Message.registry_entry_id
    )
    query = (
        select(Message, RegistryEntry)
        .join(RegistryEntry, entry_of)
        .where(Message.municipality_id == thread.municipality_id, Message.thread_id == thread.id)
        .order_by(Message.position.desc())
        .limit(size)
        .options(joinedload(Message.attachments))
    )
    if before is not None:
        query = query.where(Message.position < literal(before, Numeric))  # an address may hold any number
    return [(message, entry) for message, entry in session.execute(query).unique()]


def _own_lines(actor: Citizen) -> Select[Thread, str, Message, bool]:
    newest = and_(
        Message.municipality_id == Thread.municipality_id,
        Message.thread_id == Thread.id,
        Message.position == Thread.last_position,
    )
    return (
        select(Thread, Unit.name, Message, _is_unread(actor.person_id))
        .join(Unit, and_(Unit.municipality_id == Thread.municipality_id, Unit.id == Thread.unit_id))
        .join(Message, newest)
        .join(CaseFile, _same_case())
        .where(
            Thread.municipality_id == current_municipality_id(),
            reach.is_shown_to(actor, Thread.person_id, CaseFile.area, CaseFile.id),
        )
    )


def _is_unread(person_id: UUID) -> ColumnElement[bool]:
    """Whether the municipality has written further down than the citizen has read; her own messages never count."""
    return Thread.last_staff_position > func.coalesce(_read_position(person_id), 0)


def _read_position(reader_id: UUID) -> ScalarSelect[int]:
    return (
        select(func.max(ThreadReading.position))
        .where(
            ThreadReading.municipality_id == Thread.municipality_id,
            ThreadReading.thread_id == Thread.id,
            ThreadReading.reader_id == reader_id,
        )
        .correlate(Thread)
        .scalar_subquery()
    )
