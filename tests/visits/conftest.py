"""Home care in Ringebu: a care record system that pushes, and Kari who follows her mother."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from citizen_portal import clock, db
from citizen_portal.auth.actor import System
from citizen_portal.config import Settings
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person, Representation
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.models import Visit
from citizen_portal.visits.rules.queries import rules_to_change
from tests.reading import StrictClient
from tests.visits.record import CareRecord

Follow = Callable[..., Representation]
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.OSLO)
"""A Tuesday."""


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    """The tests' own day, so that none depends on the hour at which it runs."""
    with clock.frozen(NOON):
        yield


@pytest.fixture
def care_record(app: Flask, settings: Settings, in_ringebu: Municipality) -> CareRecord:
    """The care record system of Ringebu."""
    client = app.test_client()
    assert isinstance(client, StrictClient)
    client.base_url = "http://ringebu.localhost"
    return CareRecord(client, settings, in_ringebu.organisation_number)


@pytest.fixture
def follows(the_system: System) -> Follow:
    """`follows(kari, borghild)`: the first is registered as the second's next of kin."""

    def register(
        who: Person, whom: Person, *, area: Area = Area.VISITS, since: date | None = None, until: date | None = None
    ) -> Representation:
        with db.transaction() as session:
            return identity.register_representation(
                session,
                the_system,
                principal=whom,
                representative=who,
                basis=Basis.NEXT_OF_KIN,
                areas={area},
                relation="mother",
                valid_from_date=since or clock.today() - timedelta(days=30),
                valid_to_date=until,
            )

    return register


@pytest.fixture
def unit_works_by(home_care: Unit) -> Callable[..., None]:
    """`unit_works_by(keep_months=6)`: the home-care unit has this limit of its own, and else the usual ones."""

    def change(**limits: int) -> None:
        with db.transaction() as session:
            rules = rules_to_change(session, home_care.id)
            rules.become(replace(rules.limits, **limits))
            session.add(rules)

    return change


@pytest.fixture
def stored(in_ringebu: Municipality) -> Callable[[], list[Visit]]:
    """`stored()`: all visits of Ringebu as they stand in the database."""

    def read() -> list[Any]:
        with db.read_only() as session:
            return list(session.scalars(select(Visit).order_by(Visit.identifier_value)))

    return read


@pytest.fixture
def statements(in_ringebu: Municipality) -> Iterator[list[str]]:
    """Every SQL statement since the test began; transaction control and the tenant setting are not counted."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "set_config" not in statement:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)
