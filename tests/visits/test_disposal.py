"""Visits are a copy of the care record's, and are deleted when they have been kept long enough."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.config import Settings
from citizen_portal.identity.models import Person
from citizen_portal.jobs import run_worker
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits import disposal
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.sources.models import Rejection, SourceDay
from tests.visits.record import CareRecord, appointment, at, encounter


def _counts() -> tuple[int | None, ...]:
    with db.read_only() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table))
            for table in (Visit, VisitReport, VisitReceipt, Rejection, SourceDay)
        )


def _push_history(care_record: CareRecord, borghild: Person) -> None:
    number = borghild.national_id
    year_ago = clock.today().replace(year=2025)
    for name, day in (("old", year_ago - timedelta(days=1)), ("kept", year_ago), ("new", clock.today())):
        care_record.must_push(
            appointment(name, number, at("08:00", day), at("09:00", day)),
            encounter(name, number, at("08:12", day), at("08:31", day)),
        )
    care_record.must_push(
        encounter("without a time", number, at("08:00"), status="entered-in-error", period=..., subject=...)
    )


def test_what_is_older_than_twelve_months_is_deleted_and_counted(
    care_record: CareRecord, borghild: Person, in_ringebu: Municipality, settings: Settings
) -> None:
    _push_history(care_record, borghild)
    care_record.send(b"{")
    assert _counts() == (4, 7, 3, 1, 1)
    disposal.begin_night.func(timestamp=0)
    run_worker(settings, until_idle=True)
    assert _counts() == (3, 5, 2, 1, 1)
    with db.read_only() as session:
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.VISITS_DISPOSED.value)).all()
    assert {"visits": 1, "reports": 2, "receipts": 1} in [event.details for event in told]


def test_a_month_later_the_record_of_the_source_is_deleted_too(
    care_record: CareRecord, borghild: Person, in_ringebu: Municipality
) -> None:
    _push_history(care_record, borghild)
    care_record.send(b"{")
    with clock.frozen(clock.now() + timedelta(days=30)):
        disposal.dispose(municipality_id=in_ringebu.id)
        assert _counts()[3:] == (1, 1)
    with clock.frozen(clock.now() + timedelta(days=31)):
        disposal.dispose(municipality_id=in_ringebu.id)
        assert _counts()[3:] == (0, 0)


def test_a_unit_may_keep_its_visits_for_a_shorter_time(
    care_record: CareRecord, borghild: Person, unit_works_by: Callable[..., None], in_ringebu: Municipality
) -> None:
    unit_works_by(keep_months=6)
    first_kept = clock.today().replace(month=5)
    of_unit = {"serviceProvider": {"type": "Organization", "display": "Hjemmetjenesten"}}
    for name, day in (("old", first_kept - timedelta(days=1)), ("kept", first_kept)):
        times = at("08:12", day), at("08:31", day)
        care_record.must_push(
            encounter(f"{name} of the unit", borghild.national_id, *times, **of_unit),
            encounter(f"{name} of nobody known", borghild.national_id, *times),
        )
    disposal.dispose(municipality_id=in_ringebu.id)
    with db.read_only() as session:
        left = session.scalars(select(Visit.identifier_value).order_by(Visit.identifier_value)).all()
    assert left == ["kept of nobody known", "kept of the unit", "old of nobody known"]


def test_many_are_deleted_in_batches_and_the_neighbours_stay(
    care_record: CareRecord,
    borghild: Person,
    in_ringebu: Municipality,
    nord_fron: Municipality,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _push_history(care_record, borghild)
    with clock.frozen(clock.now() + timedelta(days=900)):
        disposal.dispose(municipality_id=nord_fron.id)
        assert _counts()[0] == 4
        monkeypatch.setattr(disposal, "AT_ONCE", 2)
        disposal.dispose(municipality_id=in_ringebu.id)
        assert _counts()[:3] == (0, 0, 0)
