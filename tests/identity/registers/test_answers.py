"""What the population register's words come to: gradings, addresses, death, parents and guardians."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen_portal.identity.models import Area, Basis, Protection
from citizen_portal.identity.registers.freg_person import person_in, protection_in
from citizen_portal.identity.registers.freg_relations import relations_in
from citizen_portal.identity.registers.mandates import guardians, parents
from citizen_portal.identity.registers.port import Guardianship
from tests.identity.registers.fake_registers import address, freg_person
from tests.identity.registers.fixtures import BORGHILD, KARI, OLA

TODAY = date(2026, 11, 26)
EMMA = "13527248013"
STRICTNESS = [Protection.NONE, Protection.CONFIDENTIAL, Protection.STRICTLY_CONFIDENTIAL, Protection.UNKNOWN]
GRADES = {
    "ugradert": Protection.NONE,
    "klientadresse": Protection.NONE,
    "fortrolig": Protection.CONFIDENTIAL,
    "strengtFortrolig": Protection.STRICTLY_CONFIDENTIAL,
}


def graded(grade: Any, *, is_current: bool = True) -> dict[str, Any]:
    """An entry of adressebeskyttelse."""
    return {"graderingsnivaa": grade, "erGjeldende": is_current}


@pytest.mark.parametrize("grade", [*GRADES, "hemmelig", "FORTROLIG", "", 6, None, ["fortrolig"]])
def test_a_grading_counts_wherever_it_stands_and_an_unknown_one_most(grade: Any) -> None:
    expected = GRADES.get(grade, Protection.UNKNOWN) if isinstance(grade, str) else Protection.UNKNOWN
    assert protection_in({"adressebeskyttelse": [graded(grade)]}) is expected
    if grade is not None:
        for kind in ("bostedsadresse", "postadresse"):
            person = {**freg_person("Kari Moen"), kind: [address(grade)]}
            assert person_in(person).protection is expected
            assert (person_in(person).address is None) is (grade != "ugradert")


@given(st.lists(st.sampled_from([*GRADES, "ny verdi"]), max_size=4), st.lists(st.sampled_from([*GRADES]), max_size=3))
def test_the_strictest_of_all_gradings_holds(of_person: list[str], of_addresses: list[str]) -> None:
    document = {
        "adressebeskyttelse": [graded(grade) for grade in of_person],
        "bostedsadresse": [address(grade) for grade in of_addresses],
    }
    each = [GRADES.get(grade, Protection.UNKNOWN) for grade in (*of_person, *of_addresses)]
    assert protection_in(document) is max(each, key=STRICTNESS.index, default=Protection.NONE)


@given(
    st.recursive(
        st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(st.sampled_from(["graderingsnivaa", "erGjeldende", "x"]), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_no_junk_makes_a_protected_person_open(junk: Any) -> None:
    for part in (junk, [graded("strengtFortrolig"), junk], [graded("fortrolig"), {"graderingsnivaa": junk}]):
        found = protection_in({"adressebeskyttelse": part})
        if part is not junk:
            assert found is not Protection.NONE


def test_what_is_past_protects_no_longer() -> None:
    assert protection_in({"adressebeskyttelse": [graded("fortrolig", is_current=False)]}) is Protection.NONE
    without_mark = {"graderingsnivaa": "fortrolig"}
    assert protection_in({"adressebeskyttelse": [without_mark]}) is Protection.CONFIDENTIAL


def test_an_institution_is_not_shown_as_an_address() -> None:
    person = person_in({**freg_person("Borghild Moen"), "bostedsadresse": [address("klientadresse")]})
    assert (person.protection, person.address) == (Protection.NONE, None)


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ({"postadresseIFrittFormat": {"adresselinje": ["Hytta ", "", 3, "Vekkom"]}}, ("Hytta", "Vekkom")),
        ({"postboksadresse": {"postbokseier": "Kari Moen", "postboks": "12"}}, ("Kari Moen", "Postboks 12")),
        ({"vegadresseForPost": {"coAdressenavn": "c/o Ola", "adressenavn": "Bua"}}, ("c/o Ola", "Bua")),
        ({"vegadresse": "Testveien"}, None),
        ({"ukjentBosted": {"bostedskommune": "3439"}}, None),
    ],
)
def test_every_kind_of_address_is_read_or_left_out(parts: dict[str, Any], lines: tuple[str, ...] | None) -> None:
    place = {"poststed": {"postnummer": "2630", "poststedsnavn": "RINGEBU"}}
    entry = {"erGjeldende": True}
    entry |= {kind: {**found, **place} if isinstance(found, dict) else found for kind, found in parts.items()}
    person = person_in({**freg_person("Kari Moen"), "bostedsadresse": [], "postadresse": [entry]})
    assert (person.address and person.address.lines) == lines


@pytest.mark.parametrize(
    ("parts", "is_dead", "died"),
    [
        ({"doedsfall": [{"doedsdato": "2026-11-20", "erGjeldende": True}]}, True, date(2026, 11, 20)),
        ({"doedsfall": {"doedsdato": "2026-11-20", "erGjeldende": True}}, True, date(2026, 11, 20)),
        ({"doedsfall": [{"doedsdato": "junk", "erGjeldende": True}]}, True, None),
        ({"doedsfall": [{"doedsdato": "2026-11-20", "erGjeldende": False}]}, False, None),
        ({"status": [{"status": "doed", "erGjeldende": True}]}, True, None),
        ({"status": [{"status": "utflyttet", "erGjeldende": True}]}, False, None),
    ],
)
def test_death_is_read_from_its_date_or_from_the_status(
    parts: dict[str, Any], is_dead: bool, died: date | None
) -> None:
    person = person_in({**freg_person("Kari Moen"), **parts})
    assert (person.is_dead, person.death_date) == (is_dead, died)


def of_parents(ansvar: str, *holders: str | None) -> dict[str, Any]:
    """Emma's record: Kari is her mother, Ola her father."""
    return {
        "familierelasjon": [
            {"relatertPerson": KARI, "relatertPersonsRolle": "mor", "erGjeldende": True},
            {"relatertPerson": OLA, "relatertPersonsRolle": "far", "erGjeldende": True},
            {"relatertPerson": BORGHILD, "relatertPersonsRolle": "medmor", "erGjeldende": False},
        ],
        "foreldreansvar": [{"ansvar": ansvar, "ansvarlig": holder, "erGjeldende": True} for holder in holders],
    }


