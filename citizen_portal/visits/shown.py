"""What a citizen sees of visits: a line for each, the people whom they are of, a day and a period."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from citizen_portal import clock
from citizen_portal.visits.following.models import Choice
from citizen_portal.visits.models import ShownStatus, Visit, VisitReceipt

_OPEN: Final = (ShownStatus.PLANNED, ShownStatus.ON_THE_WAY, ShownStatus.ARRIVED, ShownStatus.NOT_SIGNED_OFF)


class Contact(NamedTuple):
    """Whom to call about a visit."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit with its proof and who carries it out."""

    visit: Visit
    receipt: VisitReceipt | None
    unit: Contact | None
    unit_told_at: datetime | None = None
    """Since when the unit knows that it is not as planned, as long as that stands."""
    is_past_grace: bool = False
    """Whether the unit has had its time, so that followers are told."""

    @property
    def day(self) -> date | None:
        """The Norwegian day on which it stands."""
        return clock.to_oslo(self.visit.occurs_at).date() if self.visit.occurs_at else None

    @property
    def performed_at(self) -> datetime | None:
        """When somebody came, if we know."""
        return self.receipt.performed_at if self.receipt else None

    @property
    def status(self) -> ShownStatus:
        """What a relative reads now."""
        return self.visit.shown_status(clock.now())

    @property
    def is_left_open(self) -> bool:
        """Whether it is still to be told how it went, or the unit still looks into what went wrong."""
        return self.unit_told_at is not None or self.status in _OPEN


@dataclass(frozen=True, slots=True)
class FollowedPerson:
    """Somebody whose visits the actor may see: herself or a person she follows."""

    id: UUID
    name: str
    is_self: bool
    relation: str | None = None
    """What the person is to the actor (`Representation.relation`), if it is registered."""
    choice: Choice = Choice.DEVIATIONS
    """What the actor is told of her visits."""
    is_decided_for: bool = True
    """Whether the actor decides who follows her visits."""


class DayOfVisits(NamedTuple):
    """One person's visits of today, and when the sources were last heard from."""

    person: FollowedPerson
    lines: list[VisitLine]
    """First those of yesterday that are left open."""
    last_contact_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitPeriod:
    """The visits of one person in a period of days, and when the source was last heard from."""

    person: FollowedPerson
    people: Sequence[FollowedPerson]
    """Everybody whose visits the actor may see, the person included."""
    first: date
    last: date
    lines: Sequence[VisitLine]
    last_contact_at: datetime | None
    others_lines: Mapping[FollowedPerson, Sequence[VisitLine]]
    """The same of the others whom the actor follows, and of herself if she is visited."""
    left_open: Sequence[VisitLine] = ()
    """The person's visits of yesterday that are left open, in a period with today in it: the night is short."""

    @property
    def others(self) -> list[FollowedPerson]:
        """Everybody but the person: whom one can switch to."""
        return [person for person in self.people if person != self.person]

    def on(self, day: date) -> list[VisitLine]:
        """The visits of one day, in order."""
        return [line for line in self.lines if line.day == day]

    def counts_on(self, day: date, person: FollowedPerson | None = None) -> dict[ShownStatus, int]:
        """How many visits of the day have each status, in the order of `ShownStatus`; of another person if given."""
        lines = self.others_lines[person] if person else self.lines
        counts = Counter(line.status for line in lines if line.day == day)
        return {status: counts[status] for status in ShownStatus if counts[status]}

    def shown_on(self, day: date) -> list[VisitLine]:
        """What stands on the day's page: with today's, and before them, what is left open of yesterday's."""
        left_open = self.left_open if day == clock.today() else ()
        return [*left_open, *self.on(day)]

    def contacts_on(self, day: date) -> list[Contact]:
        """The units that carry out the visits on the day's page."""
        return list(dict.fromkeys(line.unit for line in self.shown_on(day) if line.unit))
