"""Say how an entry was dealt with (avskrivning)."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Actor
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.journal.errors import AlreadySignedOff
from citizen_portal.journal.models import EntrySignOff, RegistryEntry
from citizen_portal.journal.terms import SignOffMethod


def sign_off(
    session: Session, actor: Actor, entry: RegistryEntry, method: SignOffMethod, *, answer: RegistryEntry | None = None
) -> None:
    """Sign the entry off, with the entry that answers it if there is one. Raises AlreadySignedOff."""
    if not sign_off_if_open(session, actor, entry, method, answer=answer):
        raise AlreadySignedOff


def sign_off_if_open(
    session: Session, actor: Actor, entry: RegistryEntry, method: SignOffMethod, *, answer: RegistryEntry | None = None
) -> bool:
    """Sign the entry off unless it is already; answers whether it was done now."""
    session.flush()
    done = session.execute(
        insert(EntrySignOff)
        .values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            registry_entry_id=entry.id,
            answer_id=answer and answer.id,
            signed_off_date=clock.today(),
            signed_off_by=actor.display_name,
            method=method,
        )
        .on_conflict_do_nothing(index_elements=["municipality_id", "registry_entry_id"])
        .returning(EntrySignOff.id)
    )
    return done.scalar_one_or_none() is not None
