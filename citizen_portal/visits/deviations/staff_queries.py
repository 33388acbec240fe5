"""What a unit sees of its visits: what has gone wrong, all of a day, one visit, and how the weeks went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id, same_row
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.grounds import Ground, ground_of, leave
from citizen_portal.identity.models import Person, Protection
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.models import ShownStatus, Visit, VisitReceipt, VisitSource
from citizen_portal.visits.reports import VisitStatus

WEEKS: Final = 8
_ASKS_SOMETHING = Deviation.kind != bindparam("merged", DeviationKind.MERGED, literal_execute=True)
"""With the value in the SQL itself, so that PostgreSQL always sees that the partial index holds."""
_CALLED_OFF: Final = (VisitStatus.CANCELLED, VisitStatus.NOT_HOME)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list by time."""

    at: datetime
    id: UUID

    @property
    def as_text(self) -> str:
        """As it stands in a page's address."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}~{self.id}"

    @classmethod
    def from_text(cls, text: str) -> "Position":
        """The position that `as_text` wrote. Raises NotFound for anything else: such a page does not exist."""
        instant, _, row_id = text.partition("~")
        try:
            return cls(datetime.fromisoformat(instant).replace(tzinfo=UTC), UUID(row_id))
        except ValueError:
            raise NotFound from None


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A deviation as a line of the duty list."""

    deviation: Deviation
    visit: Visit | None
    """None for a silent source."""
    name: str | None
    """Of the care recipient; None where it is shown only after a reason is given, and for a silent source."""
    phone: str | None
    last_contact_at: datetime | None
    """With the silent source."""

    @property
    def position(self) -> Position:
        """Where the next page goes on after this line."""
        return Position(self.deviation.opened_at, self.deviation.id)


class DayFilter(StrEnum):
    """Which of a day's visits to see."""

    ALL = "all"
    NOT_SIGNED_OFF = "not_signed_off"
    DONE = "done"
    DEVIATIONS = "deviations"


@dataclass(frozen=True, slots=True)
class DayLine:
    """A visit as a line of the unit's day."""

    visit: Visit
    performed_at: datetime | None
    name: str

    @property
    def status(self) -> ShownStatus:
        """How it stands now."""
        return self.visit.shown_status(clock.now())

    @property
    def position(self) -> Position:
        """Where the next page goes on after this line."""
        assert self.visit.occurs_at is not None  # noqa: S101  it stands in a day
        return Position(self.visit.occurs_at, self.visit.id)


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A unit's day in numbers, and the services that it holds."""

    services: Sequence[str]
    visits: int
    due: int
    """How many should have been done by now; not those that were called off, nor one visit of two systems twice."""
    signed_off: int
    """How many of those are signed off."""

    @property
    def percent(self) -> int | None:
        """The share that is signed off, never rounded up to all; None when nothing is due."""
        return self.signed_off * 100 // self.due if self.due else None


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One visit with its deviations, and on what ground it is read."""

    visit: Visit
    performed_at: datetime | None
    person: Person
    deviations: Sequence[Deviation]
    ground: Ground

    @property
    def status(self) -> ShownStatus:
        """How it stands now."""
        return self.visit.shown_status(clock.now())

    @property
    def phone(self) -> str | None:
        """A phone number leads to where somebody is."""
        return None if self.person.is_protected else self.person.phone


@dataclass(frozen=True, slots=True)
class WeekCount:
    """How a week's visits went."""

    monday: date
    on_time: int
    late: int
    missing: int

    @property
    def number(self) -> int:
        """Of the week in its year."""
        return self.monday.isocalendar().week


