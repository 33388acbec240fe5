"""The audit log: append-only and hash-chained per municipality."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base, current_municipality_id


class EventTag(StrEnum):
    """What happened. Values are stored: never rename one."""

    LOGGED_IN = "logged-in"
    LOGGED_OUT = "logged-out"
    APPLICATION_STARTED = "application-started"
    APPLICATION_SUBMITTED = "application-submitted"
    APPLICATION_READ = "application-read"
    APPLICATION_ASSIGNED = "application-assigned"
    APPLICATION_STATUS_CHANGED = "application-status-changed"
    THREAD_READ = "thread-read"
    MESSAGE_SENT = "message-sent"
    DOCUMENT_READ = "document-read"
    VISITS_PUSHED = "visits-pushed"
    VISITS_READ = "visits-read"
    VISITS_RECEIVED = "visits-received"
    """A push told something new about one person's visits; `VISITS_PUSHED` is about the push as a whole."""
    CASE_FILE_OPENED = "case-file-opened"
    CASE_FILE_CLOSED = "case-file-closed"
    ENTRY_REGISTERED = "entry-registered"
    ENTRY_CORRECTED = "entry-corrected"
    ENTRY_READ = "entry-read"
    DEPOSIT_EXPORTED = "deposit-exported"
    REPRESENTATION_REGISTERED = "representation-registered"
    REPRESENTATION_REFUSED = "representation-refused"
    REPRESENTATION_ENDED = "representation-ended"
    PERSON_CHOSEN = "person-chosen"
    """A citizen began to see for somebody else, or for herself again."""
    PERSON_SEARCHED = "person-searched"
    PERSON_READ = "person-read"
    ACCESS_OPENED = "access-opened"
    ACCESS_ENDED = "access-ended"
    OVERVIEW_READ = "overview-read"
    """The lists of somebody else's applications and conversations."""
    ACCESS_LOG_READ = "access-log-read"
    """An auditor looked at who has read what about a person."""
    ACCESS_REPORT_READ = "access-report-read"
    ACCESS_QUESTIONED = "access-questioned"
    ACCESS_ANSWERED = "access-answered"
    ACCESS_REVIEWED = "access-reviewed"
    MY_DATA_ORDERED = "my-data-ordered"
    MY_DATA_DOWNLOADED = "my-data-downloaded"
    DATA_REQUEST_SENT = "data-request-sent"
    DATA_REQUEST_READ = "data-request-read"
    DATA_REQUEST_ANSWERED = "data-request-answered"
    ROLE_GRANTED = "role-granted"
    ROLE_ENDED = "role-ended"
    STAFF_PROVISIONED = "staff-provisioned"
    STAFF_ACTIVATED = "staff-activated"
    STAFF_DEACTIVATED = "staff-deactivated"
    APPLICATION_MOVED = "application-moved"
    """Another unit, or another body, has it."""
    NOTE_WRITTEN = "note-written"
    SIGNATURE_ASKED = "signature-asked"
    SIGNATURE_WITHDRAWN = "signature-withdrawn"
    SIGNATURE_REFUSED = "signature-refused"
    APPLICATION_SIGNED = "application-signed"
    DRAFT_WARNED = "draft-warned"
    DRAFT_DELETED = "draft-deleted"
    APPLICATION_REGISTERED = "application-registered"
    """Staff wrote down what came by phone or on paper."""
    TASK_GIVEN = "task-given"
    TASK_CHANGED = "task-changed"
    """Its deadline was moved, the citizen was reminded, or it was withdrawn."""
    TASK_ANSWERED = "task-answered"
    APPLICATION_ADDED_TO = "application-added-to"
    PRELIMINARY_REPLY_CHANGED = "preliminary-reply-changed"
    PRELIMINARY_REPLY_SENT = "preliminary-reply-sent"
    APPLICATION_ESCALATED = "application-escalated"
    FILE_ADDED = "file-added"
    FILE_REMOVED = "file-removed"
    FILE_STOPPED = "file-stopped"
    """The virus scanner found something in a file that had waited for it."""
    DECISION_FOR_APPROVAL = "decision-for-approval"
    DECISION_APPROVED = "decision-approved"
    DECISION_RETURNED = "decision-returned"
    DECISION_SENT = "decision-sent"
    LETTER_OPENED = "letter-opened"
    """The party or somebody who acts for her opened a letter of ours: her deadlines run from then."""
    LETTER_POSTED = "letter-posted"
    APPEAL_SENT = "appeal-sent"
    APPEAL_WITHDRAWN = "appeal-withdrawn"
    APPEAL_FORWARDED = "appeal-forwarded"
    APPEAL_DECIDED = "appeal-decided"
    FORM_SAVED = "form-saved"
    """A draft of a service's definition; see `applications.editor`."""
    FORM_DISCARDED = "form-discarded"
    FORM_PUBLISHED = "form-published"
    FORM_ROLLED_BACK = "form-rolled-back"
    SERVICE_WITHDRAWN = "service-withdrawn"
    SERVICE_OFFERED = "service-offered"
    FOLLOWING_CHOSEN = "following-chosen"
    """A follower chose what to be told of somebody's visits."""
    FOLLOWER_STOPPED = "follower-stopped"
    FOLLOWER_ALLOWED = "follower-allowed"
    DEVIATION_OPENED = "deviation-opened"
    DEVIATION_CLOSED = "deviation-closed"
    DEVIATION_HANDLED = "deviation-handled"
    """The unit has done what was to be done about a visit that went wrong."""
    CARE_RULES_CHANGED = "care-rules-changed"


