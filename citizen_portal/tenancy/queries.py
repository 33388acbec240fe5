"""Reads of municipalities and units."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal.db import current_municipality_id, norwegian_order
from citizen_portal.errors import NotFound
from citizen_portal.tenancy.models import Hostname, Municipality, Unit


def municipality_by_host(session: Session, host: str) -> Municipality:
    """The municipality reached by the host name (without port). Raises NotFound."""
    found = session.scalar(
        select(Municipality)
        .join(Hostname, Hostname.municipality_id == Municipality.id)
        .where(Hostname.name == host.lower())
    )
    if found is None:
        raise NotFound
    return found


def municipality_by_number(session: Session, number: str) -> Municipality:
    """The municipality with the kommunenummer. Raises NotFound."""
    found = session.scalar(select(Municipality).where(Municipality.number == number))
    if found is None:
        raise NotFound
    return found


def municipalities(session: Session) -> Sequence[Municipality]:
    """All municipalities of the installation, by number."""
    return session.scalars(select(Municipality).order_by(Municipality.number)).all()


def unit(session: Session, unit_id: UUID) -> Unit:
    """A unit of the current municipality. Raises NotFound."""
    found = session.get(Unit, (current_municipality_id(), unit_id))
    if found is None:
        raise NotFound
    return found


def unit_by_name(session: Session, name: str) -> Unit:
    """The unit of the current municipality with that name. Raises NotFound."""
    found = session.scalar(select(Unit).where(Unit.municipality_id == current_municipality_id(), Unit.name == name))
    if found is None:
        raise NotFound
    return found


def units(session: Session) -> Sequence[Unit]:
    """The units of the current municipality, by name."""
    own = select(Unit).where(Unit.municipality_id == current_municipality_id())
    return session.scalars(own.order_by(norwegian_order(Unit.name))).all()
