"""Play stories in the order of time: each is a generator that yields the instant at which it wants to go on."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from random import Random

from citizen_portal import clock

Story = Iterator[datetime]


def play(stories: Iterable[Story], until: datetime) -> None:
    """Run all stories, whoever is first in time first, with time standing still at each moment; stop at `until`."""
    waiting: list[tuple[datetime, int, Story]] = []
    for number, story in enumerate(stories):
        _queue_next(waiting, number, story)
    while waiting and waiting[0][0] <= until:
        moment, number, story = heapq.heappop(waiting)
        with clock.frozen(moment):
            _queue_next(waiting, number, story)


def _queue_next(waiting: list[tuple[datetime, int, Story]], number: int, story: Story) -> None:
    moment = next(story, None)
    if moment is not None:
        heapq.heappush(waiting, (moment, number, story))


def office_hours(moment: datetime, randomness: Random) -> datetime:
    """A moment of the same or the next weekday between 08 and 15:30, when staff work."""
    local = clock.to_oslo(moment)
    day = local.date()
    while day.weekday() >= 5 or (day == local.date() and local.time() > time(15)):
        day += timedelta(days=1)
    minutes = randomness.randrange(8 * 60, 15 * 60 + 30)
    chosen = clock.from_oslo(datetime.combine(day, time(minutes // 60, minutes % 60)))
    return max(chosen, moment + timedelta(minutes=7))


def any_hour(moment: datetime, randomness: Random) -> datetime:
    """A moment of the same day between 07 and 22, when citizens write; never before `moment` itself."""
    minutes = randomness.randrange(7 * 60, 22 * 60)
    day = clock.to_oslo(moment).date()
    return max(clock.from_oslo(datetime.combine(day, time(minutes // 60, minutes % 60))), moment)
