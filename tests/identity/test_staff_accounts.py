"""Who gives roles to whom, and what never happens."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Role, Staff, System
from citizen_portal.errors import Conflict, NotFound
from citizen_portal.identity import service as identity
from citizen_portal.identity import sessions
from citizen_portal.identity.models import LoginSession, StaffMember, StaffRole
from citizen_portal.identity.staff_accounts import errors, queries, service
from citizen_portal.identity.staff_accounts.queries import AccountStatus, StaffPosition
from citizen_portal.identity.staff_accounts.service import Assignment
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
from tests.conftest import STAFF_ISSUER, ActorFor, LogIn
from tests.statements import count_statements

Acting = Callable[[StaffMember], Staff]


@pytest.fixture
def acting(actor_for: ActorFor) -> Acting:
    """`acting(siri)`: Siri at work, logged in a moment ago."""

    def actor(member: StaffMember) -> Staff:
        found = actor_for(member)
        assert isinstance(found, Staff)
        return found

    return actor


@pytest.fixture
def schools(in_ringebu: Municipality) -> Unit:
    """Ringebu's schools."""
    with db.transaction() as session:
        return tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")


@pytest.fixture
def turid(in_ringebu: Municipality) -> StaffMember:
    """Turid Dahl, who has logged in for the first time and waits for a role."""
    return _newcomer("turid", "Turid Dahl")


def _newcomer(subject: str, name: str) -> StaffMember:
    with db.transaction() as session:
        member = StaffMember(issuer=STAFF_ISSUER, subject=subject, name=name, title="", unit_id=None)
        session.add(member)
    return member


def _assignment(unit: Unit, role: Role = Role.CASEWORKER, **changes: Any) -> Assignment:
    return Assignment(unit.id, role, changes.pop("from_date", clock.today()), **changes)


def _give(actor: Staff, member: StaffMember, assignment: Assignment) -> StaffRole:
    with db.transaction() as session:
        return service.give_role(session, actor, member.id, assignment)


def _role_of(member: StaffMember) -> UUID:
    with db.read_only() as session:
        return session.query(StaffRole).filter_by(staff_id=member.id).one().id


def _end(actor: Staff, member: StaffMember, role_id: UUID) -> None:
    with db.transaction() as session:
        service.end_role(session, actor, member.id, role_id)


def _events(tag: EventTag) -> list[AuditEvent]:
    with db.read_only() as session:
        return list(session.query(AuditEvent).filter_by(tag=tag.value))


def test_ragna_gives_turid_a_role_in_her_unit_and_turid_comes_in(
    superuser: StaffMember, turid: StaffMember, home_care: Unit, acting: Acting
) -> None:
    _give(acting(superuser), turid, _assignment(home_care))
    actor = acting(turid)
    assert (actor.unit_name, actor.roles) == ("Hjemmetjenesten", {Role.CASEWORKER})
    (event,) = _events(EventTag.ROLE_GRANTED)
    assert event.actor_name == "Ragna Tofte"
    assert event.details == {
        "staff_id": str(turid.id),
        "unit_id": str(home_care.id),
        "role": "caseworker",
        "from_date": clock.today().isoformat(),
    }


@pytest.mark.parametrize("role", [Role.SYSTEM_OWNER, Role.AUDITOR, Role.PROTECTED_ACCESS])
def test_a_superuser_gives_no_role_that_reaches_across_units(
    superuser: StaffMember, protected_team: StaffMember, turid: StaffMember, home_care: Unit, acting: Acting, role: Role
) -> None:
    ragna = acting(superuser)
    with pytest.raises(errors.NotYoursToChange):
        _give(ragna, turid, _assignment(home_care, role))
    with db.read_only() as session:
        protected = session.query(StaffRole).filter_by(role=Role.PROTECTED_ACCESS).one()
    with pytest.raises(errors.NotYoursToChange):
        _end(ragna, protected_team, protected.id)
    with pytest.raises(errors.NotYoursToChange), db.transaction() as session:
        service.deactivate(session, ragna, protected_team.id)


