"""How a letter reaches the party: that she opened it is noted, and who has not is told once more.

Opening is a reading, so it stands in the read log's own short transaction, the one thing that a GET writes (design §4
rule 4). It is evidence, too: the deadline for an appeal is counted from it, which is why it is kept with the letter.
"""

from sqlalchemy import update

from citizen_portal import clock, jobs
from citizen_portal.applications.decisions import queries
from citizen_portal.applications.decisions.models import Delivery
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import transaction
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.everywhere import defer_everywhere


def note_opening(citizen: Citizen, application: Application, delivery: Delivery) -> None:
    """Note that the party, or somebody who acts for her, has it before her eyes; the first time is what counts."""
    if delivery.opened_at is not None:
        return
    with transaction() as session:
        first = (
            update(Delivery)
            .where(
                Delivery.municipality_id == delivery.municipality_id,
                Delivery.id == delivery.id,
                Delivery.opened_at.is_(None),
            )
            .values(opened_at=clock.now(), opened_by_name=citizen.name)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        if session.scalar(first) is not None:
            about = application.person_id
            audit.record(session, citizen, EventTag.LETTER_OPENED, subject=delivery, about_person_id=about)
    delivery.opened_at, delivery.opened_by_name = clock.now(), citizen.name


@jobs.task(name="decisions.tell_again")
def tell_again() -> None:
    """Tell everybody of one municipality who has left a letter unopened too long (eForvaltningsforskriften § 8).

    Each is told once more only; from then on the letter is among those that must be posted on paper.
    """
    with transaction() as session:
        for delivery, person_id in queries.due_for_notice_again(session, clock.today()):
            delivery.noticed_again_at = clock.now()
            notifications.enqueue(session, Occasion.DECISION_SENT, person_id)


@jobs.app.periodic(cron="41 6 * * *")
@jobs.app.task(name="decisions.begin_day", queue=jobs.QUEUE, queueing_lock="decisions.begin_day")
def begin_day(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Let each municipality's run begin, before people are up."""
    defer_everywhere(tell_again)
