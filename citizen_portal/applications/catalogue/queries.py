"""Reads for the catalogue: what the municipality offers, and how long its own last cases took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.definitions import (
    Definition,
    LifeSituation,
    current_definition,
    current_definitions,
)
from citizen_portal.applications.models import Application
from citizen_portal.db import current_municipality_id
from citizen_portal.tenancy import queries as tenancy
from citizen_portal.tenancy.models import Unit

MOST_CASES: Final = 500
FEWEST_CASES: Final = 10
"""Fewer tell nothing of what to expect, and might tell of somebody."""

_LAST_LETTERS: Final = str.maketrans("æøåäö", "{|}{|")


@dataclass(frozen=True, slots=True)
class MeasuredTime:
    """How many days the municipality's last answered cases of a service took."""

    cases: int
    half_within: int
    nine_of_ten_within: int


def offered_services(session: Session, language: str) -> list[Definition]:
    """What can be applied for today: the services whose unit the municipality has, by name in the language."""
    units = {unit.name for unit in tenancy.units(session)}
    offered = [one for one in current_definitions(session, clock.today()) if one.journal.responsible_unit in units]
    return sorted(offered, key=lambda one: one.service.in_language(language).casefold().translate(_LAST_LETTERS))


def offered_service(session: Session, service_id: str) -> tuple[Definition, Unit]:
    """The service as it can be applied for today, and the unit that handles it. Raises NotFound where there is none."""
    definition = current_definition(session, service_id, clock.today())
    return definition, tenancy.unit_by_name(session, definition.journal.responsible_unit)


def life_situations(offered: Sequence[Definition]) -> list[tuple[LifeSituation, int]]:
    """The life situations in which something is offered, and how many services that is."""
    counts = [(situation, len(in_life_situation(offered, situation))) for situation in LifeSituation]
    return [(situation, count) for situation, count in counts if count]


def in_life_situation(offered: Iterable[Definition], situation: LifeSituation) -> list[Definition]:
    """The services that are of use in the life situation."""
    return [one for one in offered if situation in one.life_situations]


def measured_time(session: Session, definition_id: str) -> MeasuredTime | None:
    """How long the municipality's last answered cases of the service took, whatever its version; None for too few.

    A case that was answered on the day it came counts as one day. One that the citizen took back was never answered.
    """
    days = func.greatest(_norwegian_date(Application.decided_at) - _norwegian_date(Application.submitted_at), 1)
    last = (
        select(days.label("days"))
        .where(
            Application.municipality_id == current_municipality_id(),
            Application.definition_id == definition_id,
            Application.decided_at.is_not(None),
        )
        .order_by(Application.decided_at.desc())
        .limit(MOST_CASES)
        .subquery()
    )
    within = [func.percentile_disc(share).within_group(last.c.days) for share in (0.5, 0.9)]
    measured = MeasuredTime(*session.execute(select(func.count(), *within).select_from(last)).one())
    return measured if measured.cases >= FEWEST_CASES else None


def _norwegian_date(instant: object) -> ColumnElement[object]:
    return cast(func.timezone("Europe/Oslo", instant), Date)