def test_a_superuser_reaches_no_other_unit_and_the_system_owner_all(
    superuser: StaffMember, system_owner: StaffMember, turid: StaffMember, schools: Unit, acting: Acting
) -> None:
    ragna, bjorn = acting(superuser), acting(system_owner)
    with pytest.raises(errors.NotYoursToChange):
        _give(ragna, turid, _assignment(schools))
    given = _give(bjorn, turid, _assignment(schools, Role.AUDITOR))
    for change in (lambda: _end(ragna, turid, given.id), lambda: _deactivate(ragna, turid)):
        with pytest.raises(errors.NotYoursToChange):
            change()
    _end(bjorn, turid, given.id)


def _deactivate(actor: Staff, member: StaffMember) -> None:
    with db.transaction() as session:
        service.deactivate(session, actor, member.id)


def _activate(actor: Staff, member: StaffMember) -> None:
    with db.transaction() as session:
        service.activate(session, actor, member.id)


def test_nobody_changes_her_own_roles(
    superuser: StaffMember, system_owner: StaffMember, home_care: Unit, acting: Acting
) -> None:
    for member in (superuser, system_owner):
        actor = acting(member)
        with db.read_only() as session:
            role_id = session.query(StaffRole).filter_by(staff_id=member.id).first().id
        for change in (
            lambda: _give(actor, member, _assignment(home_care, Role.NURSE)),  # noqa: B023  called at once
            lambda: _end(actor, member, role_id),  # noqa: B023
            lambda: _deactivate(actor, member),  # noqa: B023
            lambda: _activate(actor, member),  # noqa: B023
        ):
            with pytest.raises(errors.OwnAccount):
                change()


def test_a_substitute_has_the_role_from_day_to_day_and_in_the_absent_colleagues_place(
    superuser: StaffMember, siri: StaffMember, turid: StaffMember, home_care: Unit, acting: Acting, log_in: LogIn
) -> None:
    first, last = clock.today() + timedelta(days=2), clock.today() + timedelta(days=4)
    _give(acting(superuser), turid, _assignment(home_care, from_date=first, to_date=last, substitute_for_id=siri.id))
    for days, has_role in ((0, False), (2, True), (4, True), (5, False)):
        with clock.frozen(clock.now() + timedelta(days=days)), db.read_only() as session:
            (line,) = queries.staff_lines(session, text="turid", only=None, after=None, size=2)
            assert line.status is (AccountStatus.SUBSTITUTE if has_role else AccountStatus.WAITING)
            assert line.until == (last if has_role else None)
    with clock.frozen(clock.now() + timedelta(days=4)):
        token = log_in(turid)
    with clock.frozen(clock.now() + timedelta(days=4, minutes=10)), db.read_only() as session:
        still_that_day = clock.today() == last
        assert (sessions.active_login(session, token) is not None) == still_that_day
    with db.read_only() as session:
        (held,) = queries.account(session, turid.id).roles
        assert (held.absent_name, held.begins_later, held.is_over) == ("Siri Haugen", True, False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"role": Role.CASEWORKER}, None),
        ({"from_date": timedelta(days=-1)}, errors.BeginsInThePast),
        ({"to_date": timedelta(days=-1)}, errors.EndsTooEarly),
        ({"substitute": "siri"}, errors.SubstituteWithoutEnd),
        ({"substitute": "siri", "to_date": timedelta(days=3)}, None),
        ({"substitute": "siri", "to_date": timedelta(days=3), "role": Role.NURSE}, errors.AbsentLacksRole),
        ({"substitute": "turid", "to_date": timedelta(days=3)}, errors.AbsentLacksRole),
        ({"substitute": "nobody", "to_date": timedelta(days=3)}, errors.AbsentLacksRole),
    ],
)
def test_a_role_that_cannot_be_given_like_this_is_refused(
    superuser: StaffMember,
    siri: StaffMember,
    turid: StaffMember,
    home_care: Unit,
    acting: Acting,
    changes: dict[str, Any],
    error: type[errors.RoleRefused] | None,
) -> None:
    people = {"siri": siri.id, "turid": turid.id, "nobody": uuid4()}
    days = {name: clock.today() + changes[name] for name in ("from_date", "to_date") if name in changes}
    assignment = _assignment(
        home_care,
        changes.get("role", Role.CASEWORKER),
        substitute_for_id=people.get(changes.get("substitute", "")),
        **days,
    )
    if error is None:
        assert _give(acting(superuser), turid, assignment).id
        return
    with pytest.raises(error):
        _give(acting(superuser), turid, assignment)


