"""Use cases about visits: take in what a source system reports."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Machine
from citizen_portal.db import current_municipality_id, insert_many, new_id
from citizen_portal.errors import DomainError
from citizen_portal.identity.models import Person
from citizen_portal.identity.queries import national_id_hash
from citizen_portal.visits import queries
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.names.queries import people_with_named_visitors
from citizen_portal.visits.reports import (
    CancelledBy,
    Identifier,
    Report,
    ReportKind,
    VisitStatus,
    outcome_of,
    supersedes,
)
from citizen_portal.visits.sources import service as sources
from citizen_portal.visits.sources.units import note_units

_TURN = 7239009
"""First key of the advisory lock that lets one transaction at a time settle visits of a municipality."""

OURS: Final = "portal"
"""The consumer of reports that staff file here, and no source system pushes."""
UUID_SYSTEM: Final = "urn:ietf:rfc:3986"
"""FHIR's system of identifiers that are URIs, such as urn:uuid:…."""


class NeighbourClaimed(DomainError):
    """A report says that another municipality carries out the visit."""

    def __init__(self, organisation_numbers: Collection[str]) -> None:
        super().__init__()
        self.organisation_numbers = frozenset(organisation_numbers)


class Disposition(StrEnum):
    """What became of a report."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a report; one that is held is kept and shown to nobody."""

    disposition: Disposition
    visit_id: UUID
    is_held: bool


def wait_for_turn(session: Session) -> None:
    """Let whoever else takes in or settles visits of the municipality finish first, until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:turn, :id)"), {"turn": _TURN, "id": current_municipality_id()})


def receive(
    session: Session, actor: Machine, reports: Sequence[Report], organisation_numbers: Collection[str] = ()
) -> list[Outcome]:
    """Take in one push: file each report that is newer than what is on file, and settle its visit anew.

    `organisation_numbers` are all that the push mentions. Reports about people whom the municipality does not know are
    held until it does. The same push again changes nothing.

    Raises:
        NeighbourClaimed: one of the organisations is another municipality.
    """
    wait_for_turn(session)
    neighbours = queries.neighbours_among(session, organisation_numbers)
    if neighbours:
        raise NeighbourClaimed(neighbours)
    touched = _release_held(session)
    filing = _Filing.prepare(session, actor.consumer, reports)
    filed = [filing.file(report) for report in reports]
    session.flush()
    insert_many(session, filing.new)
    _forget(session, filing.begun - filing.touched)
    held = settle(session, touched | filing.touched)
    outcomes = [Outcome(disposition, visit_id, visit_id in held) for disposition, visit_id in filed]
    held_now = sum(outcome.is_held for outcome in outcomes)
    sources.note_push(session, actor, reports=len(reports), held=held_now, ended_at=filing.ended_at)
    audit.record(
        session,
        actor,
        EventTag.VISITS_PUSHED,
        consumer=actor.consumer,
        supplier=actor.supplier,
        held=held_now,
        dispositions=Counter(outcome.disposition.value for outcome in outcomes),
    )
    for person_id, visit_ids in sorted(filing.told.items()):  # for the access log of each
        audit.record(session, actor, EventTag.VISITS_RECEIVED, about_person_id=person_id, visits=len(visit_ids))
    news = {each.visit_id for each in outcomes if each.disposition in (Disposition.CREATED, Disposition.UPDATED)}
    if news:
        note_units(session, actor, news)
    return outcomes


def show_held(session: Session) -> None:
    """Show the held visits of those whom the municipality has come to know: their source may have no more to tell."""
    wait_for_turn(session)
    settle(session, _release_held(session))


def call_off(session: Session, visit: Visit, report_id: UUID) -> None:
    """File that the unit has called the visit off here, and settle it: a plan of ours beside the record system's."""
    report = VisitReport(
        id=report_id,
        consumer=OURS,
        kind=ReportKind.PLAN,
        identifier_system=UUID_SYSTEM,
        identifier_value=report_id.urn,
        visit_id=visit.id,
        care_recipient_id=visit.care_recipient_id,
        status=VisitStatus.CANCELLED,
        cancelled_by=CancelledBy.PATIENT,
        starts_at=visit.planned_start_at,
        ends_at=visit.planned_end_at,
        service=visit.service,
        provider=visit.provider,
        unit_id=visit.unit_id,
        digest=b"",
        received_at=clock.now(),
    )
    session.add(report)
    session.flush()
    settle(session, {visit.id})


