"""The job that finds out what record systems have made of what citizens asked, each minute."""

from citizen_portal import jobs
from citizen_portal.tenancy.everywhere import do_everywhere
from citizen_portal.visits.changes.service import note_deeds


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="visits.note_deeds", queue=jobs.QUEUE, queueing_lock="visits.note_deeds")
def note_deeds_everywhere(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Tell who asked, in each municipality, in a transaction of its own."""
    do_everywhere(note_deeds, called="answer who asked in")
