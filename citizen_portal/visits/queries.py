"""Scoped reads of visits: a citizen reaches her own, and those of the people whom she may follow today."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    LargeBinary,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from citizen_portal import clock
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Person, Protection
from citizen_portal.identity.queries import relation_to
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.following.models import Choice, VisitFollowing
from citizen_portal.visits.models import ShownStatus, Visit, VisitReceipt, VisitReport, VisitSource
from citizen_portal.visits.reports import Identifier, Report, ReportKind, VisitStatus

_CONCERNS = (DeviationKind.LATE, DeviationKind.MISSING, DeviationKind.NOT_HOME)
"""What the unit looks into. What it has itself cancelled it need not be told of."""
ReportKey = tuple[ReportKind, Identifier]


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

    Without a person: the one whom the actor sees for, else the one with whom something is wrong that followers are told
    of, else the first by name whom she follows, else herself.

    Raises:
        NotFound: the person is neither the actor nor followed by her today.
    """
    query = _followed(actor, within(first, last))
    query = query.add_columns(_last_contact(), _choice_of(actor), reach.decides_for(actor, Person.id).label("decides"))
    rows = session.execute(query).all()
    people = list(dict.fromkeys(_person(row, actor) for row in rows))
    lines: dict[FollowedPerson, list[VisitLine]] = {each: [] for each in people}
    for row in rows:
        if row.Visit is not None:
            lines[_person(row, actor)].append(_line(row))
    person = next((p for p in people if p.id == (person_id or (actor.acting_for and actor.subject_id))), None)
    if person is None and person_id is None:
        concern = (p for p in people if any(line.is_past_grace for line in lines[p]))
        person = next(concern, people[0] if people else None)
    if person is None:
        raise NotFound
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


def neighbours_among(session: Session, organisation_numbers: Collection[str]) -> set[str]:
    """Those of the numbers that belong to other municipalities of the installation."""
    if not organisation_numbers:
        return set()
    return set(
        session.scalars(
            select(Municipality.organisation_number).where(
                Municipality.organisation_number.in_(organisation_numbers),
                Municipality.id != current_municipality_id(),
            )
        )
    )


def person_ids_by_hash(session: Session, hashes: Collection[bytes]) -> Mapping[bytes, UUID]:
    """Ids of the known ones among those people, by the look-up hash of their national id."""
    rows = session.execute(
        select(Person.national_id_hash, Person.id).where(
            Person.municipality_id == current_municipality_id(), Person.national_id_hash == _any(hashes, LargeBinary())
        )
    )
    return {row.national_id_hash: row.id for row in rows}


def unit_ids_by_name(session: Session) -> Mapping[str, UUID]:
    """The municipality's units by name in lower case."""
    rows = session.execute(select(Unit.name, Unit.id).where(Unit.municipality_id == current_municipality_id()))
    return {name.casefold(): unit_id for name, unit_id in rows}


def reports_by_key(session: Session, consumer: str, reports: Collection[Report]) -> dict[ReportKey, VisitReport]:
    """What is on file of the same resources."""
    found = session.scalars(
        select(VisitReport).where(
            VisitReport.municipality_id == current_municipality_id(),
            VisitReport.consumer == consumer,
            tuple_(VisitReport.kind, VisitReport.identifier_system, VisitReport.identifier_value).in_(
                _rows([r.kind.value for r in reports], *_identifiers(r.identifier for r in reports))
            ),
        )
    )
    return {(r.kind, Identifier(r.identifier_system, r.identifier_value)): r for r in found}


def visits_by_identifier(
    session: Session, consumer: str, identifiers: Collection[Identifier]
) -> dict[Identifier, Visit]:
    """The visits that the identifiers name."""
    found = session.scalars(
        select(Visit).where(
            Visit.municipality_id == current_municipality_id(),
            Visit.consumer == consumer,
            tuple_(Visit.identifier_system, Visit.identifier_value).in_(_rows(*_identifiers(identifiers))),
        )
    )
    return {Identifier(visit.identifier_system, visit.identifier_value): visit for visit in found}


def visits_with_reports(
    session: Session, visit_ids: Collection[UUID]
) -> list[tuple[Visit, list[VisitReport], VisitReceipt | None]]:
    """The visits with everything they are settled from."""
    reports: dict[UUID, list[VisitReport]] = {visit_id: [] for visit_id in visit_ids}
    for report in session.scalars(
        select(VisitReport).where(
            VisitReport.municipality_id == current_municipality_id(), VisitReport.visit_id == _any(visit_ids, Uuid())
        )
    ):
        reports[report.visit_id].append(report)
    rows = session.execute(
        select(Visit, VisitReceipt)
        .outerjoin(VisitReceipt, _of_visit())
        .where(Visit.municipality_id == current_municipality_id(), Visit.id == _any(visit_ids, Uuid()))
    )
    return [(visit, reports[visit.id], receipt) for visit, receipt in rows]


def _any(values: Collection[Any], of: TypeEngine[Any]) -> ColumnElement[Any]:
    """One of many values, as one parameter: hundreds of parameters would be slow to write and read."""
    return any_(bindparam(None, list(values), type_=ARRAY(of)))


def _rows(*columns: list[str]) -> Select[Any]:
    """Rows of text, each column of them as one parameter."""
    return select(*(func.unnest(bindparam(None, column, type_=ARRAY(Text))) for column in columns))


def _identifiers(identifiers: Iterable[Identifier]) -> tuple[list[str], list[str]]:
    found = list(identifiers)
    return [each.system for each in found], [each.value for each in found]


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
