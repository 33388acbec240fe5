"""Signatures that an application needs besides the applicant's own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, tenant_foreign_key
from citizen_portal.tenancy.models import TenantScoped


class SignatureRequest(TenantScoped, Base):
    """That an applicant asks somebody to sign: one at a time, and for the answers as they were looked over.

    The signature is the sending: both happen in one transaction, so a draft is never signed and an application never
    sent without.
    """

    __tablename__ = "signature_request"
    __table_args__ = (
        tenant_foreign_key("application_id", "application", ondelete="CASCADE"),
        tenant_foreign_key("signer_id", "person"),
        tenant_foreign_key("asked_by_id", "person"),
        CheckConstraint("num_nonnulls(signed_at, refused_at, withdrawn_at) <= 1", name="one_end"),
        CheckConstraint("(signed_at IS NULL) = (signer_name IS NULL)", name="signed_has_name"),
        CheckConstraint("refusal_reason IS NULL OR refused_at IS NOT NULL", name="reason_of_refusal"),
        Index("uq_signature_request_standing", "municipality_id", "application_id", unique=True,
              postgresql_where=text("refused_at IS NULL AND withdrawn_at IS NULL")),
        Index("ix_signature_request_application", "municipality_id", "application_id", "id"),
        Index("ix_signature_request_signer", "municipality_id", "signer_id", "id"),
    )  # fmt: skip

    application_id: Mapped[UUID]
    signer_id: Mapped[UUID]
    called: Mapped[str] = mapped_column(Text)
    """What the applicant calls the signer: the name that she chose or wrote, and learns no other until it is signed."""
    found_by_number: Mapped[bool]
    """The applicant wrote a number: who logs in must bear the name as well, so that a slip of a digit shows nothing."""
    asked_by_id: Mapped[UUID]
    asked_by_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(Integer)
    """Which answers: any change after that makes the request void."""
    signer_name: Mapped[str | None] = mapped_column(Text)
    """The signer's name of the day on which she signed."""
    signed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    refusal_reason: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None]
    """When the applicant took it back, or asked anew because the answers had changed."""

    @property
    def is_open(self) -> bool:
        """Whether the signer has neither signed nor said no, and is still asked."""
        return self.signed_at is None and self.refused_at is None and self.withdrawn_at is None

    def holds_for(self, revision: int) -> bool:
        """Whether the signer is asked for the answers as they are now."""
        return self.is_open and self.revision == revision

    def is_for(self, name: str) -> bool:
        """Whether somebody of that name is the one whom the applicant means."""
        names, last = name.casefold().split(), self.called.casefold().split()
        return not self.found_by_number or names[-len(last) :] == last

    def sign(self, name: str, at: datetime) -> None:
        """The signer stands for the answers, too."""
        self.signer_name, self.signed_at = name, at

    def refuse(self, reason: str | None, at: datetime) -> None:
        """The signer does not want to."""
        self.refusal_reason, self.refused_at = (reason or "").strip() or None, at

    def withdraw(self, at: datetime) -> None:
        """Nobody is asked any more."""
        self.withdrawn_at = at
