"""Pauses of the answer time, as the timeline keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Wait:
    """A time in which the answer time stood still because we waited for the citizen."""

    from_date: date
    to_date: date

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> "Wait | None":
        """The pause that an event's facts tell of."""
        if "waited_from" not in facts:
            return None
        return cls(date.fromisoformat(facts["waited_from"]), date.fromisoformat(facts["waited_to"]))

    @property
    def days(self) -> int:
        """By how many days the answer may come later."""
        return (self.to_date - self.from_date).days

    @property
    def facts(self) -> dict[str, str]:
        """As the timeline keeps it."""
        return {"waited_from": self.from_date.isoformat(), "waited_to": self.to_date.isoformat()}
