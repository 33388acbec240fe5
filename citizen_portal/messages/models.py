"""Tables of messages: one thread per case file, its messages in order, their attachments, and who has read how far.

A message's `position` in its thread (1, 2, 3 …) is given under the thread's row lock, so the order is total and unread
state is a comparison of two numbers: how far the other side has written, and how far the reader has come.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped

LONGEST_BODY = 10_000
MOST_ATTACHMENTS = 5


def reader_id_of(actor: Citizen | Staff) -> UUID:
    """Whom reading and drafts belong to: the person or the member of staff."""
    return actor.person_id if isinstance(actor, Citizen) else actor.staff_id


class Direction(StrEnum):
    """Who wrote to whom."""

    FROM_CITIZEN = "from_citizen"
    FROM_STAFF = "from_staff"


class Thread(TenantScoped, Base):
    """The conversation about one case (samtale) between the person whose case it is and the unit that has it."""

    __tablename__ = "thread"
    __table_args__ = (
        tenant_foreign_key("case_file_id", "case_file"),
        tenant_foreign_key("person_id", "person"),
        tenant_foreign_key("unit_id", "unit"),
        UniqueConstraint("municipality_id", "case_file_id"),
        Index(None, "municipality_id", "person_id", "last_message_at"),
        Index(None, "municipality_id", "unit_id", "last_message_at"),
    )

    case_file_id: Mapped[UUID]
    person_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    subject: Mapped[str] = mapped_column(Text)
    last_message_at: Mapped[datetime]
    last_position: Mapped[int] = mapped_column(Integer, default=0)
    last_citizen_position: Mapped[int] = mapped_column(Integer, default=0)
    last_staff_position: Mapped[int] = mapped_column(Integer, default=0)

    readings: Mapped[list["ThreadReading"]] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def waits_for_staff(self) -> bool:
        """Whether the citizen had the last word."""
        return self.last_citizen_position > self.last_staff_position

    def next_position(self, direction: Direction, sent_at: datetime) -> int:
        """Take the place at the bottom. The caller holds the thread's row lock."""
        self.last_position += 1
        self.last_message_at = sent_at
        if direction is Direction.FROM_CITIZEN:
            self.last_citizen_position = self.last_position
        else:
            self.last_staff_position = self.last_position
        return self.last_position


class Message(TenantScoped, Base):
    """One message. The client chooses the id, so that a form sent twice counts once. Never changed once written."""

    __tablename__ = "message"
    __table_args__ = (
        tenant_foreign_key("thread_id", "thread"),
        tenant_foreign_key("author_person_id", "person"),
        tenant_foreign_key("author_staff_id", "staff_member"),
        tenant_foreign_key("on_behalf_of_id", "person"),
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        UniqueConstraint("municipality_id", "thread_id", "position"),
        UniqueConstraint("municipality_id", "registry_entry_id"),
        CheckConstraint(
            "(direction = 'from_citizen') = (author_person_id IS NOT NULL) "
            "AND (direction = 'from_staff') = (author_staff_id IS NOT NULL)",
            name="author_fits_direction",
        ),
        CheckConstraint("(on_behalf_of_id IS NULL) = (on_behalf_of_name IS NULL)", name="on_behalf_of_has_name"),
        CheckConstraint("on_behalf_of_id IS NULL OR direction = 'from_citizen'", name="on_behalf_of_citizen"),
    )

    thread_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    direction: Mapped[Direction] = term_column(Direction, "direction", length=16)
    author_person_id: Mapped[UUID | None]
    author_staff_id: Mapped[UUID | None]
    author_name: Mapped[str] = mapped_column(Text)
    author_unit: Mapped[str | None] = mapped_column(Text)
    """The author as the other side saw it when the message was sent: people and units are renamed."""
    on_behalf_of_id: Mapped[UUID | None]
    on_behalf_of_name: Mapped[str | None] = mapped_column(Text)
    """For whom a representative wrote, by the name of that day; None for those who write for themselves."""
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    registry_entry_id: Mapped[UUID]

    attachments: Mapped[list["Attachment"]] = relationship(
        lazy="raise_on_sql", order_by="Attachment.position", passive_deletes="all"
    )

    @property
    def is_from_staff(self) -> bool:
        """Whether the municipality wrote it."""
        return self.direction is Direction.FROM_STAFF

    @property
    def author(self) -> str:
        """The author as shown: “Siri Haugen, Hjemmetjenesten”, “Kari Moen for Borghild Moen”, or the citizen's name."""
        if self.on_behalf_of_name:
            return f"{self.author_name} for {self.on_behalf_of_name}"
        return f"{self.author_name}, {self.author_unit}" if self.author_unit else self.author_name

    def is_by(self, actor: Citizen | Staff) -> bool:
        """Whether the actor wrote it."""
        return reader_id_of(actor) in (self.author_person_id, self.author_staff_id)


class Attachment(TenantScoped, Base):
    """A file sent with a message, as it was sent. Its archive rendition lies with the registry entry."""

    __tablename__ = "attachment"
    __table_args__ = (
        tenant_foreign_key("message_id", "message"),
        UniqueConstraint("municipality_id", "message_id", "position"),
    )

    message_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    filename: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    archive_sha256: Mapped[str] = mapped_column(Text)
    """The rendition in the archive; the same as `sha256` when the file came in an archive format."""

    @property
    def kind(self) -> str:
        """The type in a word that people know: PDF, JPEG or PNG."""
        return self.media_type.rpartition("/")[2].upper()


class ThreadReading(TenantScoped, Base):
    """Somebody read a thread down to a position for the first time: the evidence that a message was seen, and when."""

    __tablename__ = "thread_reading"
    __table_args__ = (
        tenant_foreign_key("thread_id", "thread"),
        UniqueConstraint("municipality_id", "thread_id", "reader_id", "position"),
    )

    thread_id: Mapped[UUID]
    reader_id: Mapped[UUID]
    """The person or member of staff."""
    reader_name: Mapped[str] = mapped_column(Text)
    is_staff: Mapped[bool]
    position: Mapped[int] = mapped_column(Integer)
    read_at: Mapped[datetime]
    on_behalf_of_name: Mapped[str | None] = mapped_column(Text)
    """For whom a representative read, by the name of that day."""

    def is_by(self, actor: Citizen | Staff) -> bool:
        """Whether it was the actor who read."""
        return self.reader_id == reader_id_of(actor)


class MessageDraft(TenantScoped, Base):
    """What somebody has typed about a case and not sent: it outlives a lost connection and an expired login."""

    __tablename__ = "message_draft"
    __table_args__ = (
        tenant_foreign_key("case_file_id", "case_file"),
        UniqueConstraint("municipality_id", "case_file_id", "author_id"),
    )

    case_file_id: Mapped[UUID]
    author_id: Mapped[UUID]
    """The person or member of staff."""
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]
