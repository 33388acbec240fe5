"""Deliver a part of the archive to a depot."""

from contextlib import closing as closing_cursors
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, storage
from citizen_portal.archive.errors import InvalidPeriod
from citizen_portal.archive.noark5.package import (
    DepositPlan,
    DepositResult,
    EmptyPeriod,
    FileSource,
    Progress,
    make_deposit,
)
from citizen_portal.archive.noark5.records import Creator, FondsRecord, Stamp
from citizen_portal.archive.source import JournalSource, Period
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Actor
from citizen_portal.db import current_municipality_id
from citizen_portal.journal.errors import ArchiveNotSetUp
from citizen_portal.journal.models import ClassificationSystem, Fonds, Series
from citizen_portal.journal.terms import SeriesStatus
from citizen_portal.tenancy.models import Municipality


def export_deposit(
    session: Session,
    actor: Actor,
    *,
    start: date,
    end: date,
    out: Path,
    schemas: Path | None,
    progress: Progress | None = None,
    files: FileSource | None = None,
) -> DepositResult:
    """Write a Noark 5 deposit of the current municipality's journal from `start` to `end`, both included, into `out`.

    The session must be new and unused: it becomes one snapshot of the database, so that the extracts agree with each
    other while the portal is in use. What is still open is delivered as closed, see `source`. `schemas` is the folder
    with the official schemas. `record_export` belongs in a transaction before this, so that no export goes unrecorded.

    Raises:
        InvalidPeriod: the end is before the start, or the start in the future.
        EmptyPeriod: nothing was journaled in the period.
        ArchiveNotSetUp: the municipality has no active series.
        OutputExists: something is in the way at `out`.
        UnofficialSchema: a schema is missing or differs.
    """
    if end < start or start > clock.today():
        raise InvalidPeriod
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    closing = _closing(actor, end)
    fonds = _fonds(session, start, end, closing)
    with closing_cursors(JournalSource(session, Period(start, end), closing, fonds.classification_id)) as source:
        facts = source.facts()
        if facts is None:
            raise EmptyPeriod
        plan = DepositPlan(fonds, facts, *source.boundaries())
        return make_deposit(plan, source, files or storage.files(), schemas, out, progress or _silent)


def record_export(session: Session, actor: Actor, *, start: date, end: date) -> None:
    """Record that somebody takes a copy of the archive out of the portal."""
    audit.record(session, actor, EventTag.DEPOSIT_EXPORTED, start=start.isoformat(), end=end.isoformat())


def _closing(actor: Actor, end: date) -> Stamp:
    """The moment that the deposit closes what is open: now, or the period's last second if that has passed."""
    last_second = clock.from_oslo(datetime.combine(end, time(23, 59, 59)))
    return Stamp(min(clock.now(), last_second), actor.display_name)


def _fonds(session: Session, start: date, end: date, closing: Stamp) -> FondsRecord:
    found = session.execute(
        select(Fonds, Series, ClassificationSystem, Municipality)
        .join(Fonds, (Fonds.municipality_id == Series.municipality_id) & (Fonds.id == Series.fonds_id))
        .join(
            ClassificationSystem,
            (ClassificationSystem.municipality_id == Series.municipality_id)
            & (ClassificationSystem.id == Series.classification_system_id),
        )
        .join(Municipality, Municipality.id == Series.municipality_id)
        .where(Series.municipality_id == current_municipality_id(), Series.status == SeriesStatus.ACTIVE)
    ).one_or_none()
    if found is None:
        raise ArchiveNotSetUp
    fonds, series, system, municipality = found
    return FondsRecord(
        id=fonds.id,
        title=fonds.title,
        created=Stamp(fonds.created_at, fonds.created_by),
        closed=closing,
        creator=Creator(municipality.organisation_number, municipality.name),
        series_id=series.id,
        series_title=series.title,
        series_created=Stamp(series.created_at, series.created_by),
        start_date=start,
        end_date=end,
        classification_id=system.id,
        classification_title=system.title,
        classification_kind=system.kind,
        classification_created=Stamp(system.created_at, system.created_by),
    )


def _silent(_step: str, _done: int, _total: int) -> None:
    """Nobody wants to know."""
