"""The only module that reads time. Instants are aware UTC; dates are the calendar dates of Norway."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

OSLO = ZoneInfo("Europe/Oslo")

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _frozen_at.get() or datetime.now(UTC)


def today() -> date:
    """Today's date in Norway (Europe/Oslo)."""
    return to_oslo(now()).date()


def to_oslo(instant: datetime) -> datetime:
    """The same instant on a Norwegian wall clock. Raises ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware")
    return instant.astimezone(OSLO)


def from_oslo(wall_clock: datetime) -> datetime:
    """The UTC instant of a naive Norwegian wall-clock time; the first one in the repeated hour of autumn."""
    return wall_clock.replace(tzinfo=OSLO).astimezone(UTC)


@contextmanager
def frozen(instant: datetime) -> "Iterator[None]":
    """Let time stand still at `instant`: for seeding history in the demo and for tests."""
    token = _frozen_at.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
