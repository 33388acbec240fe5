"""Synthetic people: the named ones of the demo, and as many more as wanted, the same ones every time.

Their national ids carry month + 80 as Skatteetaten's own test people (Tenor) do, so no real person has them. The names
are drawn from lists of ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from citizen_portal.identity.national_id import first_check_digit, second_check_digit

RINGEBU, NORD_FRON, SOR_FRON = "3439", "3436", "3438"
HOME_CARE, RECORDS, SERVICE_DESK = "Hjemmetjenesten", "Dokumentsenteret", "Servicetorget"
SCHOOLS, ARTS, HOUSING = "Oppvekst", "Kulturskolen", "Boligkontoret"
_FIRST_BIRTH, _LAST_BIRTH = date(1932, 1, 1), date(2008, 12, 31)
_SYNTHETIC_MONTH = 80

_WOMEN = (
    "Anne Aud Berit Bjørg Dagny Eli Elin Ellen Emma Gerd Grete Guro Hanne Hedda Hilde Ida Inger Ingrid "
    "Jorunn Julie Kjersti Kristin Liv Maja Marit Mari Marte Nora Oddny Ragnhild Randi Reidun Sara Sigrid "
    "Silje Sissel Solveig Synnøve Tone Torill Turid Unni Vigdis Åse Åshild"
)
_MEN = (
    "Anders Arne Asbjørn Bjarne Einar Eirik Erling Even Finn Geir Gunnar Halvor Harald Henrik Håkon Ivar "
    "Jakob Johan Kjell Knut Kåre Lars Leif Magnus Martin Morten Odd Olav Oskar Per Petter Rolf Rune "
    "Sigurd Simen Sindre Stein Svein Terje Tor Trond Trygve Vegard Øystein Øyvind"
)
_FAMILIES = (
    "Aasen Bakken Berge Brekke Bråten Dahl Eide Enger Forr Fossum Frydenlund Grønn Haugen Hagen Hove "
    "Kleiven Kolstad Kvam Lien Lund Løkken Moe Myhre Nordby Nygård Odden Rud Sletten Solberg Stensrud "
    "Strand Sveen Sørlie Teigen Tangen Ulvolden Vik Voll Wiger Øverby Øvstedal Åmodt"
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can log in to the demo. `key` is stable; `role` is a person's part in the story, in Norwegian."""

    key: str
    given_name: str
    family_name: str
    birth_date: date
    national_id: str
    municipality_number: str
    role: str = ""
    language: str = "nb"

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """An employee who can log in to the demo; `roles` are the names of auth.roles that the staff token carries."""

    key: str
    person: DemoPerson
    title: str
    roles: tuple[str, ...]
    unit_name: str = HOME_CARE
    also_in: str | None = None
    """Another unit, where she is a caseworker."""

    @property
    def oid(self) -> UUID:
        """The employee's stable id at the staff provider, as Entra ID gives one."""
        return uuid5(NAMESPACE_URL, f"https://demo.invalid/staff/{self.key}")


def synthetic_national_id(birth_date: date, *, is_woman: bool, randomness: Random) -> str:
    """A number of Tenor's kind (month + 80) with valid check digits by the rule until 2032.

    The individual digits follow the birth century (1900–1999: 000–499, 2000–2039: 500–999) and the sex (odd for men).

    Raises:
        ValueError: born before 1900 or after 2039.
    """
    if not 1900 <= birth_date.year <= 2039:
        raise ValueError(birth_date.year)
    start = 0 if birth_date.year < 2000 else 500
    date_part = f"{birth_date.day:02}{birth_date.month + _SYNTHETIC_MONTH:02}{birth_date.year % 100:02}"
    while True:
        individual = start + 2 * randomness.randrange(250) + (0 if is_woman else 1)
        digits = [int(character) for character in f"{date_part}{individual:03}"]
        first = first_check_digit(digits)
        second = None if first is None else second_check_digit([*digits, first])
        if first is not None and second is not None:
            return "".join(map(str, [*digits, first, second]))


def named_citizens() -> tuple[DemoPerson, ...]:
    """The citizens of the story."""
    return (
        _named(
            "kari",
            "Kari",
            "Moen",
            date(1978, 4, 12),
            "Datter av Borghild. Søker trygghetsalarm og følger besøkene.",
            is_woman=True,
        ),
        _named("borghild", "Borghild", "Moen", date(1941, 9, 3), "Mor til Kari. Får hjemmetjenester.", is_woman=True),
        _named("per", "Per", "Moen", date(1976, 2, 20), "Gift med Kari. Far til Emma.", is_woman=False),
        _named("ola", "Ola", "Nordli", date(1985, 1, 27), "Innbygger uten noe med Borghild å gjøre.", is_woman=False),
        _named(
            "jon",
            "Jon Mihkkal",
            "Sara",
            date(1990, 6, 15),
            "Innbygger som leser nordsamisk.",
            is_woman=False,
            language="se",
        ),
        _named(
            "gudny",
            "Gudny",
            "Haverstad",
            date(1956, 11, 30),
            "Innbygger i Nord-Fron som les nynorsk.",
            NORD_FRON,
            is_woman=True,
            language="nn",
        ),
    )


def named_staff() -> tuple[DemoStaff, ...]:
    """The employees of the story; Nils works in Nord-Fron, Gro in Sør-Fron, the others in Ringebu.

    Superuser: Ragna. Auditor: Marit. System owner: Bjørn. Tuva may handle people with a protected address. What Henrik
    decides about loans Solveig must approve.
    """
    return (
        *_staff_of_the_story(),
        *_staff_of_the_housing_office(),
        *_staff_of_the_neighbours(),
        *_staff_who_look_after_access(),
    )


