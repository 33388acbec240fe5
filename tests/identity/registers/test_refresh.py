"""What the population register says is kept, no answer fails closed, and parents and guardians follow its word."""

import logging
from collections.abc import Callable, Collection
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from citizen_portal import clock, db, jobs
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import System
from citizen_portal.config import Settings
from citizen_portal.demo.people import synthetic_national_id
from citizen_portal.identity import queries, registers, service, sessions
from citizen_portal.identity.models import Area, Basis, Person, Protection, Representation
from citizen_portal.identity.reach import represented
from citizen_portal.identity.registers import refresh
from citizen_portal.identity.registers.errors import RegisterError, RegisterUnavailable
from citizen_portal.identity.registers.prefill import prefill
from citizen_portal.identity.registers.refresh import begin_night, refresh_everybody, refresh_person
from citizen_portal.tenancy.models import Municipality
from tests.identity.registers.fake_registers import FREG, Canned, FakeRegisters, address, error, freg_person
from tests.identity.registers.fixtures import BORGHILD, KARI, OLA

pytestmark = pytest.mark.usefixtures("with_freg")

BORN = date(2017, 5, 5)


def _number(born: date, seed: int) -> str:
    return synthetic_national_id(born, is_woman=True, randomness=Random(seed))  # noqa: S311  a number, no secret


EMMA = _number(BORN, 1)
PROTECTED = {"adressebeskyttelse": [{"graderingsnivaa": "strengtFortrolig", "erGjeldende": True}]}


def ask_about(person: Person) -> Person:
    """Do the job, and see how the person stands."""
    refresh_person(person_id=str(person.id), municipality_id=person.municipality_id)
    return as_it_stands(person)


def as_it_stands(person: Person) -> Person:
    """The person as the database has her."""
    with db.as_municipality(person.municipality_id), db.read_only() as session:
        return queries.person(session, person.id)


def checked(person: Person, at: timedelta = timedelta(0), **facts: Any) -> Person:
    """The register answered about her some time ago."""
    with db.transaction() as session:
        values = {"register_checked_at": clock.now() - at, "protection": Protection.NONE, **facts}
        session.execute(update(Person).where(Person.id == person.id).values(values))
    return as_it_stands(person)


def acts_for(person: Person, area: Area = Area.OTHER) -> set[str]:
    """The names of those whom the person may act for in an area."""
    with db.read_only() as session:
        return set(session.scalars(select(Person.name).where(Person.id.in_(represented(person.id, area)))))


def rows() -> Collection[Representation]:
    """Every representation, in order."""
    with db.read_only() as session:
        return session.scalars(select(Representation).order_by(Representation.id)).all()


def events(tag: EventTag) -> Collection[AuditEvent]:
    """What was recorded."""
    with db.read_only() as session:
        return session.scalars(select(AuditEvent).where(AuditEvent.tag == tag.value)).all()


def test_kari_becomes_as_the_register_says(kari: Person, freg: FakeRegisters) -> None:
    freg.people[KARI] = freg_person("Kari Moen Lie", date(1978, 4, 13))
    found = ask_about(kari)
    assert (found.name, found.birth_date, found.protection) == ("Kari Moen Lie", date(1978, 4, 13), Protection.NONE)
    assert found.register_checked_at is not None
    with db.transaction() as session:  # a login does not call her otherwise afterwards
        assert service.register_person(session, national_id=KARI, name="KARI").name == "Kari Moen Lie"


