"""Work that is begun in each municipality of the installation."""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from citizen_portal import jobs
from citizen_portal.db import as_municipality, read_only, transaction
from citizen_portal.tenancy.queries import municipalities

logger = logging.getLogger(__name__)


def defer_everywhere(*each: jobs.Job) -> None:
    """Let the jobs of each municipality begin, those of one municipality together or not at all."""
    for municipality_id in _municipality_ids():
        with as_municipality(municipality_id), transaction() as session:
            for job in each:
                jobs.defer(session, job)


def do_everywhere(deed: Callable[[Session], object], *, called: str) -> None:
    """Do it in each municipality, in a transaction of its own; `called` says in the log what failed.

    For what runs each minute: jobs for each would lie in the queue by thousands.
    """
    for municipality_id in _municipality_ids():
        try:
            with as_municipality(municipality_id), transaction() as session:
                deed(session)
        except Exception as error:
            # one municipality's trouble is not everybody's, and the next run makes it good
            logger.error("could not %s municipality %s: %s", called, municipality_id, type(error).__name__)


def _municipality_ids() -> Sequence[int]:
    with read_only() as session:
        return [municipality.id for municipality in municipalities(session)]
