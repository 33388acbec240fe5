"""What the demo's registers know of its people, in the registers' own JSON; the same each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from citizen_portal import clock
from citizen_portal.demo.people import (
    NORD_FRON,
    RINGEBU,
    SOR_FRON,
    DemoPerson,
    all_citizens,
    named_citizens,
    named_staff,
    synthetic_national_id,
)

_PLACES: Final = {RINGEBU: ("2630", "RINGEBU"), SOR_FRON: ("2647", "SØR-FRON"), NORD_FRON: ("2640", "VINSTRA")}
_STREETS: Final = ("Testveien", "Øvre Testveg", "Eksempelgata", "Prøvesvingen", "Synteselia")
_OLD, _GROWN_UP, _RETIRED = date(1946, 1, 1), date(1996, 1, 1), date(1960, 1, 1)


def _emma() -> DemoPerson:
    born = date(2017, 3, 14)
    number = synthetic_national_id(born, is_woman=True, randomness=Random("emma-moen"))
    return DemoPerson("emma-moen", "Emma", "Moen", born, number, RINGEBU)


@dataclass(frozen=True, slots=True)
class DemoFamilies:
    """Who has to do with whom, and whose address is nobody's business."""

    mother: DemoPerson
    father: DemoPerson
    child: DemoPerson
    ward: DemoPerson
    guardian: DemoPerson
    protected: DemoPerson


@cache
def families() -> DemoFamilies:
    """Kari and Per have a child; of the unnamed, one old person has a guardian and one a protected address."""
    named = {person.key: person for person in named_citizens()}
    unnamed = [
        person for person in reversed(all_citizens()) if not person.role and person.municipality_number == RINGEBU
    ]
    grown_up = [person for person in unnamed if _RETIRED < person.birth_date < _GROWN_UP]
    ward = next(person for person in unnamed if person.birth_date < _OLD)
    return DemoFamilies(named["kari"], named["per"], _emma(), ward, guardian=grown_up[0], protected=grown_up[1])


@cache
def everybody() -> Mapping[str, DemoPerson]:
    """By national id."""
    people = [*all_citizens(), *(member.person for member in named_staff()), families().child]
    return {person.national_id: person for person in people}


def freg_document(person: DemoPerson) -> dict[str, Any]:
    """Every part that the population register has of a person."""
    is_protected = person == families().protected
    grade = "strengtFortrolig" if is_protected else "ugradert"
    return {
        "identifikasjonsnummer": [_current(foedselsEllerDNummer=person.national_id, status="iBruk")],
        "navn": [_current(fornavn=person.given_name, etternavn=person.family_name)],
        "foedsel": [_current(foedselsdato=person.birth_date.isoformat())],
        "status": [_current(status="bosatt")],
        "doedsfall": [],
        "adressebeskyttelse": [_current(graderingsnivaa=grade)] if is_protected else [],
        "bostedsadresse": [] if is_protected else [_current(adressegradering=grade, vegadresse=_street(person))],
        "postadresse": [],
        **_relations(person),
    }


def krr_person(person: DemoPerson) -> dict[str, Any]:
    """What the contact register has: most can be told, some have said no, some have not confirmed for years."""
    randomness = Random(f"krr {person.key}")
    is_reserved = not person.role and randomness.random() < 0.1
    age = timedelta(days=30 if person.role or randomness.random() < 0.85 else 700)
    said = (clock.now() - age).isoformat(timespec="milliseconds")
    contact = {"epostadresse": f"{person.key}@example.org", "epostadresse_oppdatert": said}
    return {
        "personidentifikator": person.national_id,
        "reservasjon": "JA" if is_reserved else "NEI",
        "status": "AKTIV",
        "varslingsstatus": "KAN_IKKE_VARSLES" if is_reserved else "KAN_VARSLES",
        "kontaktinformasjon": {} if is_reserved else contact,
        "spraak": person.language,
    }


def _relations(person: DemoPerson) -> dict[str, Any]:
    known = families()
    family, responsibility, guardianship = [], [], []
    parents = {"mor": known.mother, "far": known.father}
    if person in parents.values():
        family.append(_current(relatertPerson=known.child.national_id, relatertPersonsRolle="barn"))
        responsibility.append(_current(ansvar="felles", ansvarssubjekt=known.child.national_id))
    if person == known.child:
        for role, parent in parents.items():
            family.append(_current(relatertPerson=parent.national_id, relatertPersonsRolle=role))
            responsibility.append(_current(ansvar="felles", ansvarlig=parent.national_id))
    if person == known.ward:
        task = {"vergeTjenestevirksomhet": "kommune", "vergeTjenesteoppgave": "helseOgOmsorg"}
        guardian = {"foedselsEllerDNummer": known.guardian.national_id, "tjenesteomraade": [task]}
        guardianship.append(_current(vergemaaltype="voksen", embete="statsforvalterenIInnlandet", verge=guardian))
    return {
        "familierelasjon": family,
        "foreldreansvar": responsibility,
        "vergemaalEllerFremtidsfullmakt": guardianship,
    }


def _street(person: DemoPerson) -> dict[str, Any]:
    randomness = Random(f"address {person.family_name} {person.municipality_number}")
    code, place = _PLACES[person.municipality_number]
    return {
        "kommunenummer": person.municipality_number,
        "adressenavn": randomness.choice(_STREETS),
        "adressenummer": {"husnummer": str(randomness.randrange(1, 60))},
        "poststed": {"postnummer": code, "poststedsnavn": place},
    }


def _current(**facts: Any) -> dict[str, Any]:
    return {"erGjeldende": True, "kilde": "Demo", **facts}
