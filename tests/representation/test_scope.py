"""Whatever happens, nobody reads outside the scope that she was given (the contract's §5).

A plain model in Python says who may read what; the queries of applications, conversations and visits must agree.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.applications import queries as applications
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Assurance, Citizen, Principal
from citizen_portal.db import new_id
from citizen_portal.errors import AssuranceTooLow, NotFound
from citizen_portal.identity.models import HEALTH_AREAS, Area, Basis, Person, Protection, Representation
from citizen_portal.messages import queries as messages
from citizen_portal.messages import service as message_service
from citizen_portal.visits import queries as visits
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from tests.representation.conftest import ActorFor, CaseAbout
from tests.statements import count_statements

START = datetime(2026, 11, 26, 12, tzinfo=clock.OSLO)
FROM_REGISTER = {Basis.GUARDIANSHIP, Basis.PARENTAL_RESPONSIBILITY}
PRINCIPALS = (0, 1)
"""Borghild and Nora."""


@dataclass
class Grant:
    """One representation as the model remembers it."""

    principal: int
    basis: Basis
    areas: frozenset[Area]
    case: Area | None
    first: date
    last: date | None
    confirmed_at: datetime
    revoked: bool = False
    id: UUID = field(default_factory=new_id)


@dataclass
class Known:
    """A principal as the model remembers her."""

    birth_date: date | None
    protection: Protection = Protection.NONE
    death_date: date | None = None


def age_on(birth_date: date | None, day: date) -> int:
    """Years; a hundred for somebody whose birth date nobody knows, so that no parent acts for her."""
    if birth_date is None:
        return 100
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


@dataclass
class World:
    """The model: what has been granted, who the people are, what time it is."""

    people: list[Known]
    now: datetime = START
    representative_died: date | None = None
    grants: list[Grant] = field(default_factory=list)

    def may(self, principal: int, area: Area, *, in_case: bool) -> bool:
        """Whether Kari may read something of the principal in the area; `in_case`: it is the area's conversation."""
        person, today = self.people[principal], clock.to_oslo(self.now).date()
        if person.protection is not Protection.NONE or (person.death_date and person.death_date <= today):
            return False
        if self.representative_died and self.representative_died <= today:
            return False
        return any(
            self._lets(grant, person, area, today, in_case) for grant in self.grants if grant.principal == principal
        )

    def _lets(self, grant: Grant, person: Known, area: Area, today: date, in_case: bool) -> bool:
        if grant.revoked or today < grant.first or (grant.last and today > grant.last):
            return False
        if grant.basis in FROM_REGISTER and self.now - grant.confirmed_at >= timedelta(hours=36):
            return False
        if grant.basis is Basis.PARENTAL_RESPONSIBILITY:
            limit = 16 if area in HEALTH_AREAS else 18
            if age_on(person.birth_date, today) >= limit:
                return False
        return area in grant.areas or (in_case and grant.case is area)


AREAS = st.sampled_from(Area)
DAYS = st.integers(-3, 3)
GRANTS = st.tuples(
    st.just("grant"),
    st.sampled_from(PRINCIPALS),
    st.sampled_from(Basis),
    st.one_of(st.frozensets(AREAS, min_size=1, max_size=3), AREAS),
    DAYS,
    st.one_of(st.none(), st.integers(0, 4)),
)
EVENTS = st.one_of(
    GRANTS,
    GRANTS,
    st.tuples(st.just("revoke"), st.integers(0, 5)),
    st.tuples(st.just("confirm"), st.integers(0, 5)),
    st.tuples(st.just("birth"), st.sampled_from(PRINCIPALS), st.sampled_from([None, 10, 16, 18]), DAYS),
    st.tuples(st.just("protect"), st.sampled_from(PRINCIPALS), st.sampled_from(Protection)),
    st.tuples(st.just("die"), st.sampled_from([0, 1, 2]), st.one_of(st.none(), DAYS)),
    st.tuples(st.just("pass"), st.integers(1, 40)),
)
SEQUENCES = st.lists(EVENTS, min_size=1, max_size=7)


