"""Look for a person, and get leave to look at her cases; each is in the audit log with its purpose."""

from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.access import queries
from citizen_portal.access.errors import ReasonTooShort
from citizen_portal.access.queries import Hit, Search
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import AccessGrant
from citizen_portal.identity.reach import NEEDS_REASON, ORDINARY_GRANT, PROTECTED_GRANT
from citizen_portal.journal.screening import mask_national_ids

SHORTEST_REASON: Final = 10


def search(session: Session, actor: Staff, wanted: Search) -> list[Hit]:
    """Look for somebody. The log keeps how, and how many were found; never what was typed."""
    hits = queries.find(session, actor, wanted)
    audit.record(
        session,
        actor,
        EventTag.PERSON_SEARCHED,
        about_person_id=hits[0].person_id if len(hits) == 1 else None,
        kind=wanted.kind.value,
        hits=len(hits),
    )
    return hits


def open_access(
    session: Session, actor: Staff, person_id: UUID, purpose: Purpose, reason: str | None = None
) -> AccessGrant:
    """Let the employee look at the person's cases: for an hour, or for ten minutes when her address is protected.

    Raises:
        NotFound: nobody whom the employee may know of.
        ReasonTooShort: the purpose, or the person, demands a reason in words.
    """
    person = queries.person_to_open(session, actor, person_id)
    if person.is_protected and purpose is not Purpose.EMERGENCY:
        purpose = Purpose.PROTECTED_PERSON
    words = mask_national_ids((reason or "").strip()) or None
    if purpose in NEEDS_REASON and len(words or "") < SHORTEST_REASON:
        raise ReasonTooShort
    now = clock.now()
    grant = AccessGrant(
        id=new_id(),
        staff_id=actor.staff_id,
        person_id=person.id,
        purpose=purpose.value,
        reason=words,
        granted_at=now,
        expires_at=now + (PROTECTED_GRANT if person.is_protected else ORDINARY_GRANT),
    )
    session.add(grant)
    session.flush()
    audit.record(
        session,
        actor,
        EventTag.ACCESS_OPENED,
        subject=grant,
        about_person_id=person.id,
        purpose=purpose,
        reason=words,
    )
    return grant


def end_access(session: Session, actor: Staff, grant_id: UUID) -> None:
    """Give up one's leave to look before its time; again is no change. Raises NotFound for somebody else's."""
    grant = session.get(AccessGrant, (current_municipality_id(), grant_id))
    if grant is None or grant.staff_id != actor.staff_id:
        raise NotFound
    now = clock.now()
    if grant.expires_at <= now:
        return
    session.execute(
        update(AccessGrant)
        .where(AccessGrant.municipality_id == grant.municipality_id, AccessGrant.id == grant.id)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )
    audit.record(session, actor, EventTag.ACCESS_ENDED, subject=grant, about_person_id=grant.person_id)
