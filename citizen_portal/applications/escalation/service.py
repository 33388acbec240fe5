"""Tell the deputy of what is getting late, and the manager of what is late: it stands in their work lists.

Employees get no notice by e-mail: the portal knows no address of theirs, and notices go to citizens.
"""

from datetime import date
from enum import IntEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import deadlines
from citizen_portal.applications.escalation import queries
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Role, System
from citizen_portal.db import current_municipality_id
from citizen_portal.deadlines import Deadline

AT_ONCE: Final = 100


class Step(IntEnum):
    """Who was told."""

    NOBODY = 0
    DEPUTY = 1
    MANAGER = 2


def escalate(session: Session, today: date, after: UUID | None = None) -> UUID | None:
    """Set the step of the next `AT_ONCE` applications; answers with where to go on, None when that was all."""
    found = queries.due_to_escalate(session, today, after, AT_ONCE)
    units = queries.units_with(session) if found else {}
    actor = System(current_municipality_id(), "escalation")
    for application in found:
        told = units.get(application.unit_id, frozenset()) if application.unit_id else frozenset()
        step = step_of(application, told, today)
        if application.escalation != step:
            application.escalation = step
            audit.record(
                session,
                actor,
                EventTag.APPLICATION_ESCALATED,
                subject=application,
                about_person_id=application.person_id,
                step=int(step),
            )
    return found[-1].id if len(found) == AT_ONCE else None


def step_of(application: Application, told: frozenset[Role], today: date) -> Step:
    """Who must know today, of those whom the unit has; nobody while the clock stands still.

    Without a deputy the manager is told at once. Once told, a step is not taken back before the case is in time again.
    """
    last_day = queries.last_day(application)
    if last_day is None or application.clock_stopped_date is not None or not _is_near(last_day, today):
        return Step.NOBODY
    wanted = Step.MANAGER if last_day < today or Role.DEPUTY not in told else Step.DEPUTY
    if wanted is Step.MANAGER and Role.MANAGER not in told:
        wanted = Step.DEPUTY if Role.DEPUTY in told else Step.NOBODY
    return max(wanted, Step(application.escalation))


def _is_near(last_day: date, today: date) -> bool:
    return deadlines.first_day(Deadline.ESCALATION, last_day) <= today
