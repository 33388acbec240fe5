"""The nightly jobs of applications, in every municipality: tell of deadlines that come, and of what nobody finishes."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.applications.escalation.service import escalate
from citizen_portal.applications.models import Application
from citizen_portal.applications.tasks.models import Task
from citizen_portal.applications.tasks.queries import waits
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import System
from citizen_portal.db import current_municipality_id, transaction
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.everywhere import defer_everywhere

AT_ONCE: Final = 100


@jobs.app.periodic(cron="7 6 * * *")
@jobs.app.task(name="applications.begin_day", queue=jobs.QUEUE, queueing_lock="applications.begin_day")
def begin_day(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Let each municipality's day begin."""
    defer_everywhere(remind_of_tasks, escalate_late)


@jobs.task(name="applications.remind_of_tasks")
def remind_of_tasks() -> None:
    """Tell citizens once of a deadline that comes. Run again it tells nobody twice."""
    while True:
        with transaction() as session:
            if not _remind(session, clock.today()):
                return


@jobs.task(name="applications.escalate_late")
def escalate_late() -> None:
    """Tell deputies and managers of what is late. Run again it changes nothing."""
    after: UUID | None = None
    while True:
        with transaction() as session:
            after = escalate(session, clock.today(), after)
        if after is None:
            return


def _remind(session: Session, today: date) -> bool:
    """Remind of the next `AT_ONCE` tasks; answers whether there may be more. Those that others hold are theirs."""
    found = session.execute(
        select(Task, Application)
        .join(Application, waits())
        .where(
            Task.municipality_id == current_municipality_id(),
            Task.remind_date <= today,
            Task.due_date >= today,
        )
        .order_by(Task.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    actor = System(current_municipality_id(), "reminders")
    for task, application in found:
        task.remind_date, task.reminded_at = None, clock.now()
        audit.record(session, actor, EventTag.TASK_CHANGED, subject=task, about_person_id=application.person_id)
        notifications.enqueue(session, Occasion.TASK_DUE, application.person_id)
    return len(found) == AT_ONCE