@dataclass
class Portal:
    """The real thing, in one transaction that is rolled back."""

    session: Session
    kari: Citizen
    principals: list[Person]
    applications: dict[tuple[int, Area], UUID]
    cases: dict[tuple[int, Area], UUID]

    def change(self, person_id: UUID, **values: Any) -> None:
        self.session.execute(
            update(Person).where(Person.id == person_id).values(**values).execution_options(synchronize_session=False)
        )

    def act(self, world: World, event: tuple[Any, ...]) -> None:
        """Let the event happen, here and in the model."""
        today = clock.to_oslo(world.now).date()
        match event:
            case ("grant", principal, basis, scope, first, length):
                self._grant(world, principal, basis, scope, today + timedelta(days=first), length)
            case ("revoke", number) if number < len(world.grants):
                world.grants[number].revoked = True
                self._change_grant(world.grants[number], revoked_at=world.now)
            case ("confirm", number) if number < len(world.grants):
                world.grants[number].confirmed_at = world.now
                self._change_grant(world.grants[number], confirmed_at=world.now)
            case ("birth", principal, age, days):
                birth = None if age is None else today.replace(year=today.year - age) + timedelta(days=days)
                world.people[principal] = replace(world.people[principal], birth_date=birth)
                self.change(self.principals[principal].id, birth_date=birth)
            case ("protect", principal, protection):
                world.people[principal] = replace(world.people[principal], protection=protection)
                self.change(self.principals[principal].id, protection=protection)
            case ("die", 2, days):
                world.representative_died = None if days is None else today + timedelta(days=days)
                self.change(self.kari.person_id, death_date=world.representative_died)
            case ("die", principal, days):
                died = None if days is None else today + timedelta(days=days)
                world.people[principal] = replace(world.people[principal], death_date=died)
                self.change(self.principals[principal].id, death_date=died)
            case ("pass", hours):
                world.now += timedelta(hours=hours)

    def _grant(self, world: World, principal: int, basis: Basis, scope: Any, first: date, length: int | None) -> None:
        areas = scope if isinstance(scope, frozenset) else frozenset()
        case = None if isinstance(scope, frozenset) else scope
        last = None if length is None else first + timedelta(days=length)
        grant = Grant(principal, basis, areas, case, first, last, world.now)
        world.grants.append(grant)
        self.session.add(
            Representation(
                id=grant.id,
                principal_id=self.principals[principal].id,
                representative_id=self.kari.person_id,
                basis=basis,
                areas=sorted(area.value for area in areas),
                case_file_id=self.cases[principal, case] if case else None,
                registered_by_name="Modellen",
                confirmed_at=world.now,
                valid_from_date=first,
                valid_to_date=last,
                created_at=world.now,
            )
        )
        self.session.flush()

    def _change_grant(self, grant: Grant, **values: Any) -> None:
        self.session.execute(
            update(Representation)
            .where(Representation.id == grant.id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def agrees_with(self, world: World, level: Assurance = Assurance.HIGH) -> None:
        """Every list and every direct load shows what the model says, no more and no less."""
        seen = {person.person.id for person in visits.visits_today(self.session, self.kari)}
        for principal in PRINCIPALS:
            person = self.principals[principal]
            expected = {area for area in Area if world.may(principal, area, in_case=False)}
            assert (person.id in seen) == (Area.VISITS in expected)
            is_strong = level is Assurance.HIGH
            acting = replace(self.kari, assurance=level, acting_for=Principal(person.id, person.name))
            listed = {row.id for row in applications.applications_of(self.session, acting)}
            assert listed == {self.applications[principal, area] for area in (expected if is_strong else ())}
            threads = {line.thread.case_file_id for line in messages.own_threads(self.session, acting)}
            in_case = {area for area in Area if world.may(principal, area, in_case=True)}
            assert threads == {self.cases[principal, area] for area in (in_case if is_strong else ())}

    def loads_as(self, world: World, principal: int, area: Area, level: Assurance) -> None:
        """One object of each kind, by its address."""
        actor = replace(self.kari, assurance=level)
        told = AssuranceTooLow if level < Assurance.HIGH else None
        expected = told if world.may(principal, area, in_case=False) else NotFound
        _loads(expected, applications.application_for, self.session, actor, self.applications[principal, area])
        expected = told if world.may(principal, area, in_case=True) else NotFound
        _loads(expected, messages.conversation_about, self.session, actor, self.cases[principal, area])
        if level is Assurance.HIGH:  # the page demands it before the query is asked
            expected = None if world.may(principal, Area.VISITS, in_case=False) else NotFound
            today = clock.to_oslo(world.now).date()
            _loads(expected, visits.visits_of_day, self.session, actor, self.principals[principal].id, today)


def _loads(expected: type[Exception] | None, load: Any, *arguments: Any) -> None:
    if expected is None:
        load(*arguments)
    else:
        with pytest.raises(expected):
            load(*arguments)


@pytest.fixture
def everything(
    kari: Person, borghild: Person, nora: Person, case_about: CaseAbout, actor_for: ActorFor
) -> tuple[Citizen, list[Person], dict[tuple[int, Area], UUID], dict[tuple[int, Area], UUID]]:
    """A draft, a conversation and a visit of today, in every area, of both whom Kari could act for."""
    with clock.frozen(START):
        people, drafts, cases = [borghild, nora], {}, {}
        for number, person in enumerate(people):
            writer = actor_for(person)
            assert isinstance(writer, Citizen)
            with db.transaction() as session:
                session.add_all(_visit(person, days) for days in range(13))
            for area in Area:
                cases[number, area] = case_about(person, area).id
                with db.transaction() as session:
                    message_service.write_about_case(session, writer, cases[number, area], "Hei.", new_id())
                    session.add(made := _draft(person, area))
                    session.flush()
                    drafts[number, area] = made.id
        kari_herself = actor_for(kari)
        assert isinstance(kari_herself, Citizen)
        return kari_herself, people, drafts, cases


def _draft(person: Person, area: Area) -> Application:
    return Application(
        id=new_id(),
        person_id=person.id,
        definition_id=f"about-{area.value}",
        definition_version=1,
        area=area,
        language="nb",
        status=Status.DRAFT,
        status_changed_at=START,
        started_at=START,
        saved_at=START,
    )


def _visit(person: Person, days: int) -> Visit:
    return Visit(
        id=new_id(),
        consumer="940864872",
        identifier_system="urn:test",
        identifier_value=f"{person.id} {days}",
        care_recipient_id=person.id,
        status=VisitStatus.PLANNED,
        occurs_at=START + timedelta(days=days),
        updated_at=START,
    )


def test_no_sequence_of_events_lets_anybody_read_outside_her_scope(everything: Any) -> None:
    kari, people, drafts, cases = everything

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(SEQUENCES, st.sampled_from(PRINCIPALS), AREAS, st.sampled_from(Assurance))
    def hold(events: list[tuple[Any, ...]], principal: int, area: Area, level: Assurance) -> None:
        world = World([Known(person.birth_date) for person in people])
        with db.transaction() as session:
            portal = Portal(session, kari, people, drafts, cases)
            with session.begin_nested() as example:
                for event in events:
                    with clock.frozen(world.now):
                        portal.act(world, event)
                with clock.frozen(world.now):  # each beginning of a sequence is a sequence, too
                    portal.agrees_with(world, level)
                    portal.loads_as(world, principal, area, level)
                session.expunge_all()
                example.rollback()

    hold()


def test_a_parent_sees_a_teenagers_school_case_and_not_the_health_case_whatever_other_cases_there_are(
    everything: Any,
) -> None:
    kari, people, drafts, cases = everything
    world = World([Known(person.birth_date) for person in people])
    with db.transaction() as session, clock.frozen(START):
        portal = Portal(session, kari, people, drafts, cases)
        portal.act(world, ("birth", 1, 16, -3))
        portal.act(world, ("grant", 1, Basis.PARENTAL_RESPONSIBILITY, frozenset(Area), 0, None))
        assert world.may(1, Area.UPBRINGING, in_case=False)
        assert not world.may(1, Area.HEALTH, in_case=True)
        portal.agrees_with(world)
        for area in Area:
            portal.loads_as(world, 1, area, Assurance.HIGH)


def test_access_is_decided_in_the_query_that_loads(everything: Any) -> None:
    kari, people, drafts, cases = everything
    with db.transaction() as session, clock.frozen(START):
        portal = Portal(session, kari, people, drafts, cases)
        world = World([Known(person.birth_date) for person in people])
        for is_allowed in (False, True):
            for load, argument in (
                (applications.application_for, drafts[0, Area.HEALTH]),
                (messages.case_file_of, cases[0, Area.HEALTH]),
                (visits.visits_of_day, people[0].id),
            ):
                extra = (clock.today(),) if load is visits.visits_of_day else ()
                with count_statements() as sent:
                    _loads(None if is_allowed else NotFound, load, session, kari, argument, *extra)
                assert len(sent) == 1, sent
            portal.act(world, ("grant", 0, Basis.POWER_OF_ATTORNEY, frozenset(Area), 0, None))
