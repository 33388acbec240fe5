"""The job that tells followers, each minute. Nothing is told twice, however often it runs or is killed."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.everywhere import do_everywhere
from citizen_portal.visits.following.models import VisitTold, What
from citizen_portal.visits.following.news import News, news, still_concerned, summaries

_WEIGHT: Final = (Occasion.FOLLOWED_UPDATE, Occasion.FOLLOWED_SETTLED, Occasion.FOLLOWED_CONCERN)
"""One notice for all that concerns one follower now: the heaviest."""
TELL: Final = "visits.tell_followers"


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name=TELL, queue=jobs.QUEUE, lock=TELL, queueing_lock=TELL)
def tell_followers(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Tell the followers of each municipality what there is to tell, in a transaction of its own."""
    do_everywhere(tell, called="tell the followers of")


def tell(session: Session) -> None:
    """Tell the followers of this municipality. A notice leaves when, and only when, what was told is written down."""
    now = clock.now()
    occasions = [(line.follower_id, _occasion(line)) for line in _first_told(session, news(session, now))]
    for following in summaries(session, now):
        following.summarised_at = now
        occasions.append((following.follower_id, Occasion.FOLLOWED_UPDATE))
    heaviest = _heaviest(occasions)
    concerned = still_concerned(session, [each for each, occasion in heaviest if occasion is Occasion.FOLLOWED_SETTLED])
    for follower_id, occasion in heaviest:
        is_partly = follower_id in concerned
        notifications.enqueue(session, Occasion.FOLLOWED_PARTLY_SETTLED if is_partly else occasion, follower_id)


def _first_told(session: Session, found: Sequence[News]) -> list[News]:
    """Those of the news that nobody else has told in the meantime, now written down as told."""
    if not found:
        return []
    rows = [
        {
            "municipality_id": current_municipality_id(),
            "id": new_id(),
            "follower_id": line.follower_id,
            "visit_id": line.visit_id,
            "what": line.what,
            "opened_at": line.opened_at,
            "told_at": clock.now(),
        }
        for line in found
    ]
    written = session.execute(
        insert(VisitTold)
        .values(rows)
        .on_conflict_do_nothing(constraint="uq_visit_told_opening")
        .returning(VisitTold.follower_id, VisitTold.visit_id, VisitTold.what)
    )
    keys = {tuple(row) for row in written}
    return [line for line in found if (line.follower_id, line.visit_id, line.what) in keys]


def _occasion(line: News) -> Occasion:
    if line.what is not What.DONE:
        return Occasion.FOLLOWED_CONCERN
    return Occasion.FOLLOWED_SETTLED if line.opened_at else Occasion.FOLLOWED_UPDATE


def _heaviest(occasions: Iterable[tuple[UUID, Occasion]]) -> list[tuple[UUID, Occasion]]:
    heaviest: dict[UUID, Occasion] = {}
    for follower_id, occasion in occasions:
        heaviest[follower_id] = max(heaviest.get(follower_id, occasion), occasion, key=_WEIGHT.index)
    return sorted(heaviest.items())
