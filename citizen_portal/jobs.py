"""Background jobs: procrastinate in our own PostgreSQL.

`defer` puts a job on the queue through the caller's own transaction, so a rollback leaves no job and a commit never
loses one. Arguments hold ids only, never personal data: they lie readable in the queue's table.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import procrastinate
from procrastinate.tasks import Task
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from citizen_portal.config import Settings
from citizen_portal.db import as_municipality, current_municipality_id

Job = Task[..., None, ...]
QUEUE = "default"

app = procrastinate.App(connector=procrastinate.PsycopgConnector())


def task(*, name: str) -> Callable[[Callable[..., None]], Job]:
    """Declare a job that works for one municipality; it is tried again with growing pauses when it raises."""

    def declare(function: Callable[..., None]) -> Job:
        @wraps(function)
        def run(*, municipality_id: int, **arguments: Any) -> None:
            with as_municipality(municipality_id):
                function(**arguments)

        retry = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=3)
        return app.task(name=name, queue=QUEUE, retry=retry)(run)

    return declare


def defer(session: Session, job: Job, *, not_before: datetime | None = None, **arguments: Any) -> None:
    """Enqueue a job on the caller's own connection, for the current municipality; `not_before` is when it may begin."""
    session.execute(
        text(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :name, 0, NULL, NULL, CAST(:args AS jsonb),"
            " CAST(:not_before AS timestamptz))]"
            "::procrastinate_job_to_defer_v1[])"
        ),
        {
            "queue": job.queue,
            "name": job.name,
            "not_before": not_before,
            "args": json.dumps({**arguments, "municipality_id": current_municipality_id()}),
        },
    )


@app.periodic(cron="* * * * *")
@app.task(name="jobs.retry_stalled", queue=QUEUE, queueing_lock="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Put jobs back on the queue whose worker was killed in the middle of them; each job can bear to run twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


def run_worker(settings: Settings, *, until_idle: bool = False) -> None:
    """Work until stopped, or until there is nothing left to do. SIGTERM lets running jobs end first."""
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with app.replace_connector(procrastinate.PsycopgConnector(conninfo=url)) as working:
        working.run_worker(queues=[QUEUE], concurrency=2, wait=not until_idle, install_signal_handlers=not until_idle)
