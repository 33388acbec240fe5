"""The chart of how weeks went: where its bars stand. The table beside it says the same in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from citizen_portal.visits.deviations.staff_queries import WeekCount

WIDTH: Final = 640
HEIGHT: Final = 220
_TOP, _BOTTOM, _BAR, _GAP = 30, 34, 28, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with the number above it."""

    x: int
    y: int
    height: int
    number: int
    is_second: bool

    @property
    def middle(self) -> int:
        """Where its number stands."""
        return self.x + _BAR // 2


@dataclass(frozen=True, slots=True)
class Chart:
    """Two bars for each week, late and missing, the oldest week first."""

    bars: Sequence[Bar]
    weeks: Sequence[tuple[int, int]]
    """Where each week's number stands, and the number."""
    base: int = HEIGHT - _BOTTOM
    bar_width: int = _BAR
    width: int = WIDTH
    height: int = HEIGHT


def chart_of(weeks: Sequence[WeekCount]) -> Chart:
    """The chart of the weeks, which come newest first. Bars are as high as the highest allows."""
    base, most = HEIGHT - _BOTTOM, max((max(week.late, week.missing) for week in weeks), default=0)
    bars, labels = [], []
    for place, week in enumerate(reversed(weeks)):
        middle = WIDTH * (2 * place + 1) // (2 * len(weeks))
        labels.append((middle, week.number))
        for number, x in ((week.late, middle - _BAR - _GAP // 2), (week.missing, middle + _GAP // 2)):
            height = (base - _TOP) * number // most if most else 0
            bars.append(Bar(x, base - height, height, number, is_second=x > middle))
    return Chart(bars, labels)
