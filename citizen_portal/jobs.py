"""Background jobs: procrastinate in our own PostgreSQL.

`defer` puts a job on the queue through the caller's own transaction, so a rollback leaves no job and a commit never
loses one. Arguments hold ids only, never personal data: they lie readable in the queue's table.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import procrastinate
from procrastinate.tasks import Task
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from citizen_portal.config import Settings
from citizen_portal.db import as_municipality, current_municipality_id

Job = Task[..., None, ...]

app = procrastinate.App(connector=procrastinate.PsycopgConnector())


def task(*, name: str) -> Callable[[Callable[..., None]], Job]:
    """Declare a job that works for one municipality; it is tried again with growing pauses when it raises."""

    def declare(function: Callable[..., None]) -> Job:
        @wraps(function)
        def run(*, municipality_id: int, **arguments: Any) -> None:
            with as_municipality(municipality_id):
                function(**arguments)

        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=3)
        return app.task(name=name, queue="default", retry=retry)(run)

    return declare


def defer(session: Session, job: Job, **arguments: Any) -> None:
    """Enqueue a job on the caller's own connection, for the current municipality."""
    session.execute(
        text(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :name, 0, NULL, NULL, CAST(:args AS jsonb), NULL)]"
            "::procrastinate_job_to_defer_v1[])"
        ),
        {
            "queue": job.queue,
            "name": job.name,
            "args": json.dumps({**arguments, "municipality_id": current_municipality_id()}),
        },
    )


def run_worker(settings: Settings) -> None:
    """Work until stopped. SIGTERM lets running jobs end first."""
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = procrastinate.PsycopgConnector(conninfo=url)
    with app.replace_connector(connector):
        app.run_worker(queues=["default"], concurrency=2)
