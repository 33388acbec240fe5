"""Home-care visits as relatives may see them, the reports that they are settled from, and what we know of the sources.

Nothing clinical is stored, and no employee unless the municipality and the care recipient say so: `visits.fhir` picks
what may be kept, element by element.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock
from citizen_portal.db import Base, tenant_foreign_key, term_column
from citizen_portal.tenancy.models import TenantScoped
from citizen_portal.visits.reports import (
    CancelledBy,
    ReportKind,
    Version,
    VisitorRole,
    VisitStatus,
    outcome_of,
    plan_and_event,
    settled_status,
)


class ShownStatus(StrEnum):
    """What a relative reads. An open visit whose time has passed is "not signed off yet": neither good news nor bad."""

    DONE = "done"
    ARRIVED = "arrived"
    ON_THE_WAY = "on_the_way"
    PLANNED = "planned"
    NOT_SIGNED_OFF = "not_signed_off"
    NOT_HOME = "not_home"
    CANCELLED = "cancelled"
    MISSED = "missed"
    """Nobody has told of it, and no late sign-off is likely to come any more."""


SIGN_OFF_MAY_COME_FOR: Final = timedelta(hours=24)
"""How late a phone that was without coverage may still tell: until then a visit is not missed, only not signed off."""


class Visit(TenantScoped, Base):
    """One home-care visit (besøk). `care_recipient_id` is empty while it is held: nobody sees a held visit."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("municipality_id", "consumer", "identifier_system", "identifier_value"),
        tenant_foreign_key("care_recipient_id", "person"),
        tenant_foreign_key("unit_id", "unit"),
        Index(None, "municipality_id", "care_recipient_id", "occurs_at"),
        Index("ix_visit_unit_day", "municipality_id", "unit_id", "occurs_at", "id"),
        Index("ix_visit_unsettled", "municipality_id", "occurs_at",
              postgresql_where=text("status NOT IN ('done', 'entered_in_error')")),
        CheckConstraint("planned_end_at >= planned_start_at", name="ends_after_start"),
    )  # fmt: skip

    consumer: Mapped[str] = mapped_column(Text)
    """Organisation number that the source system pushes for."""
    identifier_system: Mapped[str] = mapped_column(Text)
    identifier_value: Mapped[str] = mapped_column(Text)
    care_recipient_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    provider: Mapped[str | None] = mapped_column(Text)
    """Organisation number of who carries it out."""
    service: Mapped[str | None] = mapped_column(Text)
    """In plain words: «Morgenstell»."""
    status: Mapped[VisitStatus] = term_column(VisitStatus, "status", length=16)
    planned_start_at: Mapped[datetime | None]
    planned_end_at: Mapped[datetime | None]
    occurs_at: Mapped[datetime | None]
    """Where it stands in the day: the planned start, else the actual one."""
    updated_at: Mapped[datetime]
    """When it last changed whether and when it takes place; that its words change makes no cancellation a late one."""
    cancelled_by: Mapped[CancelledBy | None] = term_column(CancelledBy, "cancelled_by", length=16)
    visitor_role: Mapped[VisitorRole | None] = term_column(VisitorRole, "visitor_role")
    """Of who came, else of who is to come."""
    visitor_name: Mapped[str | None] = mapped_column(Text)
    """Only where `visits.names` allows it."""
    patient_note: Mapped[str | None] = mapped_column(Text)
    """Words to the care recipient, marked as such by the sender."""

    @property
    def is_held(self) -> bool:
        """Whether it is kept back because we do not know whose visit it is, or its reports disagree on that."""
        return self.care_recipient_id is None and self.status is not VisitStatus.ENTERED_IN_ERROR

    def settle(self, reports: Sequence["VisitReport"]) -> None:
        """Make this visit what its reports say."""
        before = self._standing()
        plan, event = plan_and_event(reports)
        outcome = outcome_of(reports)
        self.status = settled_status(plan.status if plan else None, outcome.status if outcome else None)
        planned = plan or (event if event and event.status not in (VisitStatus.ARRIVED, VisitStatus.DONE) else None)
        self.planned_start_at, self.planned_end_at = (planned.starts_at, planned.ends_at) if planned else (None, None)
        self.occurs_at = self.planned_start_at or (event.starts_at if event else None)
        sources = [source for source in (plan, event) if source]
        self.service = next((source.service for source in sources if source.service), None)
        self.provider = next((source.provider for source in sources if source.provider), None)
        self.unit_id = next((source.unit_id for source in sources if source.unit_id), None)
        self.care_recipient_id = _agreed_recipient(reports)
        self.cancelled_by = plan.cancelled_by if plan and self.status is VisitStatus.CANCELLED else None
        self.visitor_role = next((source.visitor_role for source in reversed(sources) if source.visitor_role), None)
        self.visitor_name = next((source.visitor_name for source in reversed(sources) if source.visitor_name), None)
        self.patient_note = plan.patient_note if plan else None
        if before != self._standing():
            self.updated_at = clock.now()

    def shown_status(self, at: datetime) -> ShownStatus:
        """What a relative reads at an instant."""
        is_open = self.status in (VisitStatus.PLANNED, VisitStatus.ON_THE_WAY, VisitStatus.ARRIVED)
        expected_by = self.planned_end_at or self.occurs_at
        if is_open and expected_by is not None and expected_by < at:
            is_there_today = clock.to_oslo(expected_by).date() == clock.to_oslo(at).date()
            if self.status is VisitStatus.PLANNED and expected_by + SIGN_OFF_MAY_COME_FOR < at:
                return ShownStatus.MISSED
            if self.status is not VisitStatus.ARRIVED or not is_there_today:
                return ShownStatus.NOT_SIGNED_OFF
        return ShownStatus(self.status.value)

    def _standing(self) -> tuple[object, ...]:
        return self.status, self.planned_start_at, self.planned_end_at, self.occurs_at, self.care_recipient_id


