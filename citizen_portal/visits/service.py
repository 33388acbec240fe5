"""Use cases about visits: take in what a source system reports."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Machine
from citizen_portal.db import current_municipality_id, this_municipality
from citizen_portal.errors import DomainError
from citizen_portal.identity.models import Person
from citizen_portal.visits import filing, on_file
from citizen_portal.visits.models import Visit, VisitReport
from citizen_portal.visits.reports import (
    CancelledBy,
    Disposition,
    Report,
    ReportKind,
    VisitStatus,
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
    neighbours = on_file.neighbours_among(session, organisation_numbers)
    if neighbours:
        raise NeighbourClaimed(neighbours)
    push = filing.Filing.prepare(session, actor.consumer, reports, _release_held(session))
    filed = [push.file(report) for report in reports]
    filing.settle(session, push.dossiers.values(), push.new)
    outcomes = [Outcome(disposition, visit_id, push.is_held(visit_id)) for disposition, visit_id in filed]
    held_now = sum(outcome.is_held for outcome in outcomes)
    sources.note_push(session, actor, reports=len(reports), held=held_now, ended_at=push.ended_at)
    audit.record(
        session,
        actor,
        EventTag.VISITS_PUSHED,
        consumer=actor.consumer,
        supplier=actor.supplier,
        held=held_now,
        dispositions=Counter(outcome.disposition.value for outcome in outcomes),
    )
    for person_id, visit_ids in sorted(push.told.items()):  # for the access log of each
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


def _release_held(session: Session) -> set[UUID]:
    """Give held reports to those whom the municipality has come to know; the visits concerned."""
    return set(session.scalars(_releasing()))


@cache
def _releasing() -> ReturningUpdate[UUID]:
    """The statement of `_release_held`, built once: each push sends it."""
    return (
        update(VisitReport)
        .where(
            VisitReport.municipality_id == this_municipality(),
            VisitReport.held_for.is_not(None),
            Person.municipality_id == VisitReport.municipality_id,
            Person.national_id_hash == VisitReport.held_for,
        )
        .values(care_recipient_id=Person.id, held_for=None)
        .returning(VisitReport.visit_id)
        .execution_options(synchronize_session=False)
    )


def settle(session: Session, visit_ids: Collection[UUID]) -> None:
    """Settle the visits anew."""
    filing.settle(session, on_file.dossiers(session, visit_ids))
