"""Reads of tasks: those of an application that the caller may read, and what stands in its lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from citizen_portal.applications.models import Application
from citizen_portal.applications.tasks.models import ANSWERABLE, Task, TaskStatus
from citizen_portal.errors import NotFound


@dataclass(frozen=True, slots=True)
class TaskLine:
    """An open task as a line of a list."""

    id: UUID
    title: str
    due_date: date


def tasks_of(session: Session, application: Application) -> Sequence[Task]:
    """What was asked for in an application that the caller may read, the newest first."""
    return session.scalars(select(Task).where(_of(application)).order_by(Task.id.desc())).all()


def task_of(session: Session, application: Application, task_id: UUID) -> Task:
    """One of them. Raises NotFound."""
    found = session.scalar(select(Task).where(_of(application), Task.id == task_id))
    if found is None:
        raise NotFound
    return found


def others_wait(session: Session, application: Application, task: Task) -> bool:
    """Whether the citizen can still answer something else that was asked for in the same application."""
    return any(other.id != task.id and other.waits_in(application) for other in tasks_of(session, application))


def open_tasks() -> ScalarSelect[list[list[str]] | None]:
    """The open tasks of the application of the enclosing query, for `task_lines`; null when there are none."""
    of_task = func.jsonb_build_array(Task.id, Task.title, Task.due_date)
    return select(func.jsonb_agg(of_task)).where(waits()).correlate(Application).scalar_subquery()


def first_due_date() -> ScalarSelect[Any]:
    """The earliest deadline of what the application of the enclosing query waits for."""
    return select(func.min(Task.due_date)).where(waits()).correlate(Application).scalar_subquery()


def task_lines(rows: Iterable[Sequence[str]] | None) -> tuple[TaskLine, ...]:
    """What `open_tasks` found, the earliest deadline first."""
    lines = [TaskLine(UUID(task_id), title, date.fromisoformat(due)) for task_id, title, due in rows or ()]
    return tuple(sorted(lines, key=lambda line: (line.due_date, line.id)))


def _of(application: Application) -> ColumnElement[bool]:
    return and_(Task.municipality_id == application.municipality_id, Task.application_id == application.id)


def waits() -> ColumnElement[bool]:
    """`Task.waits_in` of a task and its application, as SQL."""
    return and_(
        Task.municipality_id == Application.municipality_id,
        Task.application_id == Application.id,
        Task.status == TaskStatus.OPEN,
        Application.status.in_(ANSWERABLE),
        or_(Application.decided_at.is_(None), Application.decided_at < Task.given_at),
    )