class Purpose(StrEnum):
    """Why somebody looked (formål). Values are stored: never rename one."""

    CASE_HANDLING = "case-handling"
    CARE = "care"
    RECORD_KEEPING = "record-keeping"
    ACCESS_REQUEST = "access-request"
    SUPERVISION = "supervision"
    TECHNICAL_FAULT = "technical-fault"
    EMERGENCY = "emergency"
    """Somebody's life or health is at stake; demands a reason in words."""
    PROTECTED_PERSON = "protected-person"
    """A look at somebody with a protected address; demands a reason in words."""


class AuditEvent(Base):
    """One event. `digest` covers the event and the digest before it, so a change or a gap breaks the chain."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "municipality_id", "about_person_id", "sequence_number"),
        Index(None, "municipality_id", "occurred_at"),
    )

    municipality_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("municipality.id"), primary_key=True, default=current_municipality_id
    )
    sequence_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    occurred_at: Mapped[datetime]
    tag: Mapped[str] = mapped_column(Text)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    actor_role: Mapped[str | None] = mapped_column(Text)
    """The employee's roles then, by value and in order, with commas."""
    actor_unit: Mapped[str | None] = mapped_column(Text)
    on_behalf_of_id: Mapped[UUID | None]
    """The person for whom a representative did it."""
    purpose: Mapped[str | None] = mapped_column(Text)
    """A value of `Purpose`; None when nothing was read, or it was one's own."""
    reason: Mapped[str | None] = mapped_column(Text)
    """The employee's own words, where the purpose demands them."""
    subject_type: Mapped[str | None] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    about_person_id: Mapped[UUID | None]
    """Whose data it concerns: the person who may see this line in her access log."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """Facts about the event. Never a national id, never free text from a person."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)

    def digest_after(self, previous: bytes) -> bytes:
        """SHA-256 over the previous digest and this event as canonical JSON.

        What came with the access log stands last and only where there is any, so that older events keep their digest.
        """
        access = [self.actor_role, self.actor_unit, self.on_behalf_of_id and str(self.on_behalf_of_id)]
        access += [self.purpose, self.reason]
        content = json.dumps(
            [
                self.municipality_id,
                self.sequence_number,
                self.occurred_at.timestamp(),
                self.tag,
                self.actor_kind,
                self.actor_id,
                self.actor_name,
                self.subject_type,
                str(self.subject_id),
                str(self.about_person_id),
                self.details,
                *([access] if any(fact is not None for fact in access) else []),
            ],
            sort_keys=True,
            ensure_ascii=True,
        )
        return hashlib.sha256(previous + content.encode()).digest()


class AuditChain(Base):
    """The newest link of a municipality's chain; its row lock puts concurrent events in one order."""

    __tablename__ = "audit_chain"

    municipality_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("municipality.id"), primary_key=True, default=current_municipality_id
    )
    sequence_number: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[bytes] = mapped_column(LargeBinary, default=bytes(32))
