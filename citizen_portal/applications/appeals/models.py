"""Appeals (klager) over decisions."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock
from citizen_portal.applications.appeals.errors import AppealIncomplete
from citizen_portal.applications.appeals.terms import AppealState, BodyOutcome
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped

DEMANDED: Final = ("disagrees_text", "wants_text")
"""What every appeal must say (forvaltningsloven § 32 d)."""
FILES: Final = "files"
"""What the papers that go with it are called where something is wrong with them."""


class Appeal(TenantScoped, Base):
    """An appeal over a decision, from the first word on. Once sent, what it says never changes."""

    __tablename__ = "appeal"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        tenant_foreign_key("decision_id", "decision"),
        tenant_foreign_key("answer_id", "decision"),
        tenant_foreign_key("representative_id", "person"),
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        tenant_foreign_key("forwarding_id", "delivery"),
        tenant_foreign_key("body_entry_id", "registry_entry"),
        CheckConstraint("(state = 'draft') = (sent_at IS NULL) AND (sent_at IS NULL) = (registry_entry_id IS NULL)",
                        name="sent_has_entry"),
        CheckConstraint("(representative_id IS NULL) = (representative_name IS NULL)", name="representative_has_name"),
        CheckConstraint("(forwarded_at IS NULL) = (forwarded_to IS NULL) "
                        "AND (forwarded_at IS NULL) = (forwarding_id IS NULL)", name="forwarded_is_whole"),
        CheckConstraint("(state = 'decided') = (body_outcome IS NOT NULL) "
                        "AND (body_outcome IS NULL) = (body_entry_id IS NULL)", name="decided_is_whole"),
        Index("uq_appeal_decision", "municipality_id", "decision_id", unique=True,
              postgresql_where=text("state <> 'withdrawn'")),
        Index("ix_appeal_application", "municipality_id", "application_id", "id"),
    )  # fmt: skip

    application_id: Mapped[UUID]
    decision_id: Mapped[UUID]
    """What is appealed."""
    state: Mapped[AppealState] = term_column(AppealState, "state", default=AppealState.DRAFT)
    representative_id: Mapped[UUID | None]
    representative_name: Mapped[str | None] = mapped_column(Text)
    """Who appeals for the applicant, by the name of that day; of a draft: who wrote in it last."""
    disagrees_text: Mapped[str] = mapped_column(Text, default="")
    """What she disagrees with."""
    wants_text: Mapped[str] = mapped_column(Text, default="")
    """What she wants changed."""
    late_text: Mapped[str] = mapped_column(Text, default="")
    """Why it comes after the deadline (§ 31)."""
    revision: Mapped[int] = mapped_column(Integer, default=0)
    saved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    deadline_date: Mapped[date | None]
    """The last day for appealing in time, as it was reckoned when it was sent."""
    registry_entry_id: Mapped[UUID | None]
    answer_id: Mapped[UUID | None]
    """Our new decision that answers it."""
    assessment: Mapped[str | None] = mapped_column(Text)
    """Why we do not change the decision, as we wrote to the body above us (§ 33)."""
    forwarded_at: Mapped[datetime | None]
    forwarded_to: Mapped[str | None] = mapped_column(Text)
    forwarded_contact: Mapped[str | None] = mapped_column(Text)
    forwarding_id: Mapped[UUID | None]
    """The copy of that letter to the party."""
    body_outcome: Mapped[BodyOutcome | None] = term_column(BodyOutcome, "body_outcome")
    body_entry_id: Mapped[UUID | None]

    @property
    def is_draft(self) -> bool:
        """Whether it is not sent yet."""
        return self.state is AppealState.DRAFT

    @property
    def is_late(self) -> bool:
        """Whether it was sent after the deadline."""
        sent = self.sent_at and clock.to_oslo(self.sent_at).date()
        return sent is not None and self.deadline_date is not None and sent > self.deadline_date

    @property
    def waits_for_decision(self) -> bool:
        """Whether our next decision in the case is the answer to it."""
        sent_back = self.body_outcome is BodyOutcome.SENT_BACK and self.answer_id is None
        return self.state is AppealState.RECEIVED or sent_back

    @property
    def entry_to_answer(self) -> UUID | None:
        """The incoming entry that a new decision is the answer to: the appeal, or what the body above us wrote."""
        return self.body_entry_id or self.registry_entry_id

    @property
    def purpose(self) -> str:
        """What the files are for that go with it."""
        return f"appeal:{self.id}"

    @property
    def answer_purpose(self) -> str:
        """What the letter is for in which the body above us has answered."""
        return f"{self.purpose}:answer"

    def write(self, said: dict[str, str], at: datetime) -> None:
        """Keep what was written. Raises NotPossibleNow when it is sent."""
        if not self.is_draft:
            raise NotPossibleNow
        if any(getattr(self, name) != text for name, text in said.items()):
            self.revision += 1
            for name, text in said.items():
                setattr(self, name, text)
        self.saved_at = at

    def note_who_appeals(self, actor: Citizen, applicant_id: UUID) -> None:
        """Remember who writes in the applicant's stead, or that she writes herself."""
        is_representative = actor.person_id != applicant_id
        self.representative_id = actor.person_id if is_representative else None
        self.representative_name = actor.name if is_representative else None

    def missing(self, files: Iterable[ApplicationFile], *, is_late: bool) -> tuple[str, ...]:
        """What it must say and does not, in the order of the form; FILES where one that goes with it is stopped."""
        demanded = (*DEMANDED, "late_text") if is_late else DEMANDED
        lacking = tuple(name for name in demanded if not getattr(self, name).strip())
        return (*lacking, FILES) if any(file.is_infected for file in files) else lacking

    def demand_sendable(self, revision: int, files: Iterable[ApplicationFile], *, is_late: bool) -> None:
        """Raise ChangedMeanwhile if another revision was looked over, AppealIncomplete if something lacks."""
        if revision != self.revision:
            raise ChangedMeanwhile
        if missing := self.missing(files, is_late=is_late):
            raise AppealIncomplete(missing)

    def receive(self, at: datetime, registry_entry_id: UUID) -> None:
        """It is sent and journaled."""
        self.state, self.sent_at, self.registry_entry_id = AppealState.RECEIVED, at, registry_entry_id

    def withdraw(self) -> None:
        """Take it back. Raises NotPossibleNow when it went on or was answered."""
        self._leave(AppealState.RECEIVED, AppealState.WITHDRAWN)

    def was_answered(self, decision_id: UUID) -> None:
        """A new decision of ours is the answer."""
        if not self.waits_for_decision:
            raise NotPossibleNow
        self.answer_id = decision_id
        if self.state is AppealState.RECEIVED:
            self.state = AppealState.ANSWERED

    def forward(self, to: str, contact: str, assessment: str, forwarding_id: UUID, at: datetime) -> None:
        """It goes on to the body above us. Raises NotPossibleNow."""
        self._leave(AppealState.RECEIVED, AppealState.FORWARDED)
        self.forwarded_to, self.forwarded_contact, self.assessment = to, contact, assessment
        self.forwarded_at, self.forwarding_id = at, forwarding_id

    def was_decided(self, outcome: BodyOutcome, entry_id: UUID) -> None:
        """The body above us has answered. Raises NotPossibleNow."""
        self._leave(AppealState.FORWARDED, AppealState.DECIDED)
        self.body_outcome, self.body_entry_id = outcome, entry_id

    def _leave(self, state: AppealState, for_state: AppealState) -> None:
        if self.state is not state:
            raise NotPossibleNow
        self.state = for_state
