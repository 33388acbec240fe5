"""Scoped reads of what citizens ask of their visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Citizen, Machine, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Person, Protection
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.changes.models import BEGUN, CALLED_OFF, ChangeKind, ChangeRequest, ChangeState
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from citizen_portal.visits.rules.models import CareRules
from citizen_portal.visits.rules.queries import rules_of
from citizen_portal.visits.shown import VisitPeriod

PAGE_SIZE: Final = 25
_LAST_FIRST: Final = (ChangeRequest.asked_at.desc(), ChangeRequest.id.desc())


@dataclass(frozen=True, slots=True)
class Changeable:
    """A visit, whose it is, who carries it out, and what is asked of it last."""

    visit: Visit
    recipient: Person
    unit: Unit | None
    rules: CareRules
    request: ChangeRequest | None

    @property
    def state(self) -> ChangeState | None:
        """How it stands with what is asked; None where nothing is."""
        return self.request.state_of(self.visit) if self.request else None

    @property
    def day(self) -> date | None:
        """The Norwegian day on which it stands."""
        return clock.to_oslo(self.visit.occurs_at).date() if self.visit.occurs_at else None

    @property
    def closes_at(self) -> datetime | None:
        """Until when it can be asked; None for a visit that is not planned."""
        starts_at = self.visit.planned_start_at
        if starts_at is None or self.visit.status is not VisitStatus.PLANNED:
            return None
        return starts_at - self.rules.notice

    @property
    def is_open(self) -> bool:
        """Whether somebody can ask now."""
        return self.closes_at is not None and clock.now() < self.closes_at and self.state is not ChangeState.ASKED


class Changes(NamedTuple):
    """The last request of each visit of which something is asked, by the visit's id."""

    requests: Mapping[UUID, ChangeRequest]


class OpenRequest(NamedTuple):
    """What waits for the unit's answer."""

    request: ChangeRequest
    visit: Visit
    recipient: Person


def changeable(session: Session, actor: Citizen, visit_id: UUID, *, lock: bool = False) -> Changeable:
    """A visit that the citizen may change: her own, or of somebody for whom she acts in health; not to follow only.

    With `lock` nobody else changes it until the transaction ends. Raises NotFound.
    """
    found = (
        select(Visit, Person, Unit)
        .join(Person, and_(Person.municipality_id == Visit.municipality_id, Person.id == Visit.care_recipient_id))
        .outerjoin(Unit, _of_unit())
        .where(
            Visit.municipality_id == current_municipality_id(),
            Visit.id == visit_id,
            Visit.status != VisitStatus.ENTERED_IN_ERROR,
            Person.protection == Protection.NONE,
            reach.reaches(actor, Person.id, Area.VISITS),
            reach.reaches(actor, Person.id, Area.HEALTH),
        )
    )
    row = session.execute(found.with_for_update(of=Visit) if lock else found).one_or_none()
    if row is None:
        raise NotFound
    reach.demand_level(actor, row.Person.id, Area.VISITS)
    request = session.scalar(_requests().where(ChangeRequest.visit_id == visit_id).limit(1))
    return Changeable(row.Visit, row.Person, row.Unit, _rules(session, row.Visit), request)


def changes_of(session: Session, actor: Citizen, period: VisitPeriod) -> Changes | None:
    """What is asked of the visits to come that are shown; None where the actor follows and may not change them."""
    now = clock.now()
    to_come = [line.visit.id for line in period.lines if line.visit.occurs_at and line.visit.occurs_at > now]
    if not to_come:
        return None
    of_visits = and_(
        ChangeRequest.municipality_id == Person.municipality_id, ChangeRequest.visit_id.in_(to_come)
    )  # fmt: skip
    found = session.execute(
        select(Person.id, ChangeRequest)
        .outerjoin(ChangeRequest, of_visits)
        .where(
            Person.municipality_id == current_municipality_id(),
            Person.id == period.person.id,
            reach.reaches(actor, Person.id, Area.HEALTH),
        )
        .order_by(*_LAST_FIRST)
    ).all()
    last: dict[UUID, ChangeRequest] = {}
    for _, request in found:
        if request is not None:
            last.setdefault(request.visit_id, request)
    return Changes(last) if found else None


def waiting(session: Session, actor: Staff, after: UUID | None = None) -> Sequence[OpenRequest]:
    """What waits for an answer from the employee's unit, the oldest first: a page after the one with the id `after`."""
    found = _of_unit_of(actor).where(*_is_waiting()).order_by(ChangeRequest.id).limit(PAGE_SIZE + 1)
    found = found.where(ChangeRequest.id > after) if after else found
    return [OpenRequest(*row) for row in session.execute(found)]