def _staff_of_the_story() -> tuple[DemoStaff, ...]:
    return (
        _staff(
            "siri", "Siri", "Haugen", date(1983, 2, 8), "Saksbehandler, Hjemmetjenesten", ("caseworker",), is_woman=True
        ),
        _staff("jonas", "Jonas", "Berg", date(1992, 7, 19), "Sykepleier, Hjemmetjenesten", ("nurse",), is_woman=False),
        _staff(
            "astrid",
            "Astrid",
            "Lien",
            date(1970, 10, 5),
            "Arkivar, Dokumentsenteret",
            ("archivist",),
            is_woman=True,
            unit_name=RECORDS,
        ),
        _staff(
            "ingrid",
            "Ingrid",
            "Fossum",
            date(1986, 9, 21),
            "Rådgiver, Oppvekst",
            ("caseworker",),
            is_woman=True,
            unit_name=SCHOOLS,
        ),
    )


def _staff_of_the_housing_office() -> tuple[DemoStaff, ...]:
    return (
        _staff(
            "henrik",
            "Henrik",
            "Aasen",
            date(1989, 5, 4),
            "Rådgiver, Boligkontoret",
            ("caseworker",),
            is_woman=False,
            unit_name=HOUSING,
        ),
        _staff(
            "solveig",
            "Solveig",
            "Lund",
            date(1971, 1, 18),
            "Leder, Boligkontoret",
            ("manager",),
            is_woman=True,
            unit_name=HOUSING,
        ),
    )


def _staff_of_the_neighbours() -> tuple[DemoStaff, ...]:
    return (
        _staff(
            "nils",
            "Nils",
            "Bakken",
            date(1975, 3, 22),
            "Saksbehandler, Nord-Fron",
            ("caseworker",),
            NORD_FRON,
            is_woman=False,
        ),
        _staff(
            "gro",
            "Gro",
            "Sveen",
            date(1979, 5, 14),
            "Saksbehandlar, Sør-Fron",
            ("caseworker",),
            SOR_FRON,
            is_woman=True,
        ),
    )


def _staff_who_look_after_access() -> tuple[DemoStaff, ...]:
    return (
        _staff(
            "tuva",
            "Tuva",
            "Kleiven",
            date(1981, 8, 30),
            "Saksbehandler, Hjemmetjenesten",
            ("caseworker", "protected_access"),
            is_woman=True,
        ),
        _staff(
            "ragna",
            "Ragna",
            "Tofte",
            date(1968, 12, 2),
            "Fagleder, Hjemmetjenesten",
            ("caseworker", "superuser"),
            is_woman=True,
            also_in=SERVICE_DESK,
        ),
        _staff(
            "marit",
            "Marit",
            "Bakke",
            date(1972, 6, 9),
            "Internkontroll, Servicetorget",
            ("auditor",),
            is_woman=True,
            unit_name=SERVICE_DESK,
        ),
        _system_owner(),
    )


def _system_owner() -> DemoStaff:
    title, roles = "Systemeier, Servicetorget", ("system_owner",)
    born = date(1977, 3, 17)
    return _staff("bjorn", "Bjørn", "Øverland", born, title, roles, is_woman=False, unit_name=SERVICE_DESK)


def more_citizens(count: int = 200, seed: int = 3439) -> Iterator[DemoPerson]:
    """`count` more citizens, half in Ringebu and the rest shared by the two others; the same for the same seed."""
    randomness = Random(seed)
    taken = {person.national_id for person in named_citizens()} | {staff.person.national_id for staff in named_staff()}
    municipalities = (RINGEBU, SOR_FRON, RINGEBU, NORD_FRON)
    for index in range(count):
        person = _random_person(randomness, f"citizen-{index + 1:03}", municipalities[index % 4])
        while person.national_id in taken:
            person = _random_person(randomness, person.key, person.municipality_number)
        taken.add(person.national_id)
        yield person


def all_citizens() -> tuple[DemoPerson, ...]:
    """The named citizens and 200 more."""
    return (*named_citizens(), *more_citizens())


def _named(
    key: str,
    given_name: str,
    family_name: str,
    birth_date: date,
    role: str,
    municipality_number: str = RINGEBU,
    *,
    is_woman: bool,
    language: str = "nb",
) -> DemoPerson:
    randomness = Random(key)
    national_id = synthetic_national_id(birth_date, is_woman=is_woman, randomness=randomness)
    return DemoPerson(key, given_name, family_name, birth_date, national_id, municipality_number, role, language)


def _staff(
    key: str,
    given_name: str,
    family_name: str,
    birth_date: date,
    title: str,
    roles: tuple[str, ...],
    municipality_number: str = RINGEBU,
    *,
    is_woman: bool,
    unit_name: str = HOME_CARE,
    also_in: str | None = None,
) -> DemoStaff:
    person = _named(key, given_name, family_name, birth_date, title, municipality_number, is_woman=is_woman)
    return DemoStaff(key, person, title, roles, unit_name, also_in)


def _random_person(randomness: Random, key: str, municipality_number: str) -> DemoPerson:
    is_woman = randomness.random() < 0.5
    given_name = randomness.choice((_WOMEN if is_woman else _MEN).split())
    family_name = randomness.choice(_FAMILIES.split())
    birth_date = _FIRST_BIRTH + timedelta(days=randomness.randrange((_LAST_BIRTH - _FIRST_BIRTH).days + 1))
    national_id = synthetic_national_id(birth_date, is_woman=is_woman, randomness=randomness)
    language = "nn" if randomness.random() < 0.15 else "nb"
    return DemoPerson(key, given_name, family_name, birth_date, national_id, municipality_number, language=language)
