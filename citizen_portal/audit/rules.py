"""The rules by which a reading is unusual, as far as the event itself tells. Each is a small query over one CTE.

The figures are dated data: a reading is judged by those that held on its day.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Select,
    Time,
    Uuid,
    and_,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
    union_all,
)

from citizen_portal.audit.models import AuditEvent, Purpose
from citizen_portal.auth.actor import Role
from citizen_portal.db import current_municipality_id

_SATURDAY: Final = 6
"""ISO number of the first day of the weekend."""


class Rule(StrEnum):
    """Why a reading is looked at. A finding is a question, not an accusation."""

    OWN_CASE = "own-case"
    OWN_FAMILY = "own-family"
    OWN_NEIGHBOUR = "own-neighbour"
    OUT_OF_HOURS = "out-of-hours"
    MANY_PEOPLE = "many-people"
    OUTSIDE_UNIT = "outside-unit"
    EMERGENCY = "emergency"
    PROTECTED_PERSON = "protected-person"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is usual, from a day on until the next figures."""

    valid_from: date
    day_starts: time
    day_ends: time
    any_hour: frozenset[Role]
    """Who works around the clock."""
    most_people: int
    """So many different people may one employee read about …"""
    within: timedelta
    """… in so long a time."""


FIGURES: Final = (
    Figures(
        valid_from=date(2020, 1, 1),
        day_starts=time(6),
        day_ends=time(22),
        any_hour=frozenset({Role.NURSE}),
        most_people=30,
        within=timedelta(minutes=60),
    ),
)
"""Oldest first. New figures are added with their first day; old ones stay for the readings of their time."""


def figures_on(day: date) -> Figures:
    """The figures that hold on a day."""
    return next((figures for figures in reversed(FIGURES) if figures.valid_from <= day), FIGURES[0])


def staff_readings(start: datetime, end: datetime, unit_name: str | None = None) -> CTE:
    """What employees read about people in the period: every event of theirs that says for what purpose."""
    query = select(
        AuditEvent.sequence_number,
        AuditEvent.occurred_at,
        func.timezone("Europe/Oslo", AuditEvent.occurred_at).label("local"),
        cast(AuditEvent.actor_id, Uuid).label("staff_id"),
        AuditEvent.actor_name,
        AuditEvent.actor_role,
        AuditEvent.purpose,
        AuditEvent.about_person_id.label("person_id"),
        AuditEvent.details["outside_unit"].as_boolean().label("is_outside"),
    ).where(
        AuditEvent.municipality_id == current_municipality_id(),
        AuditEvent.occurred_at >= start,
        AuditEvent.occurred_at < end,
        AuditEvent.actor_kind == "staff",
        AuditEvent.purpose.is_not(None),
        AuditEvent.about_person_id.is_not(None),
    )
    if unit_name is not None:
        query = query.where(AuditEvent.actor_unit == unit_name)
    return query.cte("readings")


def _found_by(rule: Rule, readings: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The readings that meet the conditions, as the rule's findings."""
    return select(readings.c.sequence_number, literal(rule.value).label("rule")).where(*conditions)


def out_of_hours(readings: CTE) -> Select[Any]:
    """Before or after the day, or in a weekend, by somebody whose work has hours."""
    return _found_by(Rule.OUT_OF_HOURS, readings, or_(*(_outside(readings, figures) for figures in FIGURES)))


def pairs_in(readings: CTE) -> CTE:
    """Each employee and person there is in the readings, once."""
    return select(readings.c.staff_id, readings.c.actor_name, readings.c.person_id).distinct().cte("pairs")


def many_people(readings: CTE, pairs: CTE, figures: Figures) -> Select[Any]:
    """The reading with which an employee had read about more different people in a short time than is usual.

    A person counts from a reading until `within` after the last one that follows so closely; a sweep over those
    stretches, each +1 where it begins and -1 where it ends, tells how many people there are at any moment.
    """
    stretches = _stretches(readings, pairs, figures)
    begins = select(
        stretches.c.staff_id, stretches.c.starts_at.label("at"), literal(1).label("step"), stretches.c.sequence_number
    )
    ends = select(stretches.c.staff_id, stretches.c.ends_at, literal(-1), stretches.c.sequence_number)
    steps = union_all(begins, ends).subquery("steps")
    people = func.sum(steps.c.step).over(
        partition_by=steps.c.staff_id, order_by=(steps.c.at, steps.c.step, steps.c.sequence_number)
    )
    swept = select(steps.c.sequence_number, steps.c.step, people.label("people")).subquery("swept")
    return _found_by(Rule.MANY_PEOPLE, swept, swept.c.step == 1, swept.c.people == figures.most_people + 1)


def outside_unit(readings: CTE) -> Select[Any]:
    """Of a case that another unit has."""
    return _found_by(Rule.OUTSIDE_UNIT, readings, readings.c.is_outside)


def emergency(readings: CTE) -> Select[Any]:
    """Opened because life or health was said to be at stake."""
    return _found_by(Rule.EMERGENCY, readings, readings.c.purpose == Purpose.EMERGENCY.value)


def protected_person(readings: CTE) -> Select[Any]:
    """Of somebody whose address is protected."""
    return _found_by(Rule.PROTECTED_PERSON, readings, readings.c.purpose == Purpose.PROTECTED_PERSON.value)


def _outside(readings: CTE, figures: Figures) -> ColumnElement[bool]:
    later = [other.valid_from for other in FIGURES if other.valid_from > figures.valid_from]
    day, hour = cast(readings.c.local, Date), cast(readings.c.local, Time)
    roles = func.string_to_array(func.coalesce(readings.c.actor_role, ""), ",")
    return and_(
        day >= figures.valid_from,
        *(day < next_day for next_day in later[:1]),
        ~roles.op("&&", return_type=Boolean())(func.string_to_array(",".join(sorted(figures.any_hour)), ",")),
        or_(
            hour < figures.day_starts,
            hour >= figures.day_ends,
            extract("isodow", readings.c.local) >= _SATURDAY,
        ),
    )


def _stretches(readings: CTE, pairs: CTE, figures: Figures) -> Any:
    """For each employee and person: from a reading until `within` after the last that follows it that closely.

    Only of employees who read about so many people in the period at all; that spares most of the work.
    """
    within = figures.within
    people = func.count(pairs.c.person_id.distinct())
    busy = select(pairs.c.staff_id).group_by(pairs.c.staff_id).having(people > figures.most_people)
    before = func.lag(readings.c.occurred_at).over(
        partition_by=(readings.c.staff_id, readings.c.person_id),
        order_by=(readings.c.occurred_at, readings.c.sequence_number),
    )
    begun = select(
        readings.c.staff_id,
        readings.c.person_id,
        readings.c.occurred_at,
        readings.c.sequence_number,
        cast(func.coalesce(readings.c.occurred_at - before >= within, True), Integer).label("begins"),
    )
    marked = begun.where(readings.c.staff_id.in_(busy)).subquery("marked")
    number = func.sum(marked.c.begins).over(
        partition_by=(marked.c.staff_id, marked.c.person_id), order_by=(marked.c.occurred_at, marked.c.sequence_number)
    )
    numbered = select(marked, number.label("number")).subquery("numbered")
    return (
        select(
            numbered.c.staff_id,
            func.min(numbered.c.occurred_at).label("starts_at"),
            (func.max(numbered.c.occurred_at) + within).label("ends_at"),
            func.min(numbered.c.sequence_number).label("sequence_number"),
        )
        .group_by(numbered.c.staff_id, numbered.c.person_id, numbered.c.number)
        .subquery("stretches")
    )