def waiting_one(session: Session, actor: Staff, request_id: UUID, *, lock: bool = False) -> OpenRequest:
    """One that the employee's unit may answer, or has. Raises NotFound."""
    found = _of_unit_of(actor).where(ChangeRequest.id == request_id)
    row = session.execute(found.with_for_update(of=Visit) if lock else found).one_or_none()
    if row is None:
        raise NotFound
    return OpenRequest(*row)


def answered_by_deed(session: Session) -> Sequence[tuple[ChangeRequest, Visit]]:
    """What is asked and the record system has answered by what it did, locked; `ChangeRequest.deed_of` tells how."""
    is_moved = and_(
        ChangeRequest.kind == ChangeKind.MOVE,
        Visit.planned_start_at.is_distinct_from(ChangeRequest.planned_start_at),
    )
    found = session.execute(
        select(ChangeRequest, Visit)
        .join(Visit, _of_visit())
        .where(
            ChangeRequest.municipality_id == current_municipality_id(),
            *_is_unanswered(),
            or_(Visit.status.in_((*CALLED_OFF, *BEGUN)), is_moved),
        )
        .order_by(ChangeRequest.id)
        .with_for_update(of=(ChangeRequest, Visit), skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(request, visit) for request, visit in found]


def asker_may_see(session: Session, request: ChangeRequest, recipient_id: UUID) -> bool:
    """Whether who asked may see the answer today: her own, or of somebody for whom she still acts in health."""
    acts = and_(
        Person.id.in_(reach.represented(request.asked_by_id, Area.VISITS)),
        Person.id.in_(reach.represented(request.asked_by_id, Area.HEALTH)),
    )
    found = select(Person.id).where(
        Person.municipality_id == current_municipality_id(),
        Person.id == recipient_id,
        Person.protection == Protection.NONE,
        or_(Person.id == request.asked_by_id, acts),
    )
    return session.scalar(found) is not None


def for_source(
    session: Session, actor: Machine, since: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[tuple[ChangeRequest, Visit]]:
    """What is asked of the source system's own visits, the oldest change first; one more than `limit` if there are."""
    key = tuple_(ChangeRequest.updated_at, ChangeRequest.id)
    found = (
        select(ChangeRequest, Visit)
        .join(Visit, _of_visit())
        .where(
            ChangeRequest.municipality_id == current_municipality_id(),
            Visit.consumer == actor.consumer,
            key > after if after else ChangeRequest.updated_at >= since,
        )
        .order_by(ChangeRequest.updated_at, ChangeRequest.id)
        .limit(limit + 1)
    )
    return [(request, visit) for request, visit in session.execute(found)]


def _requests() -> Select[ChangeRequest]:
    return (
        select(ChangeRequest).where(ChangeRequest.municipality_id == current_municipality_id()).order_by(*_LAST_FIRST)
    )


def _of_unit_of(actor: Staff) -> Select[ChangeRequest, Visit, Person]:
    """Of the unit's visits, and of those of no known unit: nobody shall take them for another's."""
    return (
        select(ChangeRequest, Visit, Person)
        .join(Visit, _of_visit())
        .join(Person, and_(Person.municipality_id == Visit.municipality_id, Person.id == Visit.care_recipient_id))
        .where(
            ChangeRequest.municipality_id == current_municipality_id(),
            or_(Visit.unit_id == actor.unit_id, Visit.unit_id.is_(None)),
            reach.reason_was_given(actor, Person.id),
        )
    )


def _is_waiting() -> tuple[ColumnElement[bool], ...]:
    """Neither withdrawn nor answered, nor done by the record system; the visit lies ahead.

    One that is to be cancelled and was moved instead is not answered by that.
    """
    return (
        *_is_unanswered(),
        Visit.status == VisitStatus.PLANNED,
        or_(ChangeRequest.kind == ChangeKind.CANCEL, Visit.planned_start_at == ChangeRequest.planned_start_at),
        Visit.planned_start_at > clock.now(),
    )


def _is_unanswered() -> tuple[ColumnElement[bool], ...]:
    return ChangeRequest.withdrawn_at.is_(None), ChangeRequest.answered_at.is_(None)


def _rules(session: Session, visit: Visit) -> CareRules:
    return rules_of(session, [visit.unit_id])[visit.unit_id]


def _of_visit() -> ColumnElement[bool]:
    return and_(Visit.municipality_id == ChangeRequest.municipality_id, Visit.id == ChangeRequest.visit_id)


def _of_unit() -> ColumnElement[bool]:
    return and_(Unit.municipality_id == Visit.municipality_id, Unit.id == Visit.unit_id)
