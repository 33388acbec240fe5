"""Scoped reads of persons and of who may act for whom."""

from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import Area, Person, Representation
from citizen_portal.identity.reach import holds


def national_id_hash(national_id: str) -> bytes:
    """The look-up hash of a national id in the current municipality."""
    return key_ring().lookup_hash(national_id, f"person:{current_municipality_id()}")


def person_by_national_id(session: Session, national_id: str) -> Person | None:
    """The person whom the municipality knows by the number, if any."""
    return session.scalar(
        select(Person).where(
            Person.municipality_id == current_municipality_id(),
            Person.national_id_hash == national_id_hash(national_id),
        )
    )


def person(session: Session, person_id: UUID) -> Person:
    """A person of the current municipality. Raises NotFound."""
    found = session.get(Person, (current_municipality_id(), person_id))
    if found is None:
        raise NotFound
    return found


def relation_to(representative_id: UUID, area: Area) -> ScalarSelect[str | None]:
    """What the `Person` of the enclosing query is to the representative today («mother»), if it is registered."""
    return (
        select(Representation.relation)
        .where(
            holds(representative_id, area),
            Representation.principal_id == Person.id,
            Representation.relation.is_not(None),
        )
        .order_by(Representation.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
