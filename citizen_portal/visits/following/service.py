"""Use cases of following: choose what to be told, stop a follower and let her follow again."""

from dataclasses import dataclass
from datetime import time
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.visits.following import queries
from citizen_portal.visits.following.models import Choice, VisitFollowing


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a follower has chosen."""

    choice: Choice
    quiet_from: time | None
    quiet_until: time | None
    missing_breaks_quiet: bool


def choose(session: Session, actor: Citizen, person_id: UUID, chosen: Chosen) -> None:
    """Be told this of the person's visits from now on; the same choice again changes nothing. Raises NotFound."""
    before = queries.followed(session, actor, person_id, lock=True).wish
    as_before = Chosen(before.choice, before.quiet_from, before.quiet_until, before.missing_breaks_quiet)
    if as_before == chosen:
        return
    now = clock.now()
    values = {
        "choice": chosen.choice,
        "quiet_from": chosen.quiet_from,
        "quiet_until": chosen.quiet_until,
        "missing_breaks_quiet": chosen.missing_breaks_quiet,
        "chosen_at": now,
        "summarised_at": now,
    }
    session.execute(
        insert(VisitFollowing)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            follower_id=actor.person_id,
            care_recipient_id=person_id,
            **values,
        )
        .on_conflict_do_update(index_elements=["municipality_id", "follower_id", "care_recipient_id"], set_=values)
    )
    audit.record(session, actor, EventTag.FOLLOWING_CHOSEN, about_person_id=person_id, choice=chosen.choice.value)


def stop(session: Session, actor: Citizen, person_id: UUID, follower_id: UUID) -> None:
    """Let the follower see no visit of the person from now on; again changes nothing. Raises NotFound."""
    _stop_or_allow(session, actor, person_id, follower_id, stops=True)


def allow(session: Session, actor: Citizen, person_id: UUID, follower_id: UUID) -> None:
    """Let a follower who was stopped follow again; again changes nothing. Raises NotFound."""
    _stop_or_allow(session, actor, person_id, follower_id, stops=False)


def _stop_or_allow(session: Session, actor: Citizen, person_id: UUID, follower_id: UUID, *, stops: bool) -> None:
    given = queries.stoppable(session, actor, person_id, follower_id)
    changed = [row for row in given if (row.visits_stopped_at is None) is stops]
    for representation in changed:
        representation.visits_stopped_at = clock.now() if stops else None
        tag = EventTag.FOLLOWER_STOPPED if stops else EventTag.FOLLOWER_ALLOWED
        audit.record(session, actor, tag, subject=representation, about_person_id=person_id)
    if changed:
        for told in {follower_id, person_id} - {actor.person_id}:
            notifications.enqueue(session, Occasion.REPRESENTATION_CHANGED, told)
