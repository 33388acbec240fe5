"""A care record system that pushes its past, all at once: it is taken in, and nobody is alarmed by it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from citizen_portal import clock, db
from citizen_portal.identity.models import Person
from citizen_portal.notifications.models import Notice
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.following.telling import tell
from citizen_portal.visits.models import Visit
from tests.visits.record import CareRecord, Json, appointment, at, encounter

DAYS = range(1, 8)
"""The last of them is as far back as the watch looks."""


def _past(borghild: Person) -> list[Json]:
    """A week of visits: planned and never signed off, done, called off, and with nobody at home."""
    numbers = count()
    resources = []
    for days in DAYS:
        day = clock.today() - timedelta(days=days)
        for status in ("booked", "arrived", "fulfilled", "cancelled", "noshow"):
            number = f"{next(numbers)}"
            resources.append(
                appointment(number, borghild.national_id, at("08:00", day), at("09:00", day), status, "Morgenstell")
            )
        resources.append(encounter(f"{next(numbers)}", borghild.national_id, at("08:12", day), at("08:31", day)))
    return resources


def _watch_and_tell() -> None:
    with db.transaction() as session:
        watch(session)
    with db.transaction() as session:
        tell(session)


def test_the_past_opens_no_deviation_and_tells_nobody(
    care_record: CareRecord, borghild: Person, kari: Person, follows: Callable[..., Any]
) -> None:
    follows(kari, borghild)
    with db.read_only() as session:
        before = session.scalar(select(func.count()).select_from(Notice))
    care_record.must_push(*_past(borghild))
    for minutes in (0, 1, 30, 600):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            _watch_and_tell()
    with db.read_only() as session:
        opened = list(session.scalars(select(Deviation).where(Deviation.kind != DeviationKind.SOURCE_SILENT)))
        after = session.scalar(select(func.count()).select_from(Notice))
    assert opened == []
    assert after == before


def test_a_visit_that_we_knew_of_in_time_is_missing_a_week_later_too(care_record: CareRecord, borghild: Person) -> None:
    week_ago = clock.today() - timedelta(days=6)
    with clock.frozen(at("06:00", week_ago)):
        care_record.must_push(appointment("1", borghild.national_id, at("08:00", week_ago), at("09:00", week_ago)))
    care_record.must_push()
    _watch_and_tell()
    with db.read_only() as session:
        (deviation,) = session.scalars(select(Deviation))
    assert deviation.kind is DeviationKind.MISSING


def test_a_hundred_thousand_visits_fit_in_the_pushes_of_a_minute() -> None:
    allowed, _, period = LIMITS.pushes.partition(" per ")
    assert period == "minute"
    assert int(allowed) * LIMITS.entries >= 100_000


def test_the_largest_push_is_taken_in(care_record: CareRecord, borghild: Person) -> None:
    start = at("08:00") - timedelta(days=30)
    resources = [encounter(f"{n}", borghild.national_id, start, start) for n in range(LIMITS.entries)]
    assert set(care_record.must_push(*resources)) == {"201 Created"}
    with db.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == LIMITS.entries


class _Counted(BytesIO):
    """A body that remembers how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        """As the file."""
        found = super().read(size)
        self.taken += len(found)
        return found


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_that_says_how_large_it_is_is_refused_unread(care_record: CareRecord, method: str) -> None:
    body = _Counted(b" " * 50 * 1024 * 1024)
    path = "/api/fhir" if method == "POST" else "/api/fhir/Encounter?identifier=s|1"
    answer = care_record.client.open(
        path,
        method=method,
        input_stream=body,
        headers={
            "Authorization": f"Bearer {care_record.token()}",
            "Content-Type": "application/fhir+json",
            "Content-Length": str(50 * 1024 * 1024),
        },
    )
    assert answer.status_code == 413
    assert body.taken == 0
