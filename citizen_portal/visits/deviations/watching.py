"""The watch's job: each minute, in every municipality."""

from citizen_portal import jobs
from citizen_portal.tenancy.everywhere import do_everywhere
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.service import show_held


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="visits.watch", queue=jobs.QUEUE, queueing_lock="visits.watch")
def watch_everywhere(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Watch over the visits of each municipality, in a transaction of its own.

    What was held is shown first: a visit of somebody whom we have come to know can be late, too.

    It is no job for each: they would lie in the queue by thousands. It has no lock of the queue's, which a killed
    worker would hold: `watch` itself lets one run at a time.
    """
    do_everywhere(show_held, called="show the held visits of")
    do_everywhere(watch, called="watch over")