class VisitReport(TenantScoped, Base):
    """The newest report of a resource of a source system, a plan or an event; or what nurses signed off here."""

    __tablename__ = "visit_report"
    __table_args__ = (
        UniqueConstraint("municipality_id", "consumer", "kind", "identifier_system", "identifier_value"),
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
        tenant_foreign_key("care_recipient_id", "person"),
        tenant_foreign_key("unit_id", "unit"),
        Index(None, "municipality_id", "visit_id"),
        Index(None, "municipality_id", "held_for", postgresql_where=text("held_for IS NOT NULL")),
        Index("ix_visit_report_changed", "municipality_id", "changed_at", "id", "consumer", "kind"),
        CheckConstraint("ends_at >= starts_at", name="ends_after_start"),
    )

    consumer: Mapped[str] = mapped_column(Text)
    kind: Mapped[ReportKind] = term_column(ReportKind, "kind", length=16)
    identifier_system: Mapped[str] = mapped_column(Text)
    identifier_value: Mapped[str] = mapped_column(Text)
    visit_id: Mapped[UUID]
    care_recipient_id: Mapped[UUID | None]
    held_for: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Keyed hash of the patient's identifier while the municipality does not know the person."""
    status: Mapped[VisitStatus] = term_column(VisitStatus, "status", length=16)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    service: Mapped[str | None] = mapped_column(Text)
    provider: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[UUID | None]
    source_updated_at: Mapped[datetime | None]
    source_version: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    """When what the source finds of it here last changed, by its own push. What citizens ask of it is found apart."""
    cancelled_by: Mapped[CancelledBy | None] = term_column(CancelledBy, "cancelled_by", length=16)
    visitor_role: Mapped[VisitorRole | None] = term_column(VisitorRole, "visitor_role")
    visitor_name: Mapped[str | None] = mapped_column(Text)
    patient_note: Mapped[str | None] = mapped_column(Text)

    @property
    def version(self) -> Version:
        """Which version of the resource it is, as far as the source says."""
        return Version(self.source_updated_at, self.source_version)


class VisitReceipt(TenantScoped, Base):
    """Proof that a home-care visit took place (besøkskvittering)."""

    __tablename__ = "visit_receipt"
    __table_args__ = (
        UniqueConstraint("municipality_id", "visit_id"),
        tenant_foreign_key("visit_id", "visit", ondelete="CASCADE"),
        CheckConstraint("ended_at >= performed_at", name="ends_after_start"),
    )

    visit_id: Mapped[UUID]
    performed_at: Mapped[datetime]
    """When the nurse came, UTC."""
    ended_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    """When we learnt it: offline sign-offs arrive late."""


class VisitSource(TenantScoped, Base):
    """A source system that pushes visits, and when we last heard from it: a page is as fresh as this."""

    __tablename__ = "visit_source"
    __table_args__ = (UniqueConstraint("municipality_id", "consumer", "client_id"),)

    consumer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(Text)
    last_contact_at: Mapped[datetime]
    unit_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    """The units of whose visits it has told; one may stand twice."""


def _agreed_recipient(reports: Sequence[VisitReport]) -> UUID | None:
    """The one person whom all the sources' reports are about; None when one of them is held, or when they disagree."""
    sources = [r for r in reports if r.kind is not ReportKind.SIGN_OFF]  # which says how it went, not with whom
    counted = [r for r in sources if r.status is not VisitStatus.ENTERED_IN_ERROR] or sources
    recipients = {report.care_recipient_id for report in counted}
    return recipients.pop() if len(recipients) == 1 else None