@pytest.mark.parametrize(
    ("answer", "is_tried_again"),
    [
        (error(401), True),
        (error(403), True),
        (error(404), False),
        (error(429), True),
        (error(500), True),
        (Canned(body=b"junk"), True),
        (Canned(headers={"Content-Type": "text/html"}), True),
        (Canned(), False),
    ],
)
@pytest.mark.parametrize("before", [Protection.NONE, Protection.CONFIDENTIAL, None])
def test_no_answer_fails_closed(
    kari: Person, freg: FakeRegisters, before: Protection | None, answer: Canned, is_tried_again: bool
) -> None:
    if before is not None:
        checked(kari, protection=before)
    freg.about[KARI] = answer
    if is_tried_again:
        with pytest.raises(RegisterError):
            ask_about(kari)
    else:
        ask_about(kari)
    found = as_it_stands(kari)
    assert found.protection is (Protection.UNKNOWN if before is None else before)
    assert (found.register_checked_at is None) is (before is None)


def test_who_became_protected_is_so_at_once_and_no_longer_when_it_ends(kari: Person, freg: FakeRegisters) -> None:
    for parts, expected in (
        ({"adressebeskyttelse": [{"graderingsnivaa": "fortrolig", "erGjeldende": True}]}, Protection.CONFIDENTIAL),
        ({"adressebeskyttelse": [{"graderingsnivaa": "ny", "erGjeldende": True}]}, Protection.UNKNOWN),
        ({"postadresse": [address("strengtFortrolig")]}, Protection.STRICTLY_CONFIDENTIAL),
        ({}, Protection.NONE),
    ):
        freg.people[KARI] = freg_person("Kari Moen", **parts)
        assert ask_about(kari).protection is expected


def test_a_death_is_kept_with_its_first_date_and_taken_back_when_it_was_wrong(
    kari: Person, freg: FakeRegisters
) -> None:
    freg.people[KARI] = freg_person("Kari Moen", status=[{"status": "doed", "erGjeldende": True}])
    assert ask_about(kari).death_date == clock.today()
    died = clock.today() - timedelta(days=3)
    checked(kari, death_date=died)
    assert ask_about(kari).death_date == died
    freg.people[KARI] = freg_person("Kari Moen")
    assert ask_about(kari).death_date is None


def test_a_mother_acts_for_her_child_whom_nobody_here_knew(kari: Person, freg: FakeRegisters) -> None:
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA)
    ask_about(kari)
    for area in Area:
        assert acts_for(kari, area) == {"Emma Moen"}
    [row] = rows()
    assert (row.basis, row.relation, row.registered_by_name) == (
        Basis.PARENTAL_RESPONSIBILITY,
        "child",
        "Folkeregisteret",
    )
    [event] = events(EventTag.REPRESENTATION_REGISTERED)
    assert (event.about_person_id, event.actor_name) == (row.principal_id, "Folkeregisteret")
    with db.read_only() as session:
        emma = queries.person(session, row.principal_id)
        assert (emma.birth_date, emma.protection, emma.register_checked_at is None) == (BORN, Protection.NONE, False)
        assert queries.person_by_national_id(session, OLA) is None, "a father who never came here is not made known"


def test_asking_again_confirms_and_makes_nothing_twice(kari: Person, ola: Person, freg: FakeRegisters) -> None:
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA)
    ask_about(kari)
    first = rows()
    assert len(first) == 2, "the father is known here and acts too"
    long_ago = clock.now() - timedelta(hours=37)
    with db.transaction() as session:
        session.execute(update(Representation).values(confirmed_at=long_ago))
    assert acts_for(kari) == set()
    ask_about(ola)
    assert {row.id for row in rows()} == {row.id for row in first}
    assert acts_for(kari) == acts_for(ola) == {"Emma Moen"}
    assert len(events(EventTag.REPRESENTATION_REGISTERED)) == 2


@pytest.mark.parametrize("who", [KARI, OLA, EMMA])
@pytest.mark.parametrize("was_there_before", [True, False])
def test_nobody_acts_for_a_child_where_one_of_the_three_is_protected(
    kari: Person, ola: Person, freg: FakeRegisters, who: str, was_there_before: bool
) -> None:
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA)
    if was_there_before:
        ask_about(kari)
        assert acts_for(ola) == {"Emma Moen"}
    freg.people[who] |= PROTECTED
    ask_about(kari)
    assert [row for row in rows() if row.revoked_at is None] == []
    assert acts_for(kari) == acts_for(ola) == set()
    ended = events(EventTag.REPRESENTATION_ENDED)
    assert len(ended) == (2 if was_there_before else 0)
    assert all(event.details == {} for event in ended), "the log does not say why"