def test_the_same_role_is_not_given_twice_at_once(
    superuser: StaffMember, turid: StaffMember, home_care: Unit, in_ringebu: Municipality, acting: Acting
) -> None:
    ragna = acting(superuser)

    def give(_number: int) -> bool:
        with db.as_municipality(in_ringebu.id):
            try:
                _give(ragna, turid, _assignment(home_care))
            except errors.AlreadyHeld:
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(give, range(4))) == 1


def test_a_role_that_is_ended_opens_nothing_more_and_stays_in_the_history(
    superuser: StaffMember, siri: StaffMember, acting: Acting, log_in: LogIn
) -> None:
    ragna, token, role_id = acting(superuser), log_in(siri), _role_of(siri)
    for _ in range(2):
        _end(ragna, siri, role_id)
    with db.read_only() as session:
        assert sessions.active_login(session, token) is None
        (held,) = queries.account(session, siri.id).former
    assert (held.role.ended_by_name, held.role.role) == ("Ragna Tofte", Role.CASEWORKER)
    assert len(_events(EventTag.ROLE_ENDED)) == 1


def test_deactivation_ends_every_session_at_once_and_opens_no_new_one(
    superuser: StaffMember, siri: StaffMember, acting: Acting, log_in: LogIn, home_care: Unit
) -> None:
    ragna = acting(superuser)
    tokens = [log_in(siri), log_in(siri)]
    for _ in range(2):
        _deactivate(ragna, siri)
    with db.read_only() as session:
        assert [sessions.active_login(session, token) for token in tokens] == [None, None]
        assert session.query(LoginSession).filter_by(staff_id=siri.id).count() == 0
    with pytest.raises(sessions.NoStaffAccess):
        log_in(siri)
    with pytest.raises(errors.AccountClosed):
        _give(ragna, siri, _assignment(home_care, Role.NURSE))
    for _ in range(2):
        _activate(ragna, siri)
    assert log_in(siri)
    assert [len(_events(tag)) for tag in (EventTag.STAFF_DEACTIVATED, EventTag.STAFF_ACTIVATED)] == [1, 1]


def test_the_last_system_owner_cannot_be_removed(
    system_owner: StaffMember, turid: StaffMember, service_desk: Unit, acting: Acting
) -> None:
    bjorn = acting(system_owner)
    later = clock.today() + timedelta(days=30)
    _give(bjorn, turid, _assignment(service_desk, Role.SYSTEM_OWNER, to_date=later))
    turids = acting(turid)
    for remove in (
        lambda: _end(turids, system_owner, _role_of(system_owner)),
        lambda: _deactivate(turids, system_owner),
    ):
        with pytest.raises(errors.LastSystemOwner):
            remove()
    with db.read_only() as session:
        role_id = session.query(StaffRole).filter_by(staff_id=turid.id).one().id
    _end(bjorn, turid, role_id)  # a permanent owner is left


def test_two_system_owners_cannot_remove_each_other_at_the_same_time(
    system_owner: StaffMember, turid: StaffMember, service_desk: Unit, in_ringebu: Municipality, acting: Acting
) -> None:
    bjorn = acting(system_owner)
    _give(bjorn, turid, _assignment(service_desk, Role.SYSTEM_OWNER))
    pairs = [(bjorn, turid), (acting(turid), system_owner)]

    def remove(pair: tuple[Staff, StaffMember]) -> bool:
        with db.as_municipality(in_ringebu.id):
            try:
                _deactivate(*pair)
            except Conflict:
                return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(remove, pairs)) == 1


def test_strangers_and_neighbours_do_not_exist(
    superuser: StaffMember,
    system_owner: StaffMember,
    nils: StaffMember,
    siri: StaffMember,
    home_care: Unit,
    acting: Acting,
) -> None:
    bjorn = acting(system_owner)
    for staff_id in (nils.id, uuid4()):
        with db.read_only() as session, pytest.raises(NotFound):
            queries.account(session, staff_id)
        for change in (service.deactivate, service.activate):
            with db.transaction() as session, pytest.raises(NotFound):
                change(session, bjorn, staff_id)
        with db.transaction() as session, pytest.raises(NotFound):
            service.give_role(session, bjorn, staff_id, _assignment(home_care))
    with pytest.raises(NotFound):
        _end(bjorn, superuser, _role_of(siri))
    with pytest.raises(NotFound):
        _give(bjorn, siri, Assignment(uuid4(), Role.NURSE, clock.today()))


