"""Norway's clock, also in the nights in which it is changed."""

from datetime import UTC, date, datetime

import pytest

from citizen_portal import clock


def test_a_visit_at_half_past_midnight_is_on_norways_day() -> None:
    with clock.frozen(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 7, 1)


def test_the_hour_that_comes_twice_in_autumn_is_its_first() -> None:
    wall_clock = datetime.fromisoformat("2026-10-25T02:30")
    assert clock.from_oslo(wall_clock) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_without_zone_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="aware"):
        clock.to_oslo(datetime.fromisoformat("2026-03-02T09:00"))