def duty_list(session: Session, actor: Staff, *, after: Position | None = None, size: int) -> list[DutyLine]:
    """Up to `size` open deviations of the actor's unit, the oldest first, below `after`.

    A visit without a time was a mistake: the watch closes what is open about it within the minute.
    """
    query = (
        select(Deviation, Visit, _name(actor), _phone(), VisitSource.last_contact_at)
        .outerjoin(Visit, same_row(Visit, Deviation, Deviation.visit_id))
        .outerjoin(Person, same_row(Person, Deviation, Deviation.care_recipient_id))
        .outerjoin(VisitSource, same_row(VisitSource, Deviation, Deviation.source_id))
        .where(_is_on_duty_list(actor), or_(Deviation.visit_id.is_(None), Visit.occurs_at.is_not(None)))
        .order_by(Deviation.opened_at, Deviation.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(Deviation.opened_at, Deviation.id) > tuple_(after.at, after.id))
    return [DutyLine(*row) for row in session.execute(query)]


def count_of_open(session: Session, actor: Staff) -> int:
    """How many deviations stand on the unit's duty list."""
    return session.scalar(select(func.count()).select_from(Deviation).where(_is_on_duty_list(actor))) or 0


def day_list(
    session: Session,
    actor: Staff,
    day: date,
    *,
    wanted: DayFilter = DayFilter.ALL,
    service: str | None = None,
    after: Position | None = None,
    size: int,
) -> list[DayLine]:
    """Up to `size` visits of the unit's day, in the order of time, below `after`.

    When somebody with a protected address is visited stands on no list: it tells where she is.
    """
    query = (
        select(Visit, VisitReceipt.performed_at, Person.name)
        .join(Person, same_row(Person, Visit, Visit.care_recipient_id))
        .outerjoin(
            VisitReceipt, and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id)
        )
        .where(
            _of_day(actor, day),
            _is_wanted(wanted),
            Visit.service == service if service else true(),
            reach.reason_was_given(actor, Person.id),
        )
        .order_by(Visit.occurs_at, Visit.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(Visit.occurs_at, Visit.id) > tuple_(after.at, after.id))
    return [DayLine(*row) for row in session.execute(query)]


def day_summary(session: Session, actor: Staff, day: date) -> DaySummary:
    """The unit's day in numbers."""
    is_due = and_(_ends_at() <= clock.now(), Visit.status.not_in(_CALLED_OFF), ~_has((DeviationKind.MERGED,)))
    is_signed_off = and_(is_due, Visit.status == VisitStatus.DONE)
    rows = session.execute(
        select(Visit.service, func.count(), func.count().filter(is_due), func.count().filter(is_signed_off))
        .where(_of_day(actor, day))
        .group_by(Visit.service)
        .order_by(Visit.service)
    ).all()
    return DaySummary(
        services=[service for service, *_ in rows if service],
        visits=sum(row[1] for row in rows),
        due=sum(row[2] for row in rows),
        signed_off=sum(row[3] for row in rows),
    )


def visit_page(session: Session, actor: Staff, visit_id: UUID) -> VisitPage:
    """One visit of the actor's unit, with everything about it.

    Raises NotFound, or ReasonNeeded for the few who may handle a protected person.
    """
    row = session.execute(
        select(Visit, VisitReceipt.performed_at, Person, leave(actor, Person.id))
        .join(Person, same_row(Person, Visit, Visit.care_recipient_id))
        .outerjoin(
            VisitReceipt, and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id)
        )
        .where(
            Visit.municipality_id == current_municipality_id(),
            Visit.id == visit_id,
            _of_unit(actor, Visit.unit_id),
            reach.reason_was_given(actor, Person.id),
        )
    ).first()
    if row is None:
        recipient = select(Visit.care_recipient_id).where(
            Visit.municipality_id == current_municipality_id(), Visit.id == visit_id, _of_unit(actor, Visit.unit_id)
        )
        reach.demand_reason(session, actor, session.scalar(recipient))
        raise NotFound
    visit, performed_at, person, opened = row
    deviations = session.scalars(
        select(Deviation)
        .where(Deviation.municipality_id == current_municipality_id(), Deviation.visit_id == visit.id)
        .order_by(Deviation.opened_at.desc(), Deviation.id.desc())
    ).all()
    return VisitPage(visit, performed_at, person, deviations, ground_of(actor, visit.unit_id or actor.unit_id, opened))