def test_the_list_finds_norwegian_letters_and_sorts_as_norwegians_do(in_ringebu: Municipality) -> None:
    for number, name in enumerate(("Åse Moe", "Øystein Vik", "Ærlend Bø", "Zara Dahl", "anne lie")):
        _newcomer(str(number), name)

    def names(text: str = "", after: StaffPosition | None = None, size: int = 10) -> list[str]:
        with db.read_only() as session:
            return [line.name for line in queries.staff_lines(session, text=text, only=None, after=after, size=size)]

    everybody = ["anne lie", "Zara Dahl", "Ærlend Bø", "Øystein Vik", "Åse Moe"]
    assert names() == everybody
    assert names("ø") == ["Ærlend Bø", "Øystein Vik"]
    assert names("ØYSTEIN v") == ["Øystein Vik"]
    assert names("%") == names("_") == names("\\") == []
    with db.read_only() as session:
        third = next(
            line for line in queries.staff_lines(session, text="", only=None, after=None, size=3) if line.name[0] == "Æ"
        )
        after = queries.position_of(session, third.staff_id)
    assert names(after=after, size=1) == ["Øystein Vik"]


def test_those_who_wait_and_those_who_are_out_stand_by_themselves(
    superuser: StaffMember, siri: StaffMember, turid: StaffMember, acting: Acting
) -> None:
    _deactivate(acting(superuser), siri)
    with db.read_only() as session, count_statements() as counted:
        waiting = queries.staff_lines(session, text="", only=AccountStatus.WAITING, after=None, size=9)
        out = queries.staff_lines(session, text="", only=AccountStatus.DEACTIVATED, after=None, size=9)
        everybody = queries.staff_lines(session, text="", only=None, after=None, size=9)
        assert queries.count_waiting(session) == 1
    assert len(counted) == 4
    assert [(line.name, line.status) for line in waiting] == [("Turid Dahl", AccountStatus.WAITING)]
    assert [(line.name, line.status) for line in out] == [("Siri Haugen", AccountStatus.DEACTIVATED)]
    assert [(line.name, line.places) for line in everybody if line.status is AccountStatus.ACTIVE] == [
        ("Ragna Tofte", (("Hjemmetjenesten", (Role.CASEWORKER, Role.SUPERUSER)),))
    ]


def test_an_employee_with_roles_in_two_units_works_in_one_at_a_time(
    system_owner: StaffMember, siri: StaffMember, schools: Unit, acting: Acting
) -> None:
    _give(acting(system_owner), siri, _assignment(schools, Role.NURSE))
    at_home = acting(siri)
    assert (at_home.unit_name, at_home.roles) == ("Hjemmetjenesten", {Role.CASEWORKER})
    with db.transaction() as session:
        sessions.work_in(session, at_home, schools.id)
    with db.transaction() as session, pytest.raises(NotFound):
        sessions.work_in(session, at_home, uuid4())


def test_the_first_system_owner_is_appointed_from_the_command_line(the_system: System, service_desk: Unit) -> None:
    facts = {"issuer": STAFF_ISSUER, "subject": "oid-1", "name": "Bjørn Øverland", "title": "Systemeier"}
    for _ in range(2):
        with db.transaction() as session:
            member = service.appoint_system_owner(session, the_system, unit_id=service_desk.id, **facts)
    with db.read_only() as session:
        (line,) = queries.staff_lines(session, text="", only=None, after=None, size=9)
    assert (line.staff_id, line.places) == (member.id, (("Servicetorget", (Role.SYSTEM_OWNER,)),))
    assert len(_events(EventTag.ROLE_GRANTED)) == 1


def test_who_was_employed_before_keeps_the_home_unit(siri: StaffMember, the_system: System, service_desk: Unit) -> None:
    with db.transaction() as session:
        member = service.appoint_system_owner(
            session, the_system, issuer=siri.issuer, subject=siri.subject, name="x", title="x", unit_id=service_desk.id
        )
    assert (member.id, member.unit_id, member.name) == (siri.id, siri.unit_id, "Siri Haugen")


def test_employing_gives_the_roles_from_today(home_care: Unit) -> None:
    with db.transaction() as session:
        member = identity.employ(
            session, issuer="x", subject="y", name="Z", title="", unit_id=home_care.id, roles={Role.NURSE}
        )
    assert _role_of(member)
