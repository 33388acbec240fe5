"""What a guardian may do with the municipality, and who acts for a child: from the register's terms to our areas."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from citizen_portal.identity.models import Area, Basis
from citizen_portal.identity.reach import ADULT_AGE, years_before
from citizen_portal.identity.registers.port import Guardianship, Relations, Responsibility

Mandates = dict[tuple[str, Basis], frozenset[Area]]
"""(national id of the representative, basis) -> areas."""

MUNICIPALITY: Final = "kommune"
TASKS: Final[tuple[tuple[date, dict[str, frozenset[Area]]], ...]] = (
    (
        date(2023, 11, 1),
        {
            "helseOgOmsorg": frozenset({Area.HEALTH, Area.VISITS}),
            "skattOgAvgift": frozenset({Area.ECONOMY}),
            "byggOgEiendom": frozenset({Area.OTHER}),
        },
    ),
)
"""(valid from, the municipality's task in the register -> our areas), newest last.

Guardianships have such tasks since 2023-11-01 (Skatteetaten, "Vergemål – ny informasjon"). What is not here gives
nothing: a new task must be looked at before anybody may act by it.
"""
GUARDIAN_KINDS: Final = frozenset(
    {"voksen", "mindreaarig", "ensligMindreaarigAsylsoeker", "ensligMindreaarigFlyktning", "stadfestetFremtidsfullmakt"}
)
_PARENTS_HAVE_IT: Final = frozenset(
    {Responsibility.SHARED, Responsibility.MOTHER, Responsibility.FATHER, Responsibility.CO_MOTHER}
)


def guardians(guardianships: Iterable[Guardianship], on: date) -> Mandates:
    """Each guardian's areas on a day; one whose tasks are all elsewhere has none and is left out."""
    found: Mandates = {}
    for guardianship in guardianships:
        areas = _areas(guardianship, on)
        if guardianship.guardian and areas:
            key = guardianship.guardian, Basis.GUARDIANSHIP
            found[key] = found.get(key, frozenset()) | areas
    return found


def parents(child: str, birth_date: date | None, relations: Relations, on: date) -> Mandates:
    """The parents who act for a child on a day: for everything, until `reach` says that the child decides herself.

    The child's own record decides. Where it does not say who the holder is, the parents of that role are meant.
    """
    if birth_date is None or birth_date <= years_before(on, ADULT_AGE):
        return {}
    holders: set[str] = set()
    for found in relations.responsibilities:
        if found.kind in _PARENTS_HAVE_IT and found.child in (None, child):
            fitting = {
                parent for parent, role in relations.parents.items() if found.kind in (Responsibility.SHARED, role)
            }
            holders |= fitting if found.holder is None else {found.holder} & set(relations.parents)
    return {(holder, Basis.PARENTAL_RESPONSIBILITY): frozenset(Area) for holder in holders - {child}}


def _areas(guardianship: Guardianship, on: date) -> frozenset[Area]:
    tasks = next((tasks for valid_from, tasks in reversed(TASKS) if valid_from <= on), {})
    if guardianship.kind not in GUARDIAN_KINDS:
        return frozenset()
    covered = (tasks.get(task, frozenset()) for agency, task in guardianship.tasks if agency == MUNICIPALITY)
    return frozenset().union(*covered)
