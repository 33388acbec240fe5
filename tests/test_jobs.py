"""Jobs go out with the transaction that they belong to, and come back when a worker is killed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from citizen_portal import db, jobs
from citizen_portal.config import Settings
from citizen_portal.tenancy.models import Municipality

done: list[tuple[int, str]] = []


@jobs.task(name="tests.note")
def note(words: str) -> None:
    """Remember for which municipality it was run."""
    done.append((db.current_municipality_id(), words))


@pytest.fixture(autouse=True)
def _nothing_done_yet() -> Iterator[None]:
    done.clear()
    yield
    done.clear()


def _statuses() -> list[str]:
    with db.read_only() as session:
        return list(session.scalars(text("SELECT status::text FROM procrastinate_jobs ORDER BY id")))


def test_a_rolled_back_transaction_leaves_no_job(in_ringebu: Municipality) -> None:
    def fail_after_deferring() -> None:
        with db.transaction() as session:
            jobs.defer(session, note, words="never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_deferring()
    assert _statuses() == []


def test_a_job_works_for_the_municipality_that_asked(in_ringebu: Municipality, settings: Settings) -> None:
    with db.transaction() as session:
        jobs.defer(session, note, words="hello")
    jobs.run_worker(settings, until_idle=True)
    assert done == [(in_ringebu.id, "hello")]
    assert "succeeded" in _statuses()


def test_a_job_whose_worker_was_killed_is_done_after_all(in_ringebu: Municipality, settings: Settings) -> None:
    with db.transaction() as session:
        jobs.defer(session, note, words="again")
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing', attempts = 1"))
        session.execute(
            text(
                "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'jobs.retry_stalled', 0, NULL, NULL, "
                "'{\"timestamp\": 0}', NULL)]::procrastinate_job_to_defer_v1[])"
            )
        )
    jobs.run_worker(settings, until_idle=True)
    jobs.run_worker(settings, until_idle=True)
    assert done == [(in_ringebu.id, "again")]
