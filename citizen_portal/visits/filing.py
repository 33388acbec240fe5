"""Filing what a push reports: all of it is read at once, put in order in memory, and written at once.

What a push takes is a few statements, however many reports it has.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import insert_many, new_id
from citizen_portal.identity.queries import national_id_hash
from citizen_portal.visits import on_file
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.names.queries import people_with_named_visitors
from citizen_portal.visits.on_file import Dossier
from citizen_portal.visits.reports import (
    Disposition,
    Identifier,
    Report,
    ReportKind,
    VisitStatus,
    outcome_of,
    supersedes,
)


@dataclass(slots=True)
class Filing:
    """The reports of one push beside what is on file of the same resources and the same visits."""

    consumer: str
    hashes: Mapping[str, bytes]
    people: Mapping[bytes, UUID]
    units: Mapping[str, UUID]
    named: set[UUID]
    """Those of the people whose visitors' names are kept."""
    dossiers: dict[UUID, Dossier]
    by_identifier: dict[Identifier, Dossier]
    filed: dict[on_file.ReportKey, VisitReport]
    new: list[VisitReport]
    told: dict[UUID, set[UUID]]
    """The people of whom the push tells something new, each with the visits."""
    ended_at: list[datetime]
    """When those visits ended that the push signs off."""

    @classmethod
    def prepare(cls, session: Session, consumer: str, reports: Sequence[Report], released: set[UUID]) -> "Filing":
        """Read all that filing the reports takes; `released` are visits to settle anew beside those of the push."""
        hashes = {report.patient: national_id_hash(report.patient) for report in reports if report.patient}
        people = on_file.person_ids_by_hash(session, hashes.values())
        tells_names = any(report.visitor_name for report in reports)
        tells_units = any(report.unit_name for report in reports)
        dossiers = on_file.dossiers(session, on_file.visits_of_push(session, consumer, reports) | released)
        own = [dossier for dossier in dossiers if dossier.visit.consumer == consumer]
        return cls(
            consumer=consumer,
            hashes=hashes,
            people=people,
            units=on_file.unit_ids_by_name(session) if tells_units else {},
            named=people_with_named_visitors(session, people.values()) if tells_names else set(),
            dossiers={dossier.visit.id: dossier for dossier in dossiers},
            by_identifier={dossier.identifier: dossier for dossier in own},
            filed={
                (report.kind, Identifier(report.identifier_system, report.identifier_value)): report
                for dossier in dossiers
                for report in dossier.reports
                if report.consumer == consumer
            },
            new=[],
            told={},
            ended_at=[],
        )

    def file(self, report: Report) -> tuple[Disposition, UUID]:
        """File a report that is newer than what is on file; what became of it, and the visit that it belongs to."""
        filed = self.filed.get((report.kind, report.identifier))
        patient_hash = self.hashes[report.patient] if report.patient else None
        digest = report.digest(patient_hash)
        disposition = _disposition(report, digest, filed)
        if disposition in (Disposition.UNCHANGED, Disposition.OUTDATED) and filed is not None:
            return disposition, filed.visit_id
        dossier = self._dossier(report.visit)
        if filed is None:
            filed = VisitReport(id=new_id(), consumer=self.consumer, kind=report.kind)
            filed.identifier_system, filed.identifier_value = report.identifier.system, report.identifier.value
            self.new.append(filed)
            dossier.reports.append(filed)
        elif filed.visit_id != dossier.visit.id:
            self.dossiers[filed.visit_id].reports.remove(filed)
            dossier.reports.append(filed)
        self._write(filed, report, dossier.visit.id, patient_hash)
        filed.digest, filed.received_at = digest, clock.now()
        filed.changed_at = filed.received_at
        return disposition, filed.visit_id

    def is_held(self, visit_id: UUID) -> bool:
        """Whether the visit is kept and shown to nobody, as it is settled now."""
        return self.dossiers[visit_id].visit.is_held

    def _dossier(self, identifier: Identifier) -> Dossier:
        """That of the visit with the identifier, begun where there is none."""
        found = self.by_identifier.get(identifier)
        if found is None:
            visit = Visit(
                id=new_id(),
                consumer=self.consumer,
                identifier_system=identifier.system,
                identifier_value=identifier.value,
            )
            found = Dossier(visit, [], None, is_new=True)
            self.by_identifier[identifier] = self.dossiers[visit.id] = found
        return found

    def _write(self, filed: VisitReport, report: Report, visit_id: UUID, patient_hash: bytes | None) -> None:
        filed.visit_id = visit_id
        filed.care_recipient_id = self.people.get(patient_hash) if patient_hash else None
        filed.held_for = patient_hash if filed.care_recipient_id is None else None
        if filed.care_recipient_id is not None:
            self.told.setdefault(filed.care_recipient_id, set()).add(visit_id)
        filed.status, filed.starts_at, filed.ends_at = report.status, report.starts_at, report.ends_at
        filed.service, filed.provider = report.service, report.provider
        filed.unit_id = self.units.get(report.unit_name.casefold()) if report.unit_name else None
        filed.source_updated_at, filed.source_version = report.version.updated_at, report.version.number
        filed.cancelled_by, filed.visitor_role = report.cancelled_by, report.visitor_role
        filed.visitor_name = report.visitor_name if filed.care_recipient_id in self.named else None
        filed.patient_note = report.patient_note
        if report.kind is ReportKind.EVENT and report.status is VisitStatus.DONE and report.starts_at:
            self.ended_at.append(report.ends_at or report.starts_at)


def settle(session: Session, dossiers: Collection[Dossier], new_reports: Sequence[VisitReport] = ()) -> None:
    """Make the visits and their receipts what the reports say, and write it with one statement for each table.

    A visit whose only report turned out to belong to another one is kept as entered in error, which nobody sees: what
    was told and asked of it is not forgotten, and not told again should the report come back. If it is new, it was
    never written.
    """
    settled = [dossier for dossier in dossiers if dossier.reports or not dossier.is_new]
    receipts = [receipt for dossier in settled if (receipt := _settle(session, dossier))]
    with session.no_autoflush:  # a visit stands before a report moves to it
        insert_many(session, [dossier.visit for dossier in settled if dossier.is_new])
    session.flush()
    insert_many(session, new_reports)
    insert_many(session, receipts)


def _settle(session: Session, dossier: Dossier) -> VisitReceipt | None:
    """A receipt stands as long as a report says that the visit was carried out; the receipt, if there was none."""
    dossier.visit.settle(dossier.reports)
    event = outcome_of(dossier.reports)
    if event is None or event.status is not VisitStatus.DONE or event.starts_at is None:
        if dossier.receipt is not None:
            session.delete(dossier.receipt)
        return None
    settled = dossier.receipt or VisitReceipt(id=new_id(), visit_id=dossier.visit.id, received_at=event.received_at)
    settled.performed_at, settled.ended_at = event.starts_at, event.ends_at
    return None if dossier.receipt else settled


def _disposition(report: Report, digest: bytes, filed: VisitReport | None) -> Disposition:
    if filed is None:
        return Disposition.CREATED
    if filed.digest == digest and filed.version == report.version:
        return Disposition.UNCHANGED
    is_newer = supersedes((report.version, report.status, digest), (filed.version, filed.status, filed.digest))
    return Disposition.UPDATED if is_newer else Disposition.OUTDATED