def test_responsibility_that_was_moved_ends_for_one_and_begins_for_the_other(
    kari: Person, ola: Person, freg: FakeRegisters
) -> None:
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA, ansvar="mor")
    ask_about(kari)
    assert (acts_for(kari), acts_for(ola)) == ({"Emma Moen"}, set())
    freg.relations.clear()
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA, ansvar="far")
    ask_about(kari)
    assert (acts_for(kari), acts_for(ola)) == (set(), {"Emma Moen"})
    [gone] = [row for row in rows() if row.revoked_at is not None]
    assert gone.revoked_by_name == "Folkeregisteret"


def test_what_cannot_be_asked_is_not_confirmed_and_not_ended(kari: Person, ola: Person, freg: FakeRegisters) -> None:
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA)
    ask_about(kari)
    confirmed = [row.confirmed_at for row in rows()]
    freg.about[OLA] = error(503)
    with pytest.raises(RegisterUnavailable):
        ask_about(kari)
    assert [row.confirmed_at for row in rows()] == confirmed
    assert acts_for(kari) == {"Emma Moen"}
    with clock.frozen(clock.now() + timedelta(hours=37)):
        assert acts_for(kari) == set()


def test_a_parent_is_over_when_the_child_is_eighteen(kari: Person, freg: FakeRegisters) -> None:
    freg.child(EMMA, "Emma Moen", BORN, mother=KARI, father=OLA)
    ask_about(kari)
    freg.people[EMMA] = freg_person("Emma Moen", clock.today().replace(year=clock.today().year - 19, day=1))
    ask_about(kari)
    assert [row.revoked_at is None for row in rows()] == [False]


def test_a_guardian_acts_in_the_areas_that_the_register_gives(
    borghild: Person, ola: Person, freg: FakeRegisters
) -> None:
    freg.guardian(BORGHILD, OLA, ("kommune", "skattOgAvgift"), ("nav", "pensjon"))
    ask_about(borghild)
    assert acts_for(ola, Area.ECONOMY) == {"Borghild Moen"}
    assert acts_for(ola, Area.HEALTH) == set()
    freg.relations.clear()
    freg.guardian(BORGHILD, OLA, ("kommune", "helseOgOmsorg"))
    ask_about(ola)  # her ward is known from before
    assert acts_for(ola, Area.ECONOMY) == set()
    assert acts_for(ola, Area.VISITS) == {"Borghild Moen"}
    freg.people[OLA] = freg_person("Ola Nordli", doedsfall=[{"doedsdato": "2026-01-01", "erGjeldende": True}])
    ask_about(borghild)
    assert acts_for(ola, Area.VISITS) == set()


def test_a_guardian_whom_nobody_here_knew_is_made_known(borghild: Person, freg: FakeRegisters) -> None:
    freg.guardian(BORGHILD, OLA, ("kommune", "helseOgOmsorg"))
    ask_about(borghild)
    with db.read_only() as session:
        guardian = queries.person_by_national_id(session, OLA)
    assert guardian is not None
    assert acts_for(guardian, Area.HEALTH) == {"Borghild Moen"}


def test_what_people_gave_themselves_is_left_alone(
    kari: Person, borghild: Person, the_system: System, freg: FakeRegisters
) -> None:
    with db.transaction() as session:
        service.register_representation(
            session,
            the_system,
            principal=borghild,
            representative=kari,
            basis=Basis.NEXT_OF_KIN,
            areas={Area.VISITS},
        )
    ask_about(borghild)
    assert acts_for(kari, Area.VISITS) == {"Borghild Moen"}


# Each night.


