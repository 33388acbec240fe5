"""Scoped reads of visits: a citizen reaches her own, and those of the people whom she may follow today."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Person, Protection
from citizen_portal.identity.queries import relation_to
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.deviations.queries import twin_of_visit
from citizen_portal.visits.following.models import Choice, VisitFollowing
from citizen_portal.visits.models import Visit, VisitReceipt, VisitSource
from citizen_portal.visits.reports import VisitStatus
from citizen_portal.visits.shown import Contact, DayOfVisits, FollowedPerson, VisitLine, VisitPeriod

_CONCERNS = (DeviationKind.LATE, DeviationKind.MISSING, DeviationKind.NOT_HOME)
"""What the unit looks into. What it has itself cancelled it need not be told of."""


def visits_between(session: Session, actor: Citizen, person_id: UUID | None, first: date, last: date) -> VisitPeriod:
    """A person's visits from `first` to `last` (Norwegian days, both included), loaded and authorised in one statement.

    With today come the visits of yesterday that are left open. Without a person: the one whom the actor sees for, else
    the one with whom something is wrong that followers are told of, else the first by name whom she follows, else
    herself.

    Raises:
        NotFound: the person is neither the actor nor followed by her today.
    """
    query = _followed(actor, _shown(first, last))
    query = query.add_columns(_last_contact(), _choice_of(actor), reach.decides_for(actor, Person.id).label("decides"))
    rows = session.execute(query).all()
    people = list(dict.fromkeys(_person(row, actor) for row in rows))
    loaded: dict[FollowedPerson, list[VisitLine]] = {each: [] for each in people}
    for row in rows:
        if row.Visit is not None:
            loaded[_person(row, actor)].append(_line(row))
    person = next((p for p in people if p.id == (person_id or (actor.acting_for and actor.subject_id))), None)
    if person is None and person_id is None:
        concern = (p for p in people if any(line.is_past_grace for line in loaded[p]))
        person = next(concern, people[0] if people else None)
    if person is None:
        raise NotFound
    left_open = [line for line in loaded[person] if _is_left_open(line)] if first <= clock.today() <= last else []
    lines = {each: [line for line in theirs if line.day and line.day >= first] for each, theirs in loaded.items()}
    own = lines.pop(person)
    others = {each: theirs for each, theirs in lines.items() if theirs or not each.is_self}
    return VisitPeriod(person, people, first, last, own, rows[0].last_contact_at, others, left_open)


def visits_of_day(session: Session, actor: Citizen, person_id: UUID, day: date) -> VisitPeriod:
    """A person's visits of a Norwegian day. Raises NotFound for a stranger."""
    return visits_between(session, actor, person_id, day, day)


def visits_today(session: Session, actor: Citizen) -> list[DayOfVisits]:
    """Today's visits of the citizen and of everyone she follows, and what is left open of yesterday's.

    It is one statement. Who has none is left out.
    """
    today = clock.today()
    found: dict[FollowedPerson, DayOfVisits] = {}
    for row in session.execute(_followed(actor, _shown(today, today)).add_columns(_last_contact())):
        line = _line(row) if row.Visit is not None else None
        if line is not None and (line.day == today or _is_left_open(line)):
            person = _person(row, actor)
            found.setdefault(person, DayOfVisits(person, [], row.last_contact_at)).lines.append(line)
    return list(found.values())


def count_held_visits(session: Session) -> int:
    """How many visits are held because the municipality does not know the patient, or the reports disagree on her."""
    held = session.scalar(
        select(func.count())
        .select_from(Visit)
        .where(
            Visit.municipality_id == current_municipality_id(),
            Visit.care_recipient_id.is_(None),
            Visit.status != VisitStatus.ENTERED_IN_ERROR,
        )
    )
    return held or 0


