"""Decisions (enkeltvedtak) and the evidence of how our letters reached the party."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock, deadlines
from citizen_portal.applications.decisions.errors import NotApproved, OwnWriting, PartsMissing
from citizen_portal.applications.decisions.terms import DecisionState, Outcome, Part, demanded_of
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.auth.actor import Staff
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.deadlines import Deadline
from citizen_portal.tenancy.models import TenantScoped

Texts = Mapping[Part, str]
"""What each part says, the standard texts included."""


class Delivery(TenantScoped, Base):
    """A letter of ours to the party, and the evidence line: sent, notified, opened, posted.

    It reached her when she or somebody who acts for her opened it, or when the posted letter is taken to have come,
    whichever is first (forvaltningsloven § 29). Until then no deadline of hers runs.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        tenant_foreign_key("registry_entry_id", "registry_entry"),
        tenant_foreign_key("notice_id", "notice"),
        CheckConstraint("(opened_at IS NULL) = (opened_by_name IS NULL)", name="opened_has_name"),
        CheckConstraint("(letter_date IS NULL) = (letter_by_name IS NULL)", name="letter_has_name"),
        Index("ix_delivery_application", "municipality_id", "application_id", "id"),
        Index("ix_delivery_unread", "municipality_id", "sent_at", "id",
              postgresql_where=text("opened_at IS NULL AND letter_date IS NULL")),
    )  # fmt: skip

    application_id: Mapped[UUID]
    registry_entry_id: Mapped[UUID]
    """The outgoing entry with the letter's PDF."""
    notice_id: Mapped[UUID]
    sent_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    opened_by_name: Mapped[str | None] = mapped_column(Text)
    noticed_again_at: Mapped[datetime | None]
    """When she was told once more, because nobody had opened it (eForvaltningsforskriften § 8)."""
    letter_date: Mapped[date | None]
    """The day on which it was posted on paper."""
    letter_by_name: Mapped[str | None] = mapped_column(Text)

    @property
    def reached_date(self) -> date | None:
        """The day in Norway on which it reached the party; None while it has not."""
        days = []
        if self.opened_at is not None:
            days.append(clock.to_oslo(self.opened_at).date())
        if self.letter_date is not None:
            days.append(deadlines.last_day(Deadline.LETTER_REACHES, self.letter_date))
        return min(days, default=None)

    @property
    def appeal_deadline(self) -> date | None:
        """The last day on which what it tells can be appealed in time; None while no deadline runs."""
        reached = self.reached_date
        return None if reached is None else deadlines.last_day(Deadline.APPEAL, reached)

    def post(self, actor: Staff, posted: date) -> None:
        """It was posted on paper on the day. Raises NotPossibleNow when it was posted before."""
        if self.letter_date is not None:
            raise NotPossibleNow
        self.letter_date, self.letter_by_name = posted, actor.name


