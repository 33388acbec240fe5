"""Family, parental responsibility and guardians in the population register's JSON, in our words.

What cannot be read gives nobody anything: an entry without a number, or with terms that we do not know, is left out.
"""

from collections.abc import Mapping
from typing import Any

from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.national_id import NationalId
from citizen_portal.identity.registers.freg_person import current
from citizen_portal.identity.registers.port import Guardianship, ParentalResponsibility, Relations, Responsibility

_PARENT_ROLES = {kind.value: kind for kind in (Responsibility.MOTHER, Responsibility.FATHER, Responsibility.CO_MOTHER)}


def relations_in(document: Mapping[str, Any]) -> Relations:
    """The relations of an answer."""
    parents: dict[str, Responsibility] = {}
    children: list[str] = []
    for entry in current(document, "familierelasjon"):
        number, role = _number(entry.get("relatertPerson")), entry.get("relatertPersonsRolle")
        if number and role == "barn":
            children.append(number)
        elif number and isinstance(role, str) and role in _PARENT_ROLES:
            parents[number] = _PARENT_ROLES[role]
    responsibilities = tuple(map(_responsibility, current(document, "foreldreansvar")))
    children += [found.child for found in responsibilities if found.child]
    guardianships = tuple(map(_guardianship, current(document, "vergemaalEllerFremtidsfullmakt")))
    return Relations(parents, tuple(dict.fromkeys(children)), responsibilities, guardianships)


def _responsibility(entry: Mapping[str, Any]) -> ParentalResponsibility:
    kind = next((known for known in Responsibility if known.value == entry.get("ansvar")), Responsibility.UNKNOWN)
    return ParentalResponsibility(kind, _number(entry.get("ansvarlig")), _number(entry.get("ansvarssubjekt")))


def _guardianship(entry: Mapping[str, Any]) -> Guardianship:
    guardian = entry.get("verge")
    guardian = guardian if isinstance(guardian, dict) else {}
    areas = guardian.get("tjenesteomraade")
    tasks = tuple(
        (area["vergeTjenestevirksomhet"], area["vergeTjenesteoppgave"])
        for area in (areas if isinstance(areas, list) else [])
        if isinstance(area, dict)
        and isinstance(area.get("vergeTjenestevirksomhet"), str)
        and isinstance(area.get("vergeTjenesteoppgave"), str)
    )
    kind = entry.get("vergemaaltype")
    return Guardianship(kind if isinstance(kind, str) else "", _number(guardian.get("foedselsEllerDNummer")), tasks)


def _number(value: object) -> str | None:
    try:
        return NationalId.parse(value).value if isinstance(value, str) else None
    except InvalidNationalId:
        return None
