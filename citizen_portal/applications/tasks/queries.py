"""Reads of tasks: those of an application that the caller may read, and what stands in its lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
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


def others_wait(session: Session, task: Task) -> bool:
    """Whether something else is still asked for in the same application."""
    other = select(Task.id).where(
        Task.municipality_id == task.municipality_id,
        Task.application_id == task.application_id,
        Task.id != task.id,
        Task.status == TaskStatus.OPEN,
    )
    return session.scalar(other.limit(1)) is not None


def open_tasks() -> ScalarSelect[list[list[str]] | None]:
    """The open tasks of the application of the enclosing query, for `task_lines`; null when there are none."""
    of_task = func.jsonb_build_array(Task.id, Task.title, Task.due_date)
    return select(func.jsonb_agg(of_task)).where(_waits()).correlate(Application).scalar_subquery()


def first_due_date() -> ScalarSelect[Any]:
    """The earliest deadline of what the application of the enclosing query waits for."""
    return select(func.min(Task.due_date)).where(_waits()).correlate(Application).scalar_subquery()


def task_lines(rows: Iterable[Sequence[str]] | None) -> tuple[TaskLine, ...]:
    """What `open_tasks` found, the earliest deadline first."""
    lines = [TaskLine(UUID(task_id), title, date.fromisoformat(due)) for task_id, title, due in rows or ()]
    return tuple(sorted(lines, key=lambda line: (line.due_date, line.id)))


def _of(application: Application) -> ColumnElement[bool]:
    return and_(Task.municipality_id == application.municipality_id, Task.application_id == application.id)


def _waits() -> ColumnElement[bool]:
    return and_(
        Task.municipality_id == Application.municipality_id,
        Task.application_id == Application.id,
        Task.status == TaskStatus.OPEN,
        Application.status.in_(ANSWERABLE),
    )