def deviation_to_handle(session: Session, actor: Staff, deviation_id: UUID) -> tuple[Deviation, Visit]:
    """A deviation of one of the unit's visits, locked: two who handle it have one truth. Raises NotFound."""
    row = session.execute(
        select(Deviation, Visit)
        .join(Visit, same_row(Visit, Deviation, Deviation.visit_id))
        .where(
            Deviation.municipality_id == current_municipality_id(),
            Deviation.id == deviation_id,
            _of_unit(actor, Deviation.unit_id),
            reach.reason_was_given(actor, Deviation.care_recipient_id),
        )
        .with_for_update(of=Deviation)
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def weeks(session: Session, actor: Staff) -> list[WeekCount]:
    """How the unit's visits went in the last weeks, this one included, the newest first."""
    this_monday = clock.today() - timedelta(days=clock.today().weekday())
    mondays = [this_monday - timedelta(weeks=number) for number in range(WEEKS)]
    week = func.date_trunc("week", func.timezone("Europe/Oslo", Visit.occurs_at))
    was_late, is_missing = _has((DeviationKind.LATE, DeviationKind.MISSING)), _has((DeviationKind.MISSING,))
    is_done = Visit.status == VisitStatus.DONE
    rows = session.execute(
        select(
            week.label("week"),
            func.count().filter(is_done, ~was_late),
            func.count().filter(is_done, was_late),
            func.count().filter(~is_done, is_missing),
        )
        .where(
            Visit.municipality_id == current_municipality_id(),
            Visit.unit_id == actor.unit_id,
            Visit.occurs_at >= _midnight(mondays[-1]),
            Visit.occurs_at <= clock.now(),
            Visit.status != VisitStatus.ENTERED_IN_ERROR,
        )
        .group_by("week")
    )
    counts = {row[0].date(): row[1:] for row in rows}
    return [WeekCount(monday, *counts.get(monday, (0, 0, 0))) for monday in mondays]


def _has(kinds: Sequence[DeviationKind]) -> ColumnElement[bool]:
    """Whether the visit has a deviation of the kinds that was no mistake of the source."""
    return exists().where(
        Deviation.municipality_id == Visit.municipality_id,
        Deviation.visit_id == Visit.id,
        Deviation.kind.in_(kinds),
        Deviation.closed_as.is_distinct_from(Closing.CORRECTED),
    )


def _is_on_duty_list(actor: Staff) -> ColumnElement[bool]:
    return and_(
        Deviation.municipality_id == current_municipality_id(),
        _of_unit(actor, Deviation.unit_id),
        Deviation.closed_at.is_(None),
        _ASKS_SOMETHING,
    )


def _of_unit(actor: Staff, unit: Any) -> ColumnElement[bool]:
    """The actor's unit, and what is of no known unit: nobody shall take that for another's."""
    return or_(unit == actor.unit_id, unit.is_(None))


def _of_day(actor: Staff, day: date) -> ColumnElement[bool]:
    return and_(
        Visit.municipality_id == current_municipality_id(),
        Visit.unit_id == actor.unit_id,
        Visit.occurs_at >= _midnight(day),
        Visit.occurs_at < _midnight(day + timedelta(days=1)),
        Visit.care_recipient_id.is_not(None),
        Visit.status != VisitStatus.ENTERED_IN_ERROR,
    )


def _is_wanted(wanted: DayFilter) -> ColumnElement[bool]:
    match wanted:
        case DayFilter.NOT_SIGNED_OFF:
            return and_(_ends_at() <= clock.now(), Visit.status.not_in((*_CALLED_OFF, VisitStatus.DONE)))
        case DayFilter.DONE:
            return Visit.status == VisitStatus.DONE
        case DayFilter.DEVIATIONS:
            return exists().where(Deviation.municipality_id == Visit.municipality_id, Deviation.visit_id == Visit.id)
    return true()


def _ends_at() -> ColumnElement[datetime]:
    return func.coalesce(Visit.planned_end_at, Visit.occurs_at)


def _name(actor: Staff) -> ColumnElement[Any]:
    return case((reach.reason_was_given(actor, Person.id), Person.name))


def _phone() -> ColumnElement[Any]:
    """A phone number leads to where somebody is."""
    return case((Person.protection == Protection.NONE, Person.phone))


def _midnight(day: date) -> datetime:
    return clock.from_oslo(datetime.combine(day, time.min))
