"""Who is logged in, for how long, and how it ends."""

from datetime import timedelta

import pytest

from citizen_portal import clock, db
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff
from citizen_portal.identity import sessions
from citizen_portal.identity.errors import NoStaffAccess
from citizen_portal.identity.models import LoginSession, Person, StaffMember, StaffRole
from citizen_portal.identity.oidc import Authentication
from citizen_portal.tenancy.models import Municipality, Unit
from tests.conftest import CITIZEN_ISSUER, ActorFor, LogIn
from tests.statements import count_statements


def _active(token: str) -> sessions.ActiveLogin | None:
    with db.read_only() as session:
        return sessions.active_login(session, token)


def test_kari_is_known_by_the_token_in_her_browser(kari: Person, actor_for: ActorFor) -> None:
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    assert (actor.person_id, actor.name, actor.assurance) == (kari.id, "Kari Moen", Assurance.HIGH)


def test_siri_comes_in_with_her_unit_and_roles(siri: StaffMember, actor_for: ActorFor) -> None:
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    assert (actor.unit_name, actor.roles) == ("Hjemmetjenesten", frozenset({Role.CASEWORKER}))


def test_who_is_logged_in_is_one_question_to_the_database(
    superuser: StaffMember, service_desk: Unit, kari: Person, log_in: LogIn
) -> None:
    with db.transaction() as session:
        session.add(
            StaffRole(
                staff_id=superuser.id,
                unit_id=service_desk.id,
                role=Role.CASEWORKER,
                valid_from_date=clock.today(),
                granted_by_name="x",
                created_at=clock.now(),
            )
        )
    for who in (superuser, kari):
        token = log_in(who)
        with count_statements() as counted:
            assert _active(token) is not None
        assert len(counted) == 1


def test_the_database_holds_neither_token_nor_number_in_clear(kari: Person, log_in: LogIn) -> None:
    token = log_in(kari)
    with db.read_only() as session:
        row = session.query(LoginSession).one()
        person = session.get_one(Person, (kari.municipality_id, kari.id))
    assert token.encode() not in row.token_hash
    assert row.id_token == "an id_token"
    assert b"an id_token" not in row.id_token_encrypted
    assert person.national_id.encode() not in person.national_id_encrypted


@pytest.mark.parametrize(("minutes", "is_in"), [(29, True), (31, False)])
def test_half_an_hour_without_use_ends_a_session(kari: Person, log_in: LogIn, minutes: int, is_in: bool) -> None:
    token = log_in(kari)
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        assert (_active(token) is not None) == is_in


def test_two_hours_end_a_session_that_is_in_use(kari: Person, log_in: LogIn) -> None:
    token, began = log_in(kari), clock.now()
    for minutes in range(25, 125, 25):
        with clock.frozen(began + timedelta(minutes=minutes)):
            login = _active(token)
            assert (login is not None) == (minutes <= 120)
            if login:
                with db.transaction() as session:
                    sessions.stamp_seen(session, login.login_session.id)
    with clock.frozen(began + timedelta(minutes=121)):
        assert _active(token) is None


def test_a_new_login_replaces_the_old_session(kari: Person, log_in: LogIn) -> None:
    old = log_in(kari)
    with db.transaction() as session:
        known = sessions.active_login(session, old)
        assert known is not None
        assert sessions.log_out(session, old) is not None
    assert _active(old) is None
    with db.transaction() as session:
        assert sessions.log_out(session, old) is None


def test_a_logout_elsewhere_ends_the_sessions_of_that_provider_session_alone(
    kari: Person, ola: Person, log_in: LogIn
) -> None:
    karis, olas = log_in(kari), log_in(ola)
    with db.transaction() as session:
        assert sessions.end_provider_session(session, "https://other.example", f"sid-of-{kari.id}") == 0
        assert sessions.end_provider_session(session, CITIZEN_ISSUER, f"sid-of-{kari.id}") == 1
    assert _active(karis) is None
    assert _active(olas) is not None


def test_a_token_of_ringebu_opens_nothing_in_nord_fron(kari: Person, nord_fron: Municipality, log_in: LogIn) -> None:
    token = log_in(kari)
    with db.as_municipality(nord_fron.id):
        assert _active(token) is None


def _staff_login(subject: str, roles: frozenset[str] | None) -> Authentication:
    return Authentication(
        "http://127.0.0.1:9/staff", subject, None, "", None, None, clock.now(), None, None, roles, "an id_token"
    )


def test_an_employee_without_access_here_is_refused(siri: StaffMember, nils: StaffMember) -> None:
    with db.transaction() as session, pytest.raises(NoStaffAccess):
        sessions.log_in_staff(session, _staff_login(nils.subject, None))


def test_the_token_can_take_roles_away_and_never_add_any(siri: StaffMember) -> None:
    with db.transaction() as session:
        token = sessions.log_in_staff(session, _staff_login(siri.subject, frozenset({"caseworker", "archivist"})))
    login = _active(token)
    assert login is not None
    assert isinstance(login.actor, Staff)
    assert login.actor.roles == {Role.CASEWORKER}
    with db.transaction() as session, pytest.raises(NoStaffAccess):
        sessions.log_in_staff(session, _staff_login(siri.subject, frozenset({"archivist"})))


def test_an_employee_who_left_is_out_at_once(siri: StaffMember, log_in: LogIn) -> None:
    token = log_in(siri)
    with db.transaction() as session:
        session.get_one(StaffMember, (siri.municipality_id, siri.id)).is_active = False
    assert _active(token) is None


def test_dead_sessions_are_swept_at_the_next_login(kari: Person, ola: Person, siri: StaffMember, log_in: LogIn) -> None:
    log_in(kari)
    with clock.frozen(clock.now() + timedelta(minutes=20)):
        log_in(siri)
    with clock.frozen(clock.now() + timedelta(minutes=160)):
        log_in(ola)
    with db.read_only() as session:
        assert {row.person_id or row.staff_id for row in session.query(LoginSession)} == {siri.id, ola.id}
