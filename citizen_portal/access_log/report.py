"""The auditor's report: unusual readings, each with the rules that found it. Facts of the events, no case's content.

Every rule is a small query; `audit.rules` has those that the event alone tells, and here are those that ask who the
two people are to each other. One statement answers them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from citizen_portal import clock
from citizen_portal.access_log.models import AccessReview
from citizen_portal.audit import rules
from citizen_portal.audit.models import AuditEvent, Purpose
from citizen_portal.audit.rules import Rule
from citizen_portal.db import current_municipality_id
from citizen_portal.identity.models import Person, StaffMember

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant to before another."""

    start: datetime
    end: datetime

    @classmethod
    def last_days(cls, days: int) -> "Period":
        """So many days until now."""
        return cls(clock.now() - timedelta(days=days), clock.now() + timedelta(seconds=1))

    @classmethod
    def around(cls, instant: datetime) -> "Period":
        """Enough around an instant for every rule to see what it needs."""
        return cls(instant - timedelta(days=1), instant + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Finding:
    """An unusual reading. `person_name` is None where the name beside the rule would tell who is protected."""

    event: AuditEvent
    rules: Sequence[Rule]
    person_name: str | None
    review: AccessReview | None


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which findings an auditor wants to see."""

    unit_name: str | None = None
    rule: Rule | None = None
    is_reviewed: bool | None = False


def findings(
    session: Session, period: Period, wanted: ReportFilter, *, before: int | None = None, size: int = PAGE_SIZE
) -> list[Finding]:
    """Up to `size` unusual readings of the period, newest first, in one statement."""
    query = _findings(period, wanted).order_by(AuditEvent.sequence_number.desc()).limit(size)
    if before is not None:
        query = query.where(AuditEvent.sequence_number < before)
    return [_finding(*row) for row in session.execute(query)]


def finding(session: Session, event: AuditEvent) -> Finding | None:
    """The event as the rules see it; None where none finds it."""
    query = _findings(Period.around(event.occurred_at), ReportFilter(is_reviewed=None))
    row = session.execute(query.where(AuditEvent.sequence_number == event.sequence_number)).one_or_none()
    return None if row is None else _finding(*row)


def _findings(period: Period, wanted: ReportFilter) -> Select[Any]:
    readings = rules.staff_readings(period.start, period.end, wanted.unit_name)
    found = union_all(*_queries(readings, period)).subquery("found")
    each = select(found.c.sequence_number, func.array_agg(found.c.rule.distinct()).label("rules"))
    if wanted.rule is not None:
        each = each.having(func.bool_or(found.c.rule == wanted.rule.value))
    unusual = each.group_by(found.c.sequence_number).subquery("unusual")
    query = (
        select(AuditEvent, unusual.c.rules, Person.name, AccessReview)
        .join(unusual, unusual.c.sequence_number == AuditEvent.sequence_number)
        .join(Person, _same(Person, AuditEvent.about_person_id))
        .outerjoin(
            AccessReview,
            and_(
                AccessReview.municipality_id == AuditEvent.municipality_id,
                AccessReview.sequence_number == AuditEvent.sequence_number,
            ),
        )
        .where(AuditEvent.municipality_id == current_municipality_id())
    )
    if wanted.is_reviewed is None:
        return query
    return query.where(AccessReview.id.is_not(None) if wanted.is_reviewed else AccessReview.id.is_(None))


def _queries(readings: CTE, period: Period) -> list[Select[Any]]:
    pairs = rules.pairs_in(readings)
    return [
        _of_acquaintances(readings, pairs),
        rules.out_of_hours(readings),
        rules.many_people(readings, pairs, rules.figures_on(clock.to_oslo(period.end).date())),
        rules.outside_unit(readings),
        rules.emergency(readings),
        rules.protected_person(readings),
    ]


def _of_acquaintances(readings: CTE, pairs: CTE) -> Select[Any]:
    """The readings about those whom the employee may know from elsewhere.

    Each pair of two people is judged once, however many readings there are: a name is costly to take apart.
    """
    known = union_all(_own_case(pairs), _own_family(pairs), _own_neighbour(pairs)).cte("known")
    known = known.prefix_with("MATERIALIZED")  # judged once, whatever the planner believes about the number of rows
    same_pair = and_(*(readings.c[column.name] == column for column in known.c if column.name in pairs.c))
    return select(readings.c.sequence_number, known.c.rule).join_from(readings, known, same_pair)


def _pairs_of(rule: Rule, pairs: CTE) -> Select[Any]:
    return select(*pairs.c, literal(rule.value).label("rule"))


def _own_case(pairs: CTE) -> Select[Any]:
    """The employee is the person, where it is known who the employee is as a citizen."""
    query = _pairs_of(Rule.OWN_CASE, pairs).join(StaffMember, _same(StaffMember, pairs.c.staff_id))
    return query.where(StaffMember.person_id == pairs.c.person_id)


def _own_family(pairs: CTE) -> Select[Any]:
    """Employee and person share a family name: perhaps a relative, perhaps chance."""
    query = _pairs_of(Rule.OWN_FAMILY, pairs).join(Person, _same(Person, pairs.c.person_id))
    return query.where(_family_name(pairs.c.actor_name) == _family_name(Person.name))


def _own_neighbour(pairs: CTE) -> Select[Any]:
    """Employee and person live at the same address, where both addresses are known."""
    at_home = aliased(Person)
    return (
        _pairs_of(Rule.OWN_NEIGHBOUR, pairs)
        .join(StaffMember, _same(StaffMember, pairs.c.staff_id))
        .join(at_home, _same(at_home, StaffMember.person_id))
        .join(Person, _same(Person, pairs.c.person_id))
        .where(at_home.id != pairs.c.person_id, at_home.address_hash == Person.address_hash)
    )


def _family_name(name: Any) -> ColumnElement[str]:
    return func.lower(func.regexp_replace(func.btrim(name), "^.* ", ""))


def _same(table: Any, column: Any) -> ColumnElement[bool]:
    return and_(table.municipality_id == current_municipality_id(), table.id == column)


def _finding(event: AuditEvent, found_by_rules: list[str], name: str, review: AccessReview | None) -> Finding:
    is_protected = event.purpose == Purpose.PROTECTED_PERSON.value
    rules_in_order = [rule for rule in Rule if rule.value in found_by_rules]
    return Finding(event, rules_in_order, None if is_protected else name, review)
