"""Record what happened, in the transaction in which it happened."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Insert, ScalarResult, Select, bindparam, event, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit.models import AuditChain, AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Actor, Citizen, Machine, Staff
from citizen_portal.auth.roles import audience_of
from citizen_portal.db import arrays_of, current_municipality_id, insertion, this_municipality, transaction

_PENDING = "audit.pending"


class Subject(Protocol):
    """Anything with an id that an event can be about."""

    @property
    def id(self) -> UUID:
        """The object's own id."""
        ...


def record(
    session: Session,
    actor: Actor,
    tag: EventTag,
    *,
    subject: Subject | None = None,
    about_person_id: UUID | None = None,
    purpose: Purpose | None = None,
    reason: str | None = None,
    **details: Any,
) -> None:
    """Record an event together with the session's other work.

    A citizen's event about somebody else says that it was done on that person's behalf, an employee's in what role and
    unit, a machine's on whose behalf it was sent.
    The event takes its place in the chain just before commit, so the chain's lock is held for the shortest time.
    """
    session.info.setdefault(_PENDING, []).append(
        AuditEvent(
            municipality_id=current_municipality_id(),
            occurred_at=clock.now(),
            tag=tag.value,
            actor_kind=audience_of(actor),
            actor_id=actor.actor_id,
            actor_name=actor.display_name,
            **_capacity(actor, about_person_id),
            purpose=purpose and purpose.value,
            reason=reason,
            subject_type=None if subject is None else type(subject).__name__,
            subject_id=None if subject is None else subject.id,
            about_person_id=about_person_id,
            details=details | _delegation(actor),
        )
    )


def record_reading(
    actor: Actor,
    tag: EventTag,
    *,
    subject: Subject | None = None,
    about_person_id: UUID | None = None,
    purpose: Purpose | None = None,
    reason: str | None = None,
    **details: Any,
) -> None:
    """Record that somebody read something, in a short transaction of its own: the one thing that a GET writes."""
    with transaction() as session:
        record(
            session,
            actor,
            tag,
            subject=subject,
            about_person_id=about_person_id,
            purpose=purpose,
            reason=reason,
            **details,
        )


def _capacity(actor: Actor, about_person_id: UUID | None) -> dict[str, Any]:
    match actor:
        case Staff():
            return {"actor_role": ",".join(sorted(actor.roles)), "actor_unit": actor.unit_name}
        case Citizen() if about_person_id not in (None, actor.person_id):
            return {"on_behalf_of_id": about_person_id}
        case _:
            return {}


def _delegation(actor: Actor) -> dict[str, str]:
    if not isinstance(actor, Machine):
        return {}
    facts = {"consumer": actor.consumer, "supplier": actor.supplier, "delegation_source": actor.delegation_source}
    return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a municipality's chain stands."""

    whole_events: int
    """How many events from the first on are as they were written."""
    end: bytes
    """The digest of the last whole event. Kept elsewhere, it shows if the log is ever made anew from the start."""
    broken: int | None = None
    """The sequence number of the first event that is changed, missing or put in; None when all are whole."""
    broken_at: datetime | None = None
    """When the broken event says that it happened; None where it is missing."""


def verify(session: Session) -> Verdict:
    """Check every event of the current municipality against the one before it, and the last against the chain's end."""
    digest, expected = bytes(32), 1
    with closing(_events_in_order(session)) as events:
        for audit_event in events:
            if audit_event.sequence_number != expected:
                return Verdict(expected - 1, digest, expected)
            if audit_event.digest_after(digest) != audit_event.digest:
                return Verdict(expected - 1, digest, expected, audit_event.occurred_at)
            digest, expected = audit_event.digest, expected + 1
    head = session.get(AuditChain, current_municipality_id())
    end = (0, bytes(32)) if head is None else (head.sequence_number, head.digest)
    return Verdict(expected - 1, digest, None if end == (expected - 1, digest) else expected)


def first_broken_event(session: Session) -> int | None:
    """The sequence number of the first event of the current municipality that does not fit the chain, or None."""
    return verify(session).broken


def _events_in_order(session: Session) -> ScalarResult[AuditEvent]:
    return session.scalars(
        select(AuditEvent)
        .where(AuditEvent.municipality_id == current_municipality_id())
        .order_by(AuditEvent.sequence_number)
        .execution_options(yield_per=1000)
    )


@event.listens_for(Session, "before_commit")
def _chain_pending_events(session: Session) -> None:
    pending: list[AuditEvent] = session.info.pop(_PENDING, [])
    if not pending or session.in_nested_transaction():
        session.info.update({_PENDING: pending} if pending else {})
        return
    end = _lock_chain(session)
    for number, audit_event in enumerate(pending, start=end.sequence_number + 1):
        audit_event.sequence_number = number
        audit_event.digest = end.digest = audit_event.digest_after(end.digest)
    _append(session, pending)


def _lock_chain(session: Session) -> AuditChain:
    """The end of the chain, locked until commit; made when the municipality has none yet."""
    chain = session.scalar(_end_of_chain())
    if chain is None:
        start = {"municipality_id": current_municipality_id(), "sequence_number": 0, "digest": bytes(32)}
        session.execute(insert(AuditChain).values(start).on_conflict_do_nothing())
        chain = session.scalars(_end_of_chain()).one()
    session.expunge(chain)
    return chain


@cache
def _end_of_chain() -> Select[AuditChain]:
    """The statement of `_lock_chain`, built once."""
    find = select(AuditChain).where(AuditChain.municipality_id == this_municipality()).with_for_update()
    return find.execution_options(populate_existing=True)


def _append(session: Session, events: Sequence[AuditEvent]) -> None:
    """Add the events and move the chain's end to the last of them, in one statement."""
    last = events[-1]
    end = {"chain": last.municipality_id, "last_number": last.sequence_number, "last_digest": last.digest}
    session.execute(_appending(), arrays_of(events) | end)


@cache
def _appending() -> Insert:
    """The statement of `_append`, built once: nearly every request sends it."""
    move_end = (
        update(AuditChain)
        .where(AuditChain.municipality_id == bindparam("chain"))
        .values(sequence_number=bindparam("last_number"), digest=bindparam("last_digest"))
        .returning(AuditChain.municipality_id)
    )
    return insertion(AuditEvent).add_cte(move_end.cte("moved_end"))


@event.listens_for(Session, "after_rollback")
def _forget_pending_events(session: Session) -> None:
    session.info.pop(_PENDING, None)
