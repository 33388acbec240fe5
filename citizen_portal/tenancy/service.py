"""Add municipalities and units. Run as the owner role: the app role only reads municipalities."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from citizen_portal.tenancy.models import Hostname, Municipality, Unit


def add_municipality(
    session: Session,
    *,
    number: str,
    name: str,
    organisation_number: str,
    slug: str,
    languages: Sequence[str],
    hostnames: Sequence[str],
    phone: str,
    email: str,
    address_lines: Sequence[str],
    onbehalfof: str | None = None,
) -> Municipality:
    """Add a municipality with the host names that lead to it."""
    municipality = Municipality(
        number=number,
        name=name,
        organisation_number=organisation_number,
        slug=slug,
        languages=list(languages),
        phone=phone,
        email=email,
        address_lines=list(address_lines),
        onbehalfof=onbehalfof,
    )
    session.add(municipality)
    session.flush()
    session.add_all(Hostname(name=hostname.lower(), municipality_id=municipality.id) for hostname in hostnames)
    return municipality


def add_unit(session: Session, *, name: str, phone: str) -> Unit:
    """Add a unit to the current municipality."""
    unit = Unit(name=name, phone=phone)
    session.add(unit)
    session.flush()
    return unit
