"""People as a municipality knows them: found by a number that nobody can read, and represented only while it holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, text

from citizen_portal import clock, db
from citizen_portal.auth.actor import Role, System
from citizen_portal.demo.people import named_citizens
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries, reach, service
from citizen_portal.identity.encryption import CannotDecrypt, KeyRing
from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.models import Area, Basis, Person, Representation, StaffRole
from citizen_portal.tenancy.models import Municipality, Unit

OLD, NEW, LOOKUP = bytes(32), bytes(range(32)), bytes(range(1, 33))
KARIS = named_citizens()[0].national_id


def test_the_newest_key_encrypts_and_every_known_key_decrypts() -> None:
    before = KeyRing({"2026": OLD}, LOOKUP)
    after = KeyRing({"2026": OLD, "2027": NEW}, LOOKUP)
    value = before.encrypt(KARIS, "person:1:a")
    assert after.decrypt(value, "person:1:a") == KARIS
    renewed = after.encrypt(KARIS, "person:1:a")
    assert KeyRing({"2027": NEW}, LOOKUP).decrypt(renewed, "person:1:a") == KARIS
    with pytest.raises(CannotDecrypt):
        before.decrypt(renewed, "person:1:a")


def test_an_encrypted_value_is_worth_nothing_elsewhere_or_changed() -> None:
    ring = KeyRing({"2026": OLD}, LOOKUP)
    value = ring.encrypt(KARIS, "person:1:a")
    assert value != ring.encrypt(KARIS, "person:1:a")
    for broken, place in ((value, "person:1:b"), (value[:-1] + bytes([value[-1] ^ 1]), "person:1:a")):
        with pytest.raises(CannotDecrypt):
            ring.decrypt(broken, place)


def test_a_number_hashes_differently_in_each_municipality() -> None:
    ring = KeyRing({"2026": OLD}, LOOKUP)
    assert ring.lookup_hash(KARIS, "person:1") == ring.lookup_hash(KARIS, "person:1")
    assert ring.lookup_hash(KARIS, "person:1") != ring.lookup_hash(KARIS, "person:2")
    assert ring.lookup_hash(KARIS, "person:1") != KeyRing({"2026": OLD}, NEW).lookup_hash(KARIS, "person:1")


@pytest.mark.parametrize("keys", [{}, {"short": b"x"}])
def test_a_key_of_the_wrong_size_is_refused(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(keys, LOOKUP)


def test_a_person_is_known_once_and_keeps_the_name_when_none_is_given(in_ringebu: Municipality) -> None:
    with db.transaction() as session:
        kari = service.register_person(session, national_id=KARIS, name="Kari Moen")
        again = service.register_person(session, national_id=KARIS, name="")
        assert (again.id, again.name) == (kari.id, "Kari Moen")
        assert service.register_person(session, national_id=KARIS, name="Kari Moen Lie").name == "Kari Moen Lie"
    with db.read_only() as session:
        assert queries.person(session, kari.id).national_id == KARIS


def test_a_person_without_a_name_is_called_so_until_one_is_given(in_ringebu: Municipality) -> None:
    with db.transaction() as session:
        assert service.register_person(session, national_id=KARIS, name=" ").name == "Navn ikke oppgitt"
        assert service.register_person(session, national_id=KARIS, name="Kari Moen").name == "Kari Moen"


def test_what_is_no_number_makes_nobody(in_ringebu: Municipality) -> None:
    with db.transaction() as session, pytest.raises(InvalidNationalId):
        service.register_person(session, national_id="12345678901", name="Nobody")


def test_two_first_logins_at_once_make_one_person(in_ringebu: Municipality) -> None:
    both = Barrier(2)

    def register() -> object:
        with db.as_municipality(in_ringebu.id), db.transaction() as session:
            session.execute(text("SELECT 1"))
            both.wait(timeout=10)
            return service.register_person(session, national_id=KARIS, name="Kari Moen").id

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(register) for _ in range(2))
        assert first.result() == second.result()


def test_the_neighbour_does_not_know_kari(kari: Person, nord_fron: Municipality) -> None:
    with db.as_municipality(nord_fron.id), db.read_only() as session:
        assert queries.person_by_national_id(session, KARIS) is None
        with pytest.raises(NotFound):
            queries.person(session, kari.id)


def _kari_for_borghild(system: System, kari: Person, borghild: Person, days: int | None = None) -> Representation:
    with db.transaction() as session:
        return service.register_representation(
            session,
            system,
            principal=borghild,
            representative=kari,
            basis=Basis.NEXT_OF_KIN,
            areas=[Area.VISITS],
            relation="mother",
            valid_to_date=None if days is None else clock.today() + timedelta(days=days),
        )


def test_kari_acts_for_her_mother_in_visits_alone(the_system: System, kari: Person, borghild: Person) -> None:
    _kari_for_borghild(the_system, kari, borghild)
    with db.read_only() as session:
        people = select(Person.id, queries.relation_to(kari.id, Area.VISITS))
        assert session.execute(people.where(Person.id.in_(reach.represented(kari.id, Area.VISITS)))).all() == [
            (borghild.id, "mother")
        ]
        assert session.scalars(reach.represented(kari.id, Area.ECONOMY)).all() == []
        assert session.scalars(reach.represented(borghild.id, Area.VISITS)).all() == []


def test_a_representation_ends_after_its_last_day_and_when_it_is_taken_back(
    the_system: System, kari: Person, borghild: Person
) -> None:
    representation = _kari_for_borghild(the_system, kari, borghild, days=2)

    def holds() -> bool:
        with db.read_only() as session:
            return session.scalar(reach.represented(kari.id, Area.VISITS)) == borghild.id

    for days, expected in ((-1, False), (0, True), (2, True), (3, False)):
        with clock.frozen(clock.now() + timedelta(days=days)):
            assert holds() is expected
    with db.transaction() as session:
        known = session.scalars(select(Representation).where(Representation.id == representation.id)).one()
        known.revoked_at = clock.now()
    assert not holds()


def test_an_employee_is_known_by_the_employers_own_id(home_care: Unit) -> None:
    with db.transaction() as session:
        member = service.employ(
            session,
            issuer="https://login.example",
            subject="oid-1",
            name="Siri Haugen",
            title="Saksbehandler",
            unit_id=home_care.id,
            roles=[Role.CASEWORKER, Role.ARCHIVIST],
        )
        roles = session.scalars(select(StaffRole.role).where(StaffRole.staff_id == member.id).order_by(StaffRole.role))
        assert list(roles) == [Role.ARCHIVIST, Role.CASEWORKER]
    assert member.is_active
