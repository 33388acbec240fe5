"""Jonas, nurse in Ringebu's home care, and the visits of his unit."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from citizen_portal import db
from citizen_portal.auth.actor import Staff
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.models import Visit
from tests.visits.record import ORGANISATION, CareRecord, Json, appointment, at

Plan = Callable[..., UUID]


def planned(
    number: str, of: Person, start: datetime, end: datetime, unit: str = "Hjemmetjenesten", **changes: object
) -> Json:
    """An Appointment that a unit of the municipality carries out."""
    made = appointment(number, of.national_id, start, end, **changes)
    identifier = {"system": ORGANISATION, "value": "940864872"}
    provider = {"type": "Organization", "display": unit, "identifier": identifier}
    made["participant"].append({"actor": provider, "status": "accepted"})
    return made


@pytest.fixture
def plan(care_record: CareRecord, home_care: Unit) -> Plan:
    """`plan("1", borghild, "08:00", "09:00")` books a visit of the unit today; its id."""

    def book(number: str, of: Person, start: str, end: str, unit: str = "Hjemmetjenesten") -> UUID:
        care_record.must_push(planned(number, of, at(start), at(end), unit))
        with db.read_only() as session:
            return session.scalars(select(Visit.id).where(Visit.identifier_value == number)).one()

    return book


@pytest.fixture
def nurse(jonas: StaffMember, actor_for: Callable[..., Staff]) -> Staff:
    """Jonas as an actor."""
    return actor_for(jonas)
