"""Notices: what was told to whom, by which channel, and whether it went out."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped


class Occasion(StrEnum):
    """Why somebody is told. Values are stored and name the text in `texts`; never rename one."""

    NEW_MESSAGE = "new-message"
    APPLICATION_RECEIVED = "application-received"
    APPLICATION_CHANGED = "application-changed"
    REPRESENTATION_CHANGED = "representation-changed"
    MY_DATA_READY = "my-data-ready"
    DATA_REQUEST_ANSWERED = "data-request-answered"
    TASK_GIVEN = "task-given"
    TASK_DUE = "task-due"
    DECISION_SENT = "decision-sent"
    SIGNATURE_ASKED = "signature-asked"
    DRAFT_ENDING = "draft-ending"
    VISIT_CHANGE_ANSWERED = "visit-change-answered"
    FOLLOWED_CONCERN = "followed-concern"
    """Something is not as planned for somebody whom one follows."""
    FOLLOWED_SETTLED = "followed-settled"
    """What `FOLLOWED_CONCERN` told of has come right."""
    FOLLOWED_PARTLY_SETTLED = "followed-partly-settled"
    """Something that `FOLLOWED_CONCERN` told of has come right, and something has not."""
    FOLLOWED_UPDATE = "followed-update"
    """What those are told who have asked for more than deviations: it says neither good nor bad."""


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    QUEUED = "queued"
    SENT = "sent"
    NOT_SENT = "not_sent"


class Obstacle(StrEnum):
    """Why a notice was not sent: somebody must reach the person in another way."""

    NO_ADDRESS = "no_address"
    NO_CHANNEL = "no_channel"
    REFUSED = "refused"
    RESERVED = "reserved"
    """She has said no to digital messages from public bodies."""
    EXPIRED = "expired"
    """What the contact register has is older than the law lets us rely on."""
    REGISTER_UNAVAILABLE = "register_unavailable"
    PROTECTED_ADDRESS = "protected_address"
    """Reached by hand, on paper; never electronically."""
    DECEASED = "deceased"


class Notice(TenantScoped, Base):
    """One notice to one person. It carries no content, only that there is something to read (design §4 rule 10)."""

    __tablename__ = "notice"
    __table_args__ = (
        tenant_foreign_key("person_id", "person"),
        Index(None, "municipality_id", "person_id", "created_at"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("(status = 'not_sent') = (obstacle IS NOT NULL)", name="not_sent_has_obstacle"),
    )

    person_id: Mapped[UUID]
    occasion: Mapped[Occasion] = term_column(Occasion, "occasion")
    status: Mapped[NoticeStatus] = term_column(NoticeStatus, "status", default=NoticeStatus.QUEUED)
    channel: Mapped[str | None] = mapped_column(Text)
    """Name of the channel that took it."""
    address: Mapped[str | None] = mapped_column(Text)
    """Where it went: evidence if somebody says that they were never told (eForvaltningsforskriften § 8)."""
    obstacle: Mapped[Obstacle | None] = term_column(Obstacle, "obstacle")
    contact_outcome: Mapped[str | None] = mapped_column(Text)
    """What the contact register's answer came to: `usable`, or the obstacle; None when it was not asked."""
    contact_checked_at: Mapped[datetime | None]
    """When it was asked."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    def was_sent(self, channel: str, address: str, sent_at: datetime) -> None:
        """The channel took it."""
        self.status, self.channel, self.address, self.sent_at = NoticeStatus.SENT, channel, address, sent_at

    def was_stopped(self, obstacle: Obstacle) -> None:
        """It will not be sent."""
        self.status, self.obstacle = NoticeStatus.NOT_SENT, obstacle


class PushSubscription(TenantScoped, Base):
    """That one browser of a person takes notices as push messages. A browser has one: whoever said yes there last."""

    __tablename__ = "push_subscription"
    __table_args__ = (
        UniqueConstraint("municipality_id", "endpoint_hash"),
        tenant_foreign_key("person_id", "person", ondelete="CASCADE"),
        Index(None, "municipality_id", "person_id"),
    )

    person_id: Mapped[UUID]
    endpoint_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """A keyed hash of the browser's address at its push service, by which it is found again."""
    subscription_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    """Address and keys as JSON: who has them can send messages to the browser."""
    created_at: Mapped[datetime]

    @property
    def encryption_context(self) -> str:
        """What the encrypted value belongs to."""
        return f"push_subscription:{self.municipality_id}:{self.id}"
