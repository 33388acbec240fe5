"""Scoped reads of a unit's round: a nurse reaches the visits of the unit that she works in.

Of somebody with a protected address none is there, unless the nurse is one of the few and has just said why.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.grounds import Ground, ground_of, leave
from citizen_portal.identity.models import Person
from citizen_portal.visits.models import ShownStatus, Visit, VisitReceipt, VisitReport
from citizen_portal.visits.queries import within
from citizen_portal.visits.reports import ReportKind, VisitStatus
from citizen_portal.visits.rounds.models import FARTHEST_FROM_PLAN, UNDO_FOR, RoundStop, VisitSignOff

MOST_STOPS: Final = 300
"""More than one unit drives in a day; a list that is longer would not help anybody at a door."""
_SHIFT: Final = timedelta(hours=8)
"""So long a visit stays in the round when midnight passes: who came at 23:50 signs off after it."""
_OPEN: Final = (VisitStatus.PLANNED, VisitStatus.ON_THE_WAY, VisitStatus.ARRIVED)


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit as it stands in the round."""

    visit: Visit
    recipient: str
    """The care recipient's name."""
    stands_at: datetime
    receipt: VisitReceipt | None
    undoable: VisitSignOff | None
    """The nurse's own sign-off of the last minutes."""
    ground: Ground
    """On what ground the nurse reads about the care recipient."""

    @property
    def status(self) -> ShownStatus:
        """What can be read now."""
        return self.visit.shown_status(clock.now())

    @property
    def is_open(self) -> bool:
        """Whether it is still to be signed off."""
        return self.visit.status in _OPEN

    @property
    def came_late_to_us(self) -> bool:
        """Whether we learnt of it a good while after it happened: from a phone without coverage."""
        receipt = self.receipt
        return receipt is not None and receipt.received_at - receipt.performed_at > timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Round:
    """The visits of one unit today, in the order in which it drives."""

    stops: Sequence[Stop]

    @property
    def to_do(self) -> list[Stop]:
        """Those that are still to be signed off."""
        return [stop for stop in self.stops if stop.is_open]

    @property
    def finished(self) -> list[Stop]:
        """Those of which somebody has told how it went."""
        return [stop for stop in self.stops if not stop.is_open]


def round_of(session: Session, actor: Staff) -> Round:
    """The round of the nurse's unit today, with what is left of the evening before."""
    stands_at = func.coalesce(RoundStop.stands_at, Visit.occurs_at)
    rows = session.execute(
        select(Visit, VisitReceipt, Person.name, stands_at.label("stands_at"), leave(actor, Person.id).label("leave"))
        .join(Person, and_(Person.municipality_id == Visit.municipality_id, Person.id == Visit.care_recipient_id))
        .outerjoin(
            VisitReceipt,
            and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id),
        )
        .outerjoin(
            RoundStop,
            and_(
                RoundStop.municipality_id == Visit.municipality_id,
                RoundStop.visit_id == Visit.id,
                RoundStop.planned_at == Visit.occurs_at,
            ),
        )
        .where(
            _reached(actor),
            Visit.status != VisitStatus.ENTERED_IN_ERROR,
            _is_of_this_round(),
        )
        .order_by(stands_at, Visit.occurs_at, Visit.id)
        .limit(MOST_STOPS)
    ).all()
    undoable = _undoable(session, actor)
    return Round([_stop(row, actor, undoable.get(row.Visit.id)) for row in rows])


def visit_of_unit(session: Session, actor: Staff, visit_id: UUID) -> Visit:
    """A visit of the nurse's unit; also one that has become a mistake since she saw it. Raises NotFound."""
    visit = session.scalar(select(Visit).where(_reached(actor), Visit.id == visit_id))
    if visit is None:
        raise NotFound
    return visit


def visit_at(session: Session, actor: Staff, visit_id: UUID, at: datetime) -> Visit:
    """A visit of the nurse's unit that can have happened at the instant. Raises NotFound."""
    visit = visit_of_unit(session, actor, visit_id)
    if visit.occurs_at is None or abs(visit.occurs_at - at) > FARTHEST_FROM_PLAN:
        raise NotFound
    return visit


def sign_off_by_id(session: Session, sign_off_id: UUID) -> VisitSignOff | None:
    """The sign-off with the id that a phone chose."""
    return session.get(VisitSignOff, (current_municipality_id(), sign_off_id))


def sign_offs_of(session: Session, visit_id: UUID) -> Sequence[VisitSignOff]:
    """All sign-offs of a visit, the undone ones included."""
    return session.scalars(
        select(VisitSignOff).where(
            VisitSignOff.municipality_id == current_municipality_id(), VisitSignOff.visit_id == visit_id
        )
    ).all()


def report_of_sign_off(session: Session, visit_id: UUID) -> VisitReport | None:
    """What the sign-offs of a visit say together, as it is filed beside the sources' reports."""
    return session.scalar(
        select(VisitReport).where(
            VisitReport.municipality_id == current_municipality_id(),
            VisitReport.visit_id == visit_id,
            VisitReport.kind == ReportKind.SIGN_OFF,
        )
    )


def already_noted(session: Session, actor: Staff, person_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the persons in whose access log it stands that the nurse has seen their visits today."""
    midnight = clock.from_oslo(datetime.combine(clock.today(), time.min))
    noted = select(AuditEvent.about_person_id).where(
        AuditEvent.municipality_id == current_municipality_id(),
        AuditEvent.about_person_id.in_(person_ids),
        AuditEvent.tag == EventTag.VISITS_READ.value,
        AuditEvent.actor_id == actor.actor_id,
        AuditEvent.occurred_at >= midnight,
    )
    return frozenset(person_id for person_id in session.scalars(noted) if person_id)


def _undoable(session: Session, actor: Staff) -> dict[UUID, VisitSignOff]:
    """What the nurse herself can still take back, by visit."""
    found = session.scalars(
        select(VisitSignOff)
        .where(
            VisitSignOff.municipality_id == current_municipality_id(),
            VisitSignOff.staff_id == actor.staff_id,
            VisitSignOff.received_at > clock.now() - UNDO_FOR,
            VisitSignOff.undone_at.is_(None),
        )
        .order_by(VisitSignOff.received_at)
    )
    return {sign_off.visit_id: sign_off for sign_off in found}


def _reached(actor: Staff) -> ColumnElement[bool]:
    return and_(
        Visit.municipality_id == current_municipality_id(),
        Visit.care_recipient_id.is_not(None),
        reach.staff_handles(actor, Visit.unit_id, Visit.care_recipient_id),
    )


def _is_of_this_round() -> ColumnElement[bool]:
    return or_(within(clock.today(), clock.today()), Visit.occurs_at.between(clock.now() - _SHIFT, clock.now()))


def _stop(row: Any, actor: Staff, undoable: VisitSignOff | None) -> Stop:
    ground = ground_of(actor, row.Visit.unit_id, row.leave)
    return Stop(row.Visit, row.name, row.stands_at, row.VisitReceipt, undoable, ground)