def everybody(municipality: Municipality) -> None:
    """The night's run."""
    refresh_everybody(municipality_id=municipality.id)


def test_each_night_those_who_matter_are_asked_about_and_others_are_not(
    in_ringebu: Municipality, kari: Person, borghild: Person, ola: Person, freg: FakeRegisters
) -> None:
    a_month = timedelta(days=30)
    checked(kari, at=a_month, last_login_at=clock.now() - timedelta(days=89))
    checked(ola, at=a_month, last_login_at=clock.now() - timedelta(days=91))
    everybody(in_ringebu)
    for person, is_asked in ((kari, True), (borghild, True), (ola, False)):
        stamp = as_it_stands(person).register_checked_at
        assert stamp is not None
        assert (clock.now() - stamp < timedelta(minutes=1)) is is_asked, person.name
    before = freg.count(FREG)
    everybody(in_ringebu)
    assert freg.count(FREG) == before, "a second run of the same night asks nobody again"


def test_who_is_represented_is_asked_about_each_night(
    in_ringebu: Municipality, the_system: System, kari: Person, borghild: Person, freg: FakeRegisters
) -> None:
    for person in (kari, borghild):
        checked(person, at=timedelta(days=200))
    with db.transaction() as session:
        service.register_representation(
            session,
            the_system,
            principal=borghild,
            representative=kari,
            basis=Basis.NEXT_OF_KIN,
            areas={Area.VISITS},
        )
    freg.people[BORGHILD] |= PROTECTED
    everybody(in_ringebu)
    assert as_it_stands(borghild).protection is Protection.STRICTLY_CONFIDENTIAL
    assert acts_for(kari, Area.VISITS) == set()


@pytest.mark.parametrize("trouble", [error(404), error(500), Canned(), Canned(body=b"junk")])
def test_one_persons_trouble_stops_nobody_elses_check(
    in_ringebu: Municipality, kari: Person, borghild: Person, ola: Person, freg: FakeRegisters, trouble: Canned
) -> None:
    freg.about[KARI] = trouble
    everybody(in_ringebu)
    assert as_it_stands(kari).protection is Protection.UNKNOWN
    for person in (borghild, ola):
        assert as_it_stands(person).protection is Protection.NONE
        assert as_it_stands(person).register_checked_at is not None


def test_a_fault_of_ours_with_one_person_stops_nobody_elses_check_and_tells_no_number(
    in_ringebu: Municipality, kari: Person, ola: Person, freg: FakeRegisters, caplog: pytest.LogCaptureFixture
) -> None:
    with db.transaction() as session:  # a number that no key opens any longer
        session.execute(
            update(Person).where(Person.id == kari.id).values(national_id_encrypted=b"\x04test" + bytes(40))
        )
    with caplog.at_level(logging.DEBUG):
        everybody(in_ringebu)
    assert as_it_stands(ola).register_checked_at is not None
    assert f"could not refresh person {kari.id}: CannotDecrypt" in caplog.text
    assert OLA not in caplog.text


def test_a_register_that_is_away_all_night_protects_whom_it_never_answered_about(
    in_ringebu: Municipality, freg: FakeRegisters, kari: Person
) -> None:
    checked(kari, at=timedelta(days=1), last_login_at=clock.now())
    with db.transaction() as session:
        others = [
            service.register_person(session, national_id=_number(BORN, seed), name="Noen") for seed in range(10, 18)
        ]
        session.flush()  # as they were before this installation had a register
        session.execute(update(Person).values(protection=Protection.NONE))
    freg.answers[FREG] = error(503)
    with pytest.raises(RegisterUnavailable):
        everybody(in_ringebu)
    assert freg.count(FREG) == refresh.FAILURES_IN_A_ROW
    assert {as_it_stands(other).protection for other in others} == {Protection.UNKNOWN}
    assert as_it_stands(kari).protection is Protection.NONE
    freg.answers.clear()
    for other in others:
        freg.people[other.national_id] = freg_person("Noen Andre")
    everybody(in_ringebu)
    assert {as_it_stands(other).protection for other in others} == {Protection.NONE}