@pytest.mark.parametrize(
    ("record", "who"),
    [
        (of_parents("felles", KARI, OLA), {KARI, OLA}),
        (of_parents("felles", None), {KARI, OLA}),
        (of_parents("felles", KARI), {KARI}),
        (of_parents("mor", KARI), {KARI}),
        (of_parents("mor", None), {KARI}),
        (of_parents("far", None), {OLA}),
        (of_parents("medmor", None), set()),
        (of_parents("andre", KARI), set()),
        (of_parents("ukjent", KARI), set()),
        (of_parents("delt", KARI), set()),
        (of_parents("felles", BORGHILD), set()),
        (of_parents("felles"), set()),
        ({"foreldreansvar": [{"ansvar": "felles", "ansvarlig": KARI, "erGjeldende": True}]}, set()),
    ],
)
def test_the_childs_own_record_says_who_acts_for_it(record: dict[str, Any], who: set[str]) -> None:
    found = parents(EMMA, date(2017, 5, 5), relations_in(record), TODAY)
    assert found == {(parent, Basis.PARENTAL_RESPONSIBILITY): frozenset(Area) for parent in who}


@pytest.mark.parametrize(("born", "is_child"), [(date(2008, 11, 27), True), (date(2008, 11, 26), False), (None, False)])
def test_parents_act_for_a_child_until_the_day_it_is_eighteen(born: date | None, is_child: bool) -> None:
    assert bool(parents(EMMA, born, relations_in(of_parents("felles", KARI)), TODAY)) is is_child


@pytest.mark.parametrize(
    ("tasks", "areas"),
    [
        ([("kommune", "helseOgOmsorg")], {Area.HEALTH, Area.VISITS}),
        ([("kommune", "skattOgAvgift"), ("kommune", "byggOgEiendom")], {Area.ECONOMY, Area.OTHER}),
        ([("nav", "helseOgOmsorg"), ("skatteetaten", "skatt")], set()),
        ([("kommune", "nyOppgave")], set()),
        ([], set()),
    ],
)
def test_a_guardian_has_the_areas_that_the_register_gives_with_the_municipality(
    tasks: list[tuple[str, str]], areas: set[Area]
) -> None:
    found = guardians([Guardianship("voksen", KARI, tuple(tasks))], TODAY)
    assert found == ({(KARI, Basis.GUARDIANSHIP): areas} if areas else {})


def test_a_guardian_without_a_number_of_a_kind_we_do_not_know_or_before_tasks_were_given_has_nothing() -> None:
    tasks = (("kommune", "helseOgOmsorg"),)
    assert guardians([Guardianship("voksen", None, tasks), Guardianship("nyType", KARI, tasks)], TODAY) == {}
    assert guardians([Guardianship("voksen", KARI, tasks)], date(2023, 10, 31)) == {}


JUNK = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["erGjeldende", "verge", "ansvar", "ansvarlig", "tjenesteomraade", "relatertPerson"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JUNK, JUNK, JUNK)
def test_junk_gives_nobody_anything(family: Any, responsibility: Any, guardianship: Any) -> None:
    relations = relations_in(
        {"familierelasjon": family, "foreldreansvar": responsibility, "vergemaalEllerFremtidsfullmakt": guardianship}
    )
    assert parents(EMMA, date(2017, 5, 5), relations, TODAY) == {}
    assert guardians(relations.guardianships, TODAY) == {}