def _followed(
    actor: Citizen, chosen: ColumnElement[bool]
) -> Select[UUID, str, Visit, VisitReceipt, str, str, str | None]:
    """The people whom the actor may see, with those of their visits that are chosen."""
    concern = _concern()
    return (
        select(
            Person.id,
            Person.name,
            Visit,
            VisitReceipt,
            Unit.name.label("unit_name"),
            Unit.phone.label("unit_phone"),
            concern.c.unit_told_at,
            concern.c.is_past_grace,
            relation_to(actor.person_id, Area.VISITS).label("relation"),
        )
        .select_from(Person)
        .outerjoin(Visit, and_(_may_be_shown(), chosen))
        .outerjoin(VisitReceipt, _of_visit())
        .outerjoin(concern, true())
        .outerjoin(Unit, and_(Unit.municipality_id == Visit.municipality_id, Unit.id == Visit.unit_id))
        .where(
            Person.municipality_id == current_municipality_id(),
            reach.reaches(actor, Person.id, Area.VISITS),
        )
        .order_by(case((Person.id == actor.person_id, 1), else_=0), Person.name, Person.id, Visit.occurs_at, Visit.id)
    )


def _may_be_shown() -> ColumnElement[bool]:
    """Whether the visit is the person's, and one that she and those who follow her may see.

    When somebody comes tells where she is: of a person with a protected address nobody sees a visit, not even she
    herself in a browser that others may look into. Her page is that of somebody without visits. What two systems report
    is one visit: that of which more is told.
    """
    return and_(
        Visit.municipality_id == Person.municipality_id,
        Visit.care_recipient_id == Person.id,
        Visit.status != VisitStatus.ENTERED_IN_ERROR,
        Person.protection == Protection.NONE,
        twin_of_visit(clock.now()).is_(None),
    )


def within(first: date, last: date) -> ColumnElement[bool]:
    """Norwegian days as instants; the nights of 23 and 25 hours included."""
    return and_(Visit.occurs_at >= _midnight(first), Visit.occurs_at < _midnight(last + timedelta(days=1)))


def _shown(first: date, last: date) -> ColumnElement[bool]:
    """The days, and where today is the first of them what may be left open of yesterday."""
    if first != clock.today():
        return within(first, last)
    may_be_open = Visit.status.not_in((VisitStatus.DONE, VisitStatus.CANCELLED))
    return and_(within(first - timedelta(days=1), last), or_(Visit.occurs_at >= _midnight(first), may_be_open))


def _is_left_open(line: VisitLine) -> bool:
    return line.day == clock.today() - timedelta(days=1) and line.is_left_open


def _midnight(day: date) -> datetime:
    return clock.from_oslo(datetime.combine(day, time.min))


def _concern() -> FromClause:
    """What is wrong with the `Visit` of the enclosing query, so that its unit was told, and still stands."""
    return (
        select(
            func.min(Deviation.opened_at).label("unit_told_at"),
            func.bool_or(Deviation.tell_at <= clock.now()).label("is_past_grace"),
        )
        .where(
            Deviation.municipality_id == Visit.municipality_id,
            Deviation.visit_id == Visit.id,
            Deviation.closed_at.is_(None),
            Deviation.kind.in_(_CONCERNS),
        )
        .correlate(Visit)
        .lateral()
    )


def _choice_of(actor: Citizen) -> Label[Choice | None]:
    return (
        select(VisitFollowing.choice)
        .where(
            VisitFollowing.municipality_id == Person.municipality_id,
            VisitFollowing.care_recipient_id == Person.id,
            VisitFollowing.follower_id == actor.person_id,
        )
        .scalar_subquery()
        .label("choice")
    )


def _last_contact() -> Label[datetime]:
    return (
        select(func.max(VisitSource.last_contact_at))
        .where(VisitSource.municipality_id == current_municipality_id())
        .scalar_subquery()
        .label("last_contact_at")
    )


def _of_visit() -> ColumnElement[bool]:
    return and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id)


def _person(row: Any, actor: Citizen) -> FollowedPerson:
    is_self = row.id == actor.person_id
    choice = getattr(row, "choice", None) or Choice.DEVIATIONS
    return FollowedPerson(row.id, row.name, is_self, row.relation, choice, getattr(row, "decides", is_self))


def _line(row: Any) -> VisitLine:
    unit = Contact(row.unit_name, row.unit_phone) if row.unit_name else None
    return VisitLine(row.Visit, row.VisitReceipt, unit, row.unit_told_at, bool(row.is_past_grace))
