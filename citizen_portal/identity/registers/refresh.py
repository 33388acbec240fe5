"""The jobs that ask the population register again: about one person, and each night about everybody who matters."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.db import current_municipality_id, read_only, transaction
from citizen_portal.identity import registers
from citizen_portal.identity.models import Person, Protection, Representation
from citizen_portal.identity.registers.check import check
from citizen_portal.identity.registers.errors import (
    PersonNotFound,
    RegisterRefused,
    RegisterUnavailable,
    UnclearAnswer,
)
from citizen_portal.identity.registers.port import PopulationRegister
from citizen_portal.identity.registers.remembering import Remembering
from citizen_portal.identity.registers.representations import refresh_representations
from citizen_portal.tenancy.everywhere import defer_everywhere
from citizen_portal.tenancy.models import Municipality

logger = logging.getLogger(__name__)

ACTIVE_FOR: Final = timedelta(days=90)
"""Somebody who logged in since then is asked about each night."""
NOT_AGAIN_BEFORE: Final = timedelta(hours=12)
"""A night's run that was cut short goes on where it stopped."""
FAILURES_IN_A_ROW: Final = 5
"""After so many the register is away, and the run is tried again later."""


@jobs.task(name="registers.refresh_person")
def refresh_person(person_id: str) -> None:
    """Ask about one person and those whom she acts for. Raises RegisterError, to be tried again, when that can help."""
    population = registers.population_register()
    if population is None:
        return
    try:
        _refresh(Remembering(population), _municipality(), UUID(person_id))
    except (PersonNotFound, UnclearAnswer) as error:
        logger.warning("no answer about person %s: %s", person_id, type(error).__name__)


@jobs.task(name="registers.refresh_everybody")
def refresh_everybody() -> None:
    """Ask about everybody of a municipality who is active, is represented or represents, or was never asked about.

    What goes wrong with one does not stop the rest. Raises RegisterUnavailable, to be tried again, when the register is
    away: whoever it never answered about counts as protected until it does.
    """
    population = registers.population_register()
    if population is None:
        return
    municipality, remembering, failures = _municipality(), Remembering(population), 0
    with read_only() as session:
        due = _due(session)
    for person_id in due:
        try:
            _refresh(remembering, municipality, person_id)
            failures = 0
        except (RegisterUnavailable, RegisterRefused):
            failures += 1
        except Exception as error:
            # one person's trouble, of whatever kind, is not everybody's; the type alone holds nothing personal
            logger.error("could not refresh person %s: %s", person_id, type(error).__name__)
        if failures >= FAILURES_IN_A_ROW:
            _protect_whom_nobody_told_of()
            raise RegisterUnavailable("night's run")


@jobs.app.periodic(cron="17 2 * * *")
@jobs.app.task(name="registers.begin_night", queue=jobs.QUEUE, queueing_lock="registers.begin_night")
def begin_night(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Let each municipality's run begin."""
    defer_everywhere(refresh_everybody)


def _refresh(population: PopulationRegister, municipality: Municipality, person_id: UUID) -> None:
    """Everything about one person. Her own answer is kept also where those about others fail."""
    check(population, municipality, person_id)
    refresh_representations(population, municipality, person_id)


def _municipality() -> Municipality:
    with read_only() as session:
        return session.get_one(Municipality, current_municipality_id())


def _due(session: Session) -> Sequence[UUID]:
    now = clock.now()
    is_in_force = exists().where(
        Representation.municipality_id == Person.municipality_id,
        or_(Representation.principal_id == Person.id, Representation.representative_id == Person.id),
        Representation.revoked_at.is_(None),
        or_(Representation.valid_to_date.is_(None), Representation.valid_to_date >= clock.today()),
    )
    return session.scalars(
        select(Person.id)
        .where(
            Person.municipality_id == current_municipality_id(),
            or_(
                Person.register_checked_at.is_(None),
                (Person.register_checked_at < now - NOT_AGAIN_BEFORE)
                & or_(Person.last_login_at > now - ACTIVE_FOR, is_in_force),
            ),
        )
        .order_by(Person.register_checked_at.nulls_first(), Person.id)
    ).all()


def _protect_whom_nobody_told_of() -> None:
    with transaction() as session:
        session.execute(
            update(Person)
            .where(Person.municipality_id == current_municipality_id(), Person.register_checked_at.is_(None))
            .values(protection=Protection.UNKNOWN)
        )
