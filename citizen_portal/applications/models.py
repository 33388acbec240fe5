"""Applications (søknader) and what happened to them, with dates."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen_portal import clock, deadlines
from citizen_portal.applications.answers import (
    NOBODY,
    Offered,
    Problem,
    RowChange,
    asked_names,
    clean,
    holds,
    problems_of,
    with_names,
    without_removed,
)
from citizen_portal.applications.clocks import Wait
from citizen_portal.applications.definitions import Definition, definition
from citizen_portal.applications.drafts.life import ends_date
from citizen_portal.applications.errors import (
    AlreadyPickedUp,
    AlreadySent,
    ChangedMeanwhile,
    Incomplete,
    NotPossibleNow,
)
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.status import (
    DECIDED,
    FOR_STAFF,
    FROM_CITIZEN,
    NEXT,
    QUEUES_WITH_AN_INDEX,
    UNDER_WAY,
    Channel,
    EventKind,
    Status,
    listed,
)
from citizen_portal.auth.actor import Actor, Staff
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.deadlines import Deadline
from citizen_portal.identity.models import Area
from citizen_portal.tenancy.models import TenantScoped, Unit

if TYPE_CHECKING:
    from citizen_portal.applications.tasks.models import Task


class Application(TenantScoped, Base):
    """An application, from the first answer on. Once sent, its answers never change (a trigger holds to that, too)."""

    __tablename__ = "application"
    __table_args__ = (
        tenant_foreign_key("person_id", "person"),
        tenant_foreign_key("representative_id", "person"),
        tenant_foreign_key("unit_id", "unit"),
        tenant_foreign_key("assigned_staff_id", "staff_member"),
        tenant_foreign_key("case_file_id", "case_file"),
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        CheckConstraint(
            "(status = 'draft') = (submitted_at IS NULL) AND (status = 'draft') = (case_file_id IS NULL) "
            "AND (status = 'draft') = (registry_entry_id IS NULL) AND (status = 'draft') = (answer_by_date IS NULL)",
            name="sent_has_case",
        ),
        CheckConstraint("(representative_id IS NULL) = (representative_name IS NULL)", name="representative_has_name"),
        CheckConstraint("clock_stopped_date IS NULL OR status = 'waiting_for_citizen'", name="clock_runs"),
        Index("uq_application_draft", "municipality_id", "person_id", "definition_id", unique=True,
              postgresql_where=text("status = 'draft'")),
        Index("uq_application_case_file", "municipality_id", "case_file_id", unique=True),
        Index("ix_application_person", "municipality_id", "person_id", "id"),
        Index("ix_application_unit_under_way", "municipality_id", "unit_id", "answer_by_date", "id",
              postgresql_where=text(f"status IN ({listed(UNDER_WAY)})")),
        Index("ix_application_assigned_under_way", "municipality_id", "unit_id", "assigned_staff_id",
              "answer_by_date", "id", postgresql_where=text(f"status IN ({listed(UNDER_WAY)})")),
        *(Index(f"ix_application_unit_{name}", "municipality_id", "unit_id", "answer_by_date", "id",
                postgresql_where=text(condition)) for name, condition in QUEUES_WITH_AN_INDEX.items()),
        Index("ix_application_unit_status", "municipality_id", "unit_id", "status", "submitted_at", "id"),
        Index("ix_application_decided", "municipality_id", "definition_id", "decided_at",
              postgresql_where=text("decided_at IS NOT NULL")),
        Index("ix_application_preliminary_due", "municipality_id", "preliminary_due_date",
              postgresql_where=text(f"preliminary_sent_at IS NULL AND status IN ({listed(UNDER_WAY)})")),
        Index("ix_application_draft_saved", "municipality_id", "saved_at", postgresql_where=text("status = 'draft'")),
    )  # fmt: skip

    person_id: Mapped[UUID]
    """The applicant."""
    representative_id: Mapped[UUID | None]
    representative_name: Mapped[str | None] = mapped_column(Text)
    """Who applied for her, by the name of that day; of a draft: who wrote in it last. None when she did it herself."""
    channel: Mapped[Channel] = term_column(Channel, "channel", default=Channel.PORTAL)
    registered_by_name: Mapped[str | None] = mapped_column(Text)
    """The employee who registered what came by phone or on paper."""
    definition_id: Mapped[str] = mapped_column(Text)
    definition_version: Mapped[int] = mapped_column(SmallInteger)
    area: Mapped[Area] = term_column(Area, "area")
    """The service's area: who may act for the applicant follows from that."""
    language: Mapped[str] = mapped_column(Text)
    """nb, nn or en: in which the questions were asked when it was sent."""
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    """Counts the changes of the answers: what is sent is what was looked over."""
    status: Mapped[Status] = term_column(Status, "status", default=Status.DRAFT)
    status_changed_at: Mapped[datetime]
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    answer_by_date: Mapped[date | None]
    """The last day of the service's answer time, in Norway; later by the days on which we waited for the citizen."""
    clock_stopped_date: Mapped[date | None]
    """The day on which the answer time stopped because we asked the citizen for something; None while it runs."""
    decided_at: Mapped[datetime | None]
    """When it was first decided, or ended in another way than by the citizen's taking it back."""
    preliminary_due_date: Mapped[date | None]
    """The last day for a preliminary reply (forvaltningsloven § 11 a)."""
    preliminary_sent_at: Mapped[datetime | None]
    escalation: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Who was told that it is getting late: 0 nobody, 1 the deputy, 2 the manager."""
    draft_warned_at: Mapped[datetime | None]
    """When the citizen was told that the draft will be deleted."""
    news_at: Mapped[datetime | None]
    """When the citizen sent something that no employee has acted on since."""
    unit_id: Mapped[UUID | None]
    assigned_staff_id: Mapped[UUID | None]
    assigned_name: Mapped[str | None] = mapped_column(Text)
    case_file_id: Mapped[UUID | None]
    registry_entry_id: Mapped[UUID | None]
    """The incoming entry with the application's PDF."""

    events: Mapped[list["ApplicationEvent"]] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin="and_(Application.municipality_id == ApplicationEvent.municipality_id, "
        "Application.id == ApplicationEvent.application_id)",
        foreign_keys="[ApplicationEvent.municipality_id, ApplicationEvent.application_id]",
        order_by="ApplicationEvent.id.desc()",
    )
    """The timeline, newest first."""
    tasks: Mapped[list["Task"]] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin="and_(Application.municipality_id == Task.municipality_id, Application.id == Task.application_id)",
        foreign_keys="[Task.municipality_id, Task.application_id]",
        order_by="Task.id.desc()",
    )
    """What the citizen was asked for, the newest first."""

    @property
    def definition(self) -> Definition:
        """The version of the service that the application was started with."""
        return definition(self.definition_id, self.definition_version)

    @property
    def is_draft(self) -> bool:
        """Whether it is not sent yet."""
        return self.status is Status.DRAFT

    @property
    def received_date(self) -> date | None:
        """The day in Norway on which it was received; None for a draft."""
        return self.submitted_at and clock.to_oslo(self.submitted_at).date()

    @property
    def is_under_way(self) -> bool:
        """Whether somebody must still do something."""
        return self.status in UNDER_WAY

    @property
    def is_withdrawable(self) -> bool:
        """Whether the citizen may take it back: until it is decided."""
        return Status.WITHDRAWN in NEXT[self.status]

    @property
    def can_be_asked_about(self) -> bool:
        """Whether the citizen can be asked for something more."""
        return self.status is Status.WAITING_FOR_CITIZEN or Status.WAITING_FOR_CITIZEN in NEXT[self.status]

    @property
    def demands_preliminary_reply(self) -> bool:
        """Whether one must be sent by `preliminary_due_date` unless the answer itself is."""
        unanswered = self.is_under_way and self.status is not Status.APPEALED
        return unanswered and self.preliminary_due_date is not None and self.preliminary_sent_at is None

    @property
    def preliminary_is_near(self) -> bool:
        """Whether it is time to send the preliminary reply."""
        if not self.demands_preliminary_reply or self.preliminary_due_date is None:
            return False
        return deadlines.first_day(Deadline.PRELIMINARY_DRAFT, self.preliminary_due_date) <= clock.today()

    @property
    def preliminary_is_late(self) -> bool:
        """Whether the law's time for a preliminary reply is out."""
        due_date = self.preliminary_due_date
        return self.demands_preliminary_reply and due_date is not None and due_date < clock.today()

    @property
    def problems(self) -> list[Problem]:
        """What must be corrected before it can be sent."""
        return problems_of(self.definition, self.answers)

    @property
    def needs_signature(self) -> bool:
        """Whether somebody besides the applicant must sign it, by the answers as they are now."""
        signature = self.definition.signature
        asked = asked_names(self.definition, self.answers)
        return signature is not None and holds(signature.show_if, self.answers, asked)

    @property
    def has_answers(self) -> bool:
        """Whether the form was filled in; what came by phone or on paper was not."""
        return self.channel is Channel.PORTAL

    @property
    def ends_date(self) -> date:
        """The day on which the draft is deleted, unless somebody saves it before."""
        return ends_date(self.saved_at, self.draft_warned_at)

    def save_step(
        self,
        number: int,
        raw: Mapping[str, object],
        saved_at: datetime,
        *,
        offered: Offered = NOBODY,
        action: str | None = None,
    ) -> None:
        """Keep what was typed in a step, right or wrong, and do what a button in a group says. Raises AlreadySent.

        `offered` are those who can be chosen in it. Without an `action` the page goes on being typed in.
        """
        if not self.is_draft:
            raise AlreadySent
        step, before = self.definition.step(number), self.answers if action is None else without_removed(self.answers)
        answers = {**before, **with_names(step.fields, clean(self.definition, number, before, raw), offered)}
        change = RowChange.of(action or "")
        if change and (group := change.of_group(step)):
            answers = change.apply(group, answers, taken_away=self.answers)
        if answers != self.answers:
            self.answers = answers
            self.revision += 1
        self.keep_alive(saved_at)

    def keep_alive(self, at: datetime) -> None:
        """Somebody works on the draft: its days begin anew."""
        self.saved_at, self.draft_warned_at = at, None

    def answer_with_files(self, name: str, files: list[dict[str, str]], saved_at: datetime) -> None:
        """Let a field's answer be the files that are there. Raises AlreadySent."""
        if not self.is_draft:
            raise AlreadySent
        if files != self.answers.get(name, []):
            self.answers = {**self.answers, name: files}
            self.revision += 1
        self.keep_alive(saved_at)

    def settle_answers(self, offered: Offered) -> None:
        """Let the draft hold what would be sent now: who was chosen must still be among those offered."""
        settled = with_names(self.definition.fields, without_removed(self.answers), offered)
        if settled != self.answers:
            self.answers = settled

    def note_who_applies(self, person_id: UUID, name: str) -> None:
        """Remember who writes in the applicant's stead, or that she writes herself."""
        is_representative = person_id != self.person_id
        self.representative_id = person_id if is_representative else None
        self.representative_name = name if is_representative else None

    def demand_sendable(self, revision: int) -> None:
        """Raise ChangedMeanwhile if the answers are not the revision's, Incomplete if something must be corrected."""
        if revision != self.revision:
            raise ChangedMeanwhile
        if problems := self.problems:
            raise Incomplete(problems)

    def receive(
        self,
        *,
        received_at: datetime,
        answer_by: date,
        unit: Unit,
        case_file_id: UUID,
        registry_entry_id: UUID,
        facts: dict[str, str],
    ) -> ApplicationEvent:
        """Mark it as sent and journaled."""
        self.submitted_at, self.answer_by_date, self.unit_id = received_at, answer_by, unit.id
        self.case_file_id, self.registry_entry_id = case_file_id, registry_entry_id
        received = clock.to_oslo(received_at).date()
        self.preliminary_due_date = deadlines.last_day(Deadline.PRELIMINARY_REPLY, received)
        self._move_to(Status.RECEIVED, received_at)
        event = self._event(EventKind.RECEIVED, received_at, unit_name=unit.name, facts=facts)
        event.actor_name = self.representative_name
        return event

    def pick_up(self, actor: Staff, at: datetime) -> ApplicationEvent:
        """Let the member of staff handle it. Raises AlreadyPickedUp or NotPossibleNow."""
        if self.assigned_staff_id is not None:
            raise AlreadyPickedUp(self.assigned_name or "")
        self._assign(actor.staff_id, actor.name)
        if self.status is Status.RECEIVED:
            self._move_to(Status.IN_PROGRESS, at)
        return self._event(EventKind.PICKED_UP, at, actor=actor)

    def hand_over(self, actor: Staff, staff_id: UUID, name: str, at: datetime) -> ApplicationEvent:
        """Let a colleague of the same unit go on with it. Raises NotPossibleNow."""
        self._assign(staff_id, name)
        if self.status is Status.RECEIVED:
            self._move_to(Status.IN_PROGRESS, at)
        return self._event(EventKind.HANDED_OVER, at, actor=actor, facts={"to": name})

    def move_to_unit(self, actor: Staff, unit: Unit, at: datetime) -> ApplicationEvent:
        """Let another unit have it, where nobody has taken it yet."""
        self.unit_id, self.assigned_staff_id, self.assigned_name = unit.id, None, None
        facts = {"to": unit.name, "contact": unit.phone}
        return self._event(EventKind.UNIT_CHANGED, at, actor=actor, facts=facts)

    def change_status(self, actor: Staff, status: Status, at: datetime, note: str | None) -> ApplicationEvent:
        """Go on to the status, with a note that the citizen can read. Raises NotPossibleNow."""
        if status not in FOR_STAFF:
            raise NotPossibleNow
        return self.go_on(EventKind(status.value), status, at, actor=actor, note=note)

    def withdraw(self, actor: Actor, at: datetime, facts: dict[str, str]) -> ApplicationEvent:
        """Take it back. Raises NotPossibleNow."""
        return self.go_on(EventKind.WITHDRAWN, Status.WITHDRAWN, at, actor=actor, facts=facts)

    def go_on(
        self,
        kind: EventKind,
        status: Status,
        at: datetime,
        *,
        actor: Actor,
        note: str | None = None,
        facts: dict[str, str] | None = None,
    ) -> ApplicationEvent:
        """Move to the status and say so in the timeline. Raises NotPossibleNow when it cannot follow."""
        waited = self._move_to(status, at)
        said = {"note": note.strip()} if note and note.strip() else {}
        return self._event(kind, at, actor=actor, facts={**said, **waited, **(facts or {})})

    def note(
        self, kind: EventKind, at: datetime, *, actor: Actor, facts: dict[str, str] | None = None
    ) -> ApplicationEvent:
        """Say something in the timeline that changes no status."""
        return self._event(kind, at, actor=actor, facts=facts)

    def _assign(self, staff_id: UUID, name: str) -> None:
        if not self.is_under_way:
            raise NotPossibleNow
        self.assigned_staff_id, self.assigned_name = staff_id, name

    def _move_to(self, status: Status, at: datetime) -> dict[str, str]:
        """Stand so from now on. Answers with what the timeline tells of a pause of the clock that ends with it."""
        if status not in NEXT[self.status]:
            raise NotPossibleNow
        today = clock.to_oslo(at).date()
        waited: dict[str, str] = {}
        if status is Status.WAITING_FOR_CITIZEN:
            self.clock_stopped_date = today
        elif self.clock_stopped_date is not None and self.answer_by_date is not None:
            waited = Wait(self.clock_stopped_date, today).facts
            self.answer_by_date += today - self.clock_stopped_date
            self.clock_stopped_date = None
        if status in {*DECIDED, Status.FORWARDED, Status.CLOSED} and self.status is not Status.WITHDRAWN:
            self.decided_at = self.decided_at or at
        self.status, self.status_changed_at = status, at
        return waited

    def _event(
        self,
        kind: EventKind,
        at: datetime,
        *,
        actor: Actor | None = None,
        unit_name: str | None = None,
        facts: dict[str, str] | None = None,
    ) -> ApplicationEvent:
        if kind in FROM_CITIZEN:
            self.news_at = at
        elif isinstance(actor, Staff):
            self.news_at = None
        return ApplicationEvent(
            application_id=self.id,
            kind=kind,
            occurred_at=at,
            actor_name=actor and actor.display_name,
            unit_name=actor.unit_name if isinstance(actor, Staff) else unit_name,
            facts=facts or {},
        )
