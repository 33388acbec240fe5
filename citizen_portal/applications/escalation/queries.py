"""Which applications are getting late, and which units have somebody to tell."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, func, null, or_, select
from sqlalchemy.orm import Session

from citizen_portal import deadlines
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import WITHOUT_ANSWERS
from citizen_portal.applications.status import UNDER_WAY
from citizen_portal.auth.actor import Role
from citizen_portal.db import current_municipality_id
from citizen_portal.deadlines import Deadline
from citizen_portal.identity.models import StaffMember, StaffRole
from citizen_portal.identity.staff_roles import holds

_TOLD = (Role.DEPUTY, Role.MANAGER)


def last_day(application: Application) -> date | None:
    """What must happen first: the answer, or the preliminary reply that the law asks for until then."""
    reply_by = application.preliminary_due_date if application.preliminary_sent_at is None else None
    return min((day for day in (application.answer_by_date, reply_by) if day is not None), default=None)


def due_to_escalate(session: Session, today: date, after: UUID | None, size: int) -> Sequence[Application]:
    """Up to `size` applications whose step of escalation may have to change, locked; those that others hold wait."""
    query = (
        select(Application)
        .options(WITHOUT_ANSWERS)
        .where(_may_change(today))
        .order_by(Application.id)
        .limit(size)
        .with_for_update(skip_locked=True)
    )
    if after is not None:
        query = query.where(Application.id > after)
    return session.scalars(query).all()


def units_with(session: Session) -> dict[UUID, frozenset[Role]]:
    """Which of the units have a deputy or a manager today."""
    rows = session.execute(
        select(StaffRole.unit_id, StaffRole.role)
        .join(
            StaffMember,
            and_(StaffMember.municipality_id == StaffRole.municipality_id, StaffMember.id == StaffRole.staff_id),
        )
        .where(holds(), StaffRole.role.in_(_TOLD), StaffMember.is_active)
        .distinct()
    )
    found: dict[UUID, frozenset[Role]] = {}
    for unit_id, role in rows:
        found[unit_id] = found.get(unit_id, frozenset()) | {role}
    return found


def _may_change(today: date) -> ColumnElement[bool]:
    """Those that are near their last day and not with the manager yet, and those that were told of and are not near."""
    reply_by = case((Application.preliminary_sent_at.is_(None), Application.preliminary_due_date), else_=null())
    day = func.least(Application.answer_by_date, reply_by)
    is_near = and_(day <= deadlines.last_day(Deadline.ESCALATION, today), Application.clock_stopped_date.is_(None))
    return and_(
        Application.municipality_id == current_municipality_id(),
        Application.status.in_(bindparam("under_way", UNDER_WAY, expanding=True, literal_execute=True)),
        or_(and_(is_near, Application.escalation < 2), and_(~is_near, Application.escalation > 0)),
    )