class Decision(TenantScoped, Base):
    """A decision on an application, from the first word on. Once sent, it stands as it was sent."""

    __tablename__ = "decision"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        tenant_foreign_key("delivery_id", "delivery"),
        CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL) AND (state = 'sent') = (delivery_id IS NOT NULL) "
            "AND (state <> 'sent' OR outcome IS NOT NULL)",
            name="sent_is_whole",
        ),
        CheckConstraint("(approved_at IS NULL) = (approved_by_name IS NULL)", name="approved_has_name"),
        CheckConstraint("state <> 'approved' OR approved_at IS NOT NULL", name="approved_has_time"),
        Index("uq_decision_unsent", "municipality_id", "application_id", unique=True,
              postgresql_where=text("state <> 'sent'")),
        Index("ix_decision_application", "municipality_id", "application_id", "id"),
        Index("ix_decision_for_approval", "municipality_id", "id", postgresql_where=text("state = 'for_approval'")),
        Index("uq_decision_delivery", "municipality_id", "delivery_id", unique=True),
    )  # fmt: skip

    application_id: Mapped[UUID]
    state: Mapped[DecisionState] = term_column(DecisionState, "state", default=DecisionState.DRAFT)
    language: Mapped[str] = mapped_column(Text)
    """nb or nn."""
    outcome: Mapped[Outcome | None] = term_column(Outcome, "outcome")
    parts: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    """What was written where it is not the standard text; of a sent one every part as it was sent."""
    revision: Mapped[int] = mapped_column(Integer, default=0)
    """Counts the changes: what is approved and sent is what was looked over."""
    saved_at: Mapped[datetime]
    writer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    """Everybody who has written in it: none of them approves it."""
    writer_name: Mapped[str] = mapped_column(Text)
    """Who wrote last."""
    approved_at: Mapped[datetime | None]
    approved_by_name: Mapped[str | None] = mapped_column(Text)
    return_note: Mapped[str | None] = mapped_column(Text)
    """What must be mended before it is approved, in the words of the one who sent it back."""
    returned_by_name: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    sent_by_name: Mapped[str | None] = mapped_column(Text)
    delivery_id: Mapped[UUID | None]

    @property
    def is_sent(self) -> bool:
        """Whether it went out."""
        return self.state is DecisionState.SENT

    def write(self, actor: Staff, outcome: Outcome | None, language: str, parts: dict[Part, str], at: datetime) -> None:
        """Keep what was written. A change makes an approval void. Raises NotPossibleNow when it is sent."""
        if self.is_sent:
            raise NotPossibleNow
        kept = {part.value: said for part, said in parts.items()}
        self.saved_at = at
        if (self.outcome, self.language, self.parts) == (outcome, language, kept):
            return
        self.outcome, self.language, self.parts = outcome, language, kept
        self.revision += 1
        self.state, self.approved_at, self.approved_by_name = DecisionState.DRAFT, None, None
        self.writer_name = actor.name
        if actor.staff_id not in self.writer_ids:
            self.writer_ids = [*self.writer_ids, actor.staff_id]

    def missing(self, texts: Texts) -> list[Part]:
        """The parts that it lacks and must have, in the order of the letter."""
        return [part for part in demanded_of(self.outcome) if not texts[part].strip()]

    def ask_for_approval(self, revision: int, texts: Texts) -> None:
        """Let a colleague look it over. Raises ChangedMeanwhile, PartsMissing or NotPossibleNow."""
        self._demand_whole(revision, texts)
        if self.state is not DecisionState.DRAFT:
            raise NotPossibleNow
        self.state, self.return_note, self.returned_by_name = DecisionState.FOR_APPROVAL, None, None

    def approve(self, actor: Staff, revision: int, at: datetime) -> None:
        """Let it be sent as it stands. Raises OwnWriting, ChangedMeanwhile or NotPossibleNow."""
        self._demand_for_approval(actor, revision)
        self.state, self.approved_at, self.approved_by_name = DecisionState.APPROVED, at, actor.name

    def send_back(self, actor: Staff, revision: int, note: str) -> None:
        """Let the writer mend it. Raises OwnWriting, ChangedMeanwhile or NotPossibleNow."""
        self._demand_for_approval(actor, revision)
        self.state, self.return_note, self.returned_by_name = DecisionState.DRAFT, note.strip(), actor.name

    def demand_sendable(self, revision: int, texts: Texts, *, needs_approval: bool) -> Outcome:
        """What it comes to, if it may be sent now. Raises ChangedMeanwhile, PartsMissing or NotApproved."""
        outcome = self._demand_whole(revision, texts)
        if needs_approval and self.state is not DecisionState.APPROVED:
            raise NotApproved
        return outcome

    def was_sent(self, actor: Staff, delivery: Delivery, texts: Texts) -> None:
        """It went out, and says for ever what it says now."""
        self.parts = {part.value: said for part, said in texts.items()}
        self.state, self.sent_at, self.sent_by_name = DecisionState.SENT, delivery.sent_at, actor.name
        self.delivery_id = delivery.id

    def _demand_whole(self, revision: int, texts: Texts) -> Outcome:
        if revision != self.revision:
            raise ChangedMeanwhile
        missing = self.missing(texts)
        if self.outcome is None or missing:
            raise PartsMissing(missing, lacks_outcome=self.outcome is None)
        return self.outcome

    def _demand_for_approval(self, actor: Staff, revision: int) -> None:
        if self.state is not DecisionState.FOR_APPROVAL:
            raise NotPossibleNow
        if actor.staff_id in self.writer_ids:
            raise OwnWriting
        if revision != self.revision:
            raise ChangedMeanwhile
