"""Scoped reads of visits: a citizen reaches her own, and those of the people whom she may follow today."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Select,
    and_,
    case,
    func,
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
from citizen_portal.visits.following.models import Choice, VisitFollowing
from citizen_portal.visits.models import ShownStatus, Visit, VisitReceipt, VisitSource
from citizen_portal.visits.reports import VisitStatus

_CONCERNS = (DeviationKind.LATE, DeviationKind.MISSING, DeviationKind.NOT_HOME)
"""What the unit looks into. What it has itself cancelled it need not be told of."""


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

    def contacts_on(self, day: date) -> list[Contact]:
        """The units that carry out the day's visits."""
        return list(dict.fromkeys(line.unit for line in self.on(day) if line.unit))


def visits_between(session: Session, actor: Citizen, person_id: UUID | None, first: date, last: date) -> VisitPeriod:
    """A person's visits from `first` to `last` (Norwegian days, both included), loaded and authorised in one statement.

    Without a person: the one whom the actor sees for, else the first by name whom she follows, else herself.

    Raises:
        NotFound: the person is neither the actor nor followed by her today.
    """
    query = _followed(actor, within(first, last))
    query = query.add_columns(_last_contact(), _choice_of(actor), reach.decides_for(actor, Person.id).label("decides"))
    rows = session.execute(query).all()
    people = list(dict.fromkeys(_person(row, actor) for row in rows))
    person = next((p for p in people if p.id == (person_id or (actor.acting_for and actor.subject_id))), None)
    if person is None and person_id is None:
        person = people[0] if people else None
    if person is None:
        raise NotFound
    lines: dict[FollowedPerson, list[VisitLine]] = {each: [] for each in people}
    for row in rows:
        if row.Visit is not None:
            lines[_person(row, actor)].append(_line(row))
    own = lines.pop(person)
    others = {each: theirs for each, theirs in lines.items() if theirs or not each.is_self}
    return VisitPeriod(person, people, first, last, own, rows[0].last_contact_at, others)


def visits_of_day(session: Session, actor: Citizen, person_id: UUID, day: date) -> VisitPeriod:
    """A person's visits of a Norwegian day. Raises NotFound for a stranger."""
    return visits_between(session, actor, person_id, day, day)


def visits_today(session: Session, actor: Citizen) -> list[DayOfVisits]:
    """Today's visits of the citizen and of everyone she follows, in one statement. Who has none is left out."""
    today = clock.today()
    found: dict[FollowedPerson, DayOfVisits] = {}
    for row in session.execute(_followed(actor, within(today, today)).add_columns(_last_contact())):
        if row.Visit is not None:
            person = _person(row, actor)
            found.setdefault(person, DayOfVisits(person, [], row.last_contact_at)).lines.append(_line(row))
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
    """The people whom the actor may see, with those of their visits that are chosen.

    When somebody comes tells where she is: of a person with a protected address nobody sees a visit, not even she
    herself in a browser that others may look into. Her page is that of somebody without visits.
    """
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
        .outerjoin(
            Visit,
            and_(
                Visit.municipality_id == Person.municipality_id,
                Visit.care_recipient_id == Person.id,
                Visit.status != VisitStatus.ENTERED_IN_ERROR,
                Person.protection == Protection.NONE,
                chosen,
            ),
        )
        .outerjoin(VisitReceipt, _of_visit())
        .outerjoin(concern, true())
        .outerjoin(Unit, and_(Unit.municipality_id == Visit.municipality_id, Unit.id == Visit.unit_id))
        .where(
            Person.municipality_id == current_municipality_id(),
            reach.reaches(actor, Person.id, Area.VISITS),
        )
        .order_by(case((Person.id == actor.person_id, 1), else_=0), Person.name, Person.id, Visit.occurs_at, Visit.id)
    )


def within(first: date, last: date) -> ColumnElement[bool]:
    """Norwegian days as instants; the nights of 23 and 25 hours included."""
    start = clock.from_oslo(datetime.combine(first, time.min))
    end = clock.from_oslo(datetime.combine(last + timedelta(days=1), time.min))
    return and_(Visit.occurs_at >= start, Visit.occurs_at < end)


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