@dataclass(slots=True)
class _Filing:
    """What filing a push takes, read in a few statements however many reports it has."""

    consumer: str
    hashes: Mapping[str, bytes]
    people: Mapping[bytes, UUID]
    units: Mapping[str, UUID]
    on_file: dict[queries.ReportKey, VisitReport]
    visits: dict[Identifier, Visit]
    new: list[VisitReport]
    begun: set[UUID]
    """The visits that the push is the first to name, in reports that may turn out to be outdated."""
    touched: set[UUID]
    told: dict[UUID, set[UUID]]
    """The people of whom the push tells something new, each with the visits."""
    named: set[UUID]
    """Those of the people whose visitors' names are kept."""
    ended_at: list[datetime]
    """When those visits ended that the push signs off."""

    @classmethod
    def prepare(cls, session: Session, consumer: str, reports: Sequence[Report]) -> "_Filing":
        hashes = {report.patient: national_id_hash(report.patient) for report in reports if report.patient}
        people = queries.person_ids_by_hash(session, hashes.values())
        tells_names = any(report.visitor_name for report in reports)
        filing = cls(
            consumer=consumer,
            hashes=hashes,
            people=people,
            units=queries.unit_ids_by_name(session),
            on_file=queries.reports_by_key(session, consumer, reports),
            visits=queries.visits_by_identifier(session, consumer, {report.visit for report in reports}),
            new=[],
            begun=set(),
            touched=set(),
            told={},
            named=people_with_named_visitors(session, people.values()) if tells_names else set(),
            ended_at=[],
        )
        new = {
            identifier: _unsettled(consumer, identifier)
            for identifier in {report.visit for report in reports} - set(filing.visits)
        }
        insert_many(session, list(new.values()))  # the visits first: reports refer to them
        filing.visits |= new
        filing.begun = {visit.id for visit in new.values()}
        return filing

    def file(self, report: Report) -> tuple[Disposition, UUID]:
        filed = self.on_file.get((report.kind, report.identifier))
        patient_hash = self.hashes[report.patient] if report.patient else None
        digest = report.digest(patient_hash)
        visit = self.visits[report.visit]
        disposition = Disposition.UPDATED
        if filed is None:
            filed = VisitReport(id=new_id(), consumer=self.consumer, kind=report.kind, visit_id=visit.id)
            filed.identifier_system, filed.identifier_value = report.identifier.system, report.identifier.value
            self.new.append(filed)
            disposition = Disposition.CREATED
        elif filed.digest == digest and filed.version == report.version:
            disposition = Disposition.UNCHANGED
        elif not supersedes((report.version, report.status, digest), (filed.version, filed.status, filed.digest)):
            disposition = Disposition.OUTDATED
        self.touched.add(filed.visit_id)
        if disposition in (Disposition.CREATED, Disposition.UPDATED):
            self.touched.add(visit.id)
            self._write(filed, report, visit, patient_hash)
            filed.digest, filed.received_at = digest, clock.now()
            filed.changed_at = filed.received_at
        return disposition, filed.visit_id

    def _write(self, filed: VisitReport, report: Report, visit: Visit, patient_hash: bytes | None) -> None:
        filed.visit_id = visit.id
        filed.care_recipient_id = self.people.get(patient_hash) if patient_hash else None
        filed.held_for = patient_hash if filed.care_recipient_id is None else None
        if filed.care_recipient_id is not None:
            self.told.setdefault(filed.care_recipient_id, set()).add(visit.id)
        filed.status, filed.starts_at, filed.ends_at = report.status, report.starts_at, report.ends_at
        filed.service, filed.provider = report.service, report.provider
        filed.unit_id = self.units.get(report.unit_name.casefold()) if report.unit_name else None
        filed.source_updated_at, filed.source_version = report.version.updated_at, report.version.number
        filed.cancelled_by, filed.visitor_role = report.cancelled_by, report.visitor_role
        filed.visitor_name = report.visitor_name if filed.care_recipient_id in self.named else None
        filed.patient_note = report.patient_note
        if report.kind is ReportKind.EVENT and report.status is VisitStatus.DONE and report.starts_at:
            self.ended_at.append(report.ends_at or report.starts_at)


def _unsettled(consumer: str, identifier: Identifier) -> Visit:
    return Visit(
        id=new_id(),
        consumer=consumer,
        identifier_system=identifier.system,
        identifier_value=identifier.value,
        status=VisitStatus.ENTERED_IN_ERROR,  # shown to nobody until it is settled, in this same transaction
        updated_at=clock.now(),
    )


def _release_held(session: Session) -> set[UUID]:
    """Give held reports to those whom the municipality has come to know; the visits concerned."""
    released = session.execute(
        update(VisitReport)
        .where(
            VisitReport.municipality_id == current_municipality_id(),
            VisitReport.held_for.is_not(None),
            Person.municipality_id == VisitReport.municipality_id,
            Person.national_id_hash == VisitReport.held_for,
        )
        .values(care_recipient_id=Person.id, held_for=None)
        .returning(VisitReport.visit_id)
        .execution_options(synchronize_session=False)
    )
    return set(released.scalars())


def _forget(session: Session, visit_ids: Collection[UUID]) -> None:
    """Forget visits that were begun and that no report belongs to."""
    if visit_ids:
        of_municipality = Visit.municipality_id == current_municipality_id()
        session.execute(delete(Visit).where(of_municipality, Visit.id.in_(visit_ids)))


def settle(session: Session, visit_ids: Iterable[UUID]) -> set[UUID]:
    """Settle the visits anew; those of them that are held.

    A visit whose only report turned out to belong to another one is kept as entered in error, which nobody sees: what
    was told and asked of it is not forgotten, and not told again should the report come back.
    """
    held, receipts = set(), []
    for visit, reports, receipt in queries.visits_with_reports(session, list(visit_ids)):
        visit.settle(reports)
        new_receipt = _settle_receipt(session, visit, reports, receipt)
        receipts += [new_receipt] if new_receipt else []
        if visit.is_held:
            held.add(visit.id)
    insert_many(session, receipts)
    return held


def _settle_receipt(
    session: Session, visit: Visit, reports: Sequence[VisitReport], receipt: VisitReceipt | None
) -> VisitReceipt | None:
    """A receipt stands as long as a report says that the visit was carried out; the receipt, if there was none."""
    event = outcome_of(reports)
    if event is None or event.status is not VisitStatus.DONE or event.starts_at is None:
        if receipt is not None:
            session.delete(receipt)
        return None
    settled = receipt or VisitReceipt(visit_id=visit.id, received_at=event.received_at)
    settled.performed_at, settled.ended_at = event.starts_at, event.ends_at
    return None if receipt else settled