def test_the_night_begins_in_every_municipality_and_the_neighbour_asks_by_its_own_access(
    in_ringebu: Municipality, nord_fron: Municipality, kari: Person, freg: FakeRegisters, settings: Settings
) -> None:
    with db.as_municipality(nord_fron.id), db.transaction() as session:
        gudny = service.register_person(session, national_id=OLA, name="Ola Nordli")
    begin_night(timestamp=0)
    jobs.run_worker(settings, until_idle=True)
    assert as_it_stands(kari).register_checked_at is not None
    assert as_it_stands(gudny).protection is Protection.UNKNOWN, "Nord-Fron has no access, so nobody knows"


def test_without_a_register_everybody_stays_as_made(in_ringebu: Municipality) -> None:
    registers.use(None, None)
    with db.transaction() as session:
        kari = service.register_person(session, national_id=KARI, name="Kari Moen")
    everybody(in_ringebu)
    assert ask_about(kari).protection is Protection.NONE
    assert prefill(in_ringebu, kari) is None


# An address to fill in beforehand.


def test_karis_address_is_filled_in_and_says_where_it_is_from(in_ringebu: Municipality, kari: Person) -> None:
    found = prefill(in_ringebu, checked(kari))
    assert found is not None
    assert (found.lines, found.postal_code, found.source) == (("Testveien 1B",), "2630", "Folkeregisteret")


@pytest.mark.parametrize("protection", [*Protection])
@pytest.mark.parametrize("is_checked", [True, False])
def test_no_address_is_filled_in_for_the_protected_or_the_unchecked(
    in_ringebu: Municipality, kari: Person, freg: FakeRegisters, protection: Protection, is_checked: bool
) -> None:
    person = checked(kari, protection=protection)
    if not is_checked:
        person.register_checked_at = None
    may = is_checked and protection is Protection.NONE
    assert (prefill(in_ringebu, person) is not None) is may
    assert freg.count(FREG) == (1 if may else 0), "of others the register is not even asked"


@pytest.mark.parametrize(
    "parts", [PROTECTED, {"bostedsadresse": [address("klientadresse")]}, {"bostedsadresse": [address("ny")]}]
)
def test_no_address_is_filled_in_that_became_secret_since_yesterday(
    in_ringebu: Municipality, kari: Person, freg: FakeRegisters, parts: dict[str, Any]
) -> None:
    freg.people[KARI] |= parts
    assert prefill(in_ringebu, checked(kari)) is None
    freg.about[KARI] = error(500)
    assert prefill(in_ringebu, checked(kari)) is None


def test_somebody_new_counts_as_protected_until_the_register_has_answered(
    in_ringebu: Municipality, freg: FakeRegisters, settings: Settings
) -> None:
    with db.transaction() as session:  # as when the care record system tells of a visit
        ola = service.register_person(session, national_id=OLA, name="Ola Nordli")
    assert as_it_stands(ola).protection is Protection.UNKNOWN
    jobs.run_worker(settings, until_idle=True)
    assert as_it_stands(ola).protection is Protection.NONE


def test_a_death_ends_the_sessions_that_are_open(
    kari: Person, ola: Person, log_in: Callable[..., str], freg: FakeRegisters
) -> None:
    tokens = [log_in(person) for person in (kari, ola)]
    freg.people[KARI] |= {"doedsfall": [{"doedsdato": "2026-01-01", "erGjeldende": True}]}
    ask_about(kari)
    with db.read_only() as session:
        assert [sessions.active_login(session, token) is not None for token in tokens] == [False, True]


def test_a_name_that_no_database_takes_is_cleaned(kari: Person, freg: FakeRegisters) -> None:
    freg.people[KARI] = freg_person("Ka\x00ri\ud800 Moen\n")
    assert ask_about(kari).name == "Kari Moen"
