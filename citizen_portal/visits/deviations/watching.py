"""The watch's job: each minute, in every municipality."""

import logging

from citizen_portal import jobs
from citizen_portal.db import as_municipality, read_only, transaction
from citizen_portal.tenancy.queries import municipalities
from citizen_portal.visits.deviations.watch import watch

logger = logging.getLogger(__name__)


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="visits.watch", queue=jobs.QUEUE, queueing_lock="visits.watch")
def watch_everywhere(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Watch over the visits of each municipality, in a transaction of its own.

    It is no job for each: they would lie in the queue by thousands. It has no lock of the queue's, which a killed
    worker would hold: `watch` itself lets one run at a time.
    """
    with read_only() as session:
        municipality_ids = [municipality.id for municipality in municipalities(session)]
    for municipality_id in municipality_ids:
        try:
            with as_municipality(municipality_id), transaction() as session:
                watch(session)
        except Exception as error:
            # one municipality's trouble is not everybody's, and the next run makes it good
            logger.error("could not watch over municipality %s: %s", municipality_id, type(error).__name__)
