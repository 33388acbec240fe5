"""What a caseworker asks the citizen for, and what came of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock, deadlines
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.deadlines import Deadline
from citizen_portal.tenancy.models import TenantScoped

LONGEST_TITLE: Final = 100
LONGEST_TEXT: Final = 5_000
LONGEST_ANSWER: Final = 10_000
MOST_SLOTS: Final = 10
MOST_FILES: Final = 5
"""In one slot: the pages of a paper, photographed one by one."""
ANSWERABLE: Final = (Status.IN_PROGRESS, Status.WAITING_FOR_CITIZEN, Status.WAITING_FOR_OTHERS)
"""While the application stands so, an answer is taken, however late."""


class TaskStatus(StrEnum):
    """Where a task stands. Values are stored: never rename one."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    """We do not need it any more."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A document that is asked for."""

    name: str
    is_required: bool


class Task(TenantScoped, Base):
    """Something that the citizen is asked for. What is asked never changes; the deadline can."""

    __tablename__ = "application_task"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        tenant_foreign_key("answered_by_id", "person"),
        tenant_foreign_key("request_entry_id", "registry_entry"),
        tenant_foreign_key("answer_entry_id", "registry_entry"),
        Index("ix_application_task_application", "municipality_id", "application_id", "id"),
        Index("ix_application_task_remind", "municipality_id", "remind_date",
              postgresql_where=text("status = 'open' AND remind_date IS NOT NULL")),
        CheckConstraint("num_nulls(answered_at, answered_by_id, answered_by_name, answer_entry_id) "
                        "= CASE status WHEN 'answered' THEN 0 ELSE 4 END", name="answered_as_a_whole"),
        CheckConstraint("num_nulls(withdrawn_at, withdrawn_by_name) "
                        "= CASE status WHEN 'withdrawn' THEN 0 ELSE 2 END", name="withdrawn_as_a_whole"),
    )  # fmt: skip

    application_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(Text)
    """What to do, in the imperative: «Send inn legeerklæring»."""
    text: Mapped[str] = mapped_column(Text)
    """Why we ask and what it should hold; may be blank."""
    slots: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    due_date: Mapped[date]
    """The last day to answer; what comes later is taken, too."""
    remind_date: Mapped[date | None]
    """When the citizen is told once more; None when she was, or has no time for it."""
    reminded_at: Mapped[datetime | None]
    given_at: Mapped[datetime]
    given_by_name: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str] = mapped_column(Text)
    request_entry_id: Mapped[UUID]
    """The outgoing letter with what is asked."""
    status: Mapped[TaskStatus] = term_column(TaskStatus, "status", length=16, default=TaskStatus.OPEN)
    answer_text: Mapped[str] = mapped_column(Text, default="")
    """What the citizen has typed: her draft until it is answered, and nobody else's."""
    answer_saved_at: Mapped[datetime | None]
    has_nothing: Mapped[bool] = mapped_column(default=False)
    """She does not have what is asked for, and says so in words."""
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None]
    answered_by_name: Mapped[str | None] = mapped_column(Text)
    answer_entry_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_name: Mapped[str | None] = mapped_column(Text)

    @property
    def asked_slots(self) -> list[Slot]:
        """The documents that are asked for, in order."""
        return [Slot(slot["name"], slot["required"]) for slot in self.slots]

    @property
    def is_open(self) -> bool:
        """Whether it was neither answered nor withdrawn."""
        return self.status is TaskStatus.OPEN

    @property
    def is_overdue(self) -> bool:
        """Whether we still wait although the deadline has passed."""
        return self.is_open and self.due_date < clock.today()

    @property
    def came_late(self) -> bool:
        """Whether it was answered after the deadline."""
        return self.answered_at is not None and clock.to_oslo(self.answered_at).date() > self.due_date

    @property
    def facts(self) -> dict[str, str]:
        """What the timeline tells of it."""
        return {"task": str(self.id), "title": self.title, "due": self.due_date.isoformat()}

    def waits_in(self, application: Application) -> bool:
        """Whether the citizen can answer: not when the application was decided or came to its end meanwhile.

        A decision that is set aside brings the application back to be handled, and not what was asked for before it.
        """
        decided_at = application.decided_at
        outlived = decided_at is not None and decided_at >= self.given_at
        return self.is_open and not outlived and application.status in ANSWERABLE

    @property
    def slot_numbers(self) -> range:
        """The numbers of the slots; where none was asked for there is one for whatever she wants to show, number 0."""
        return range(1, len(self.slots) + 1) if self.slots else range(1)

    def purpose(self, number: int) -> str:
        """What a file is for that is put into the slot."""
        return f"task:{self.id}:{number}"

    def set_deadline(self, due_date: date, today: date) -> None:
        """Set the last day to answer, and when to remind of it: not on the day on which the deadline is set."""
        self.due_date = due_date
        remind_date = deadlines.first_day(Deadline.TASK_REMINDER, due_date)
        self.remind_date = remind_date if remind_date > today else None

    def keep(self, text: str, at: datetime) -> None:
        """Keep what was typed so far."""
        self.answer_text, self.answer_saved_at = text, at

    def lacks(self, filled: Collection[int]) -> tuple[int, ...]:
        """The numbers of the slots that must be filled before it is sent; 0 stands for words."""
        has_words = bool(self.answer_text.strip())
        if self.has_nothing or not self.slots:
            return () if has_words or (filled and not self.has_nothing) else (0,)
        slots = enumerate(self.asked_slots, start=1)
        empty = tuple(number for number, slot in slots if slot.is_required and number not in filled)
        return empty or (() if has_words or filled else (0,))

    def be_answered(self, actor: Citizen, entry_id: UUID, at: datetime) -> None:
        """Close it with what is kept as the answer."""
        self.status, self.answered_at, self.answer_entry_id = TaskStatus.ANSWERED, at, entry_id
        self.answered_by_id, self.answered_by_name, self.answer_saved_at = actor.person_id, actor.name, None

    def be_withdrawn(self, actor: Staff, at: datetime) -> None:
        """Close it without an answer. What the citizen has typed stays hers."""
        self.status, self.withdrawn_at, self.withdrawn_by_name = TaskStatus.WITHDRAWN, at, actor.name


def answer_by(today: date) -> date:
    """The deadline that is proposed."""
    return deadlines.last_day(Deadline.TASK_ANSWER, today)
