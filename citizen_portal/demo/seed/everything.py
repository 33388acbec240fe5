"""Make the demo's municipalities and let two months pass in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from random import Random

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from citizen_portal import clock, db, storage
from citizen_portal.applications.status import UNDER_WAY, Status
from citizen_portal.auth.actor import Staff, System
from citizen_portal.config import Settings, demand_demo
from citizen_portal.demo.people import RINGEBU
from citizen_portal.demo.registers.population import families
from citizen_portal.demo.seed import other_records, other_services, stories
from citizen_portal.demo.seed.inhabitants import (
    as_citizen,
    citizens_of,
    employ_staff,
    let_kari_follow_borghild,
    let_register_answer,
    register_citizens,
)
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES, DemoMunicipality, add_to_installation, set_up
from citizen_portal.demo.seed.representations import let_people_act
from citizen_portal.demo.seed.timeline import Story, play
from citizen_portal.identity import encryption
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Municipality

HISTORY = timedelta(days=56)
APPLICATIONS = {RINGEBU: 45}
FEWER_APPLICATIONS = 9


def seed(settings: Settings, say: Callable[[str], None] = lambda _line: None) -> bool:
    """Fill an empty installation with demo data; False when it was filled before. `say` is told how far it has come.

    Stopped half-way, the municipality that was being filled stays half filled; `demo reset` starts over.

    Raises:
        ConfigurationError: in production.
    """
    demand_demo(settings)
    db.configure(settings.database_url)
    storage.configure(settings.storage_url)
    encryption.configure(settings)
    now = clock.now()
    is_new = False
    for known in MUNICIPALITIES:
        with _owner(settings) as session:
            if session.scalar(select(Municipality.id).where(Municipality.number == known.number)):
                continue
            municipality = add_to_installation(session, known)
        is_new = True
        say(known.name)
        with db.as_municipality(municipality.id):
            _let_two_months_pass(settings, known, municipality, now)
    return is_new


@contextmanager
def _owner(settings: Settings) -> Iterator[Session]:
    engine = create_engine(settings.owner_database_url or "")
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
    engine.dispose()


def _let_two_months_pass(
    settings: Settings, known: DemoMunicipality, municipality: Municipality, now: datetime
) -> None:
    actor, start = System(municipality.id, "demo"), now - HISTORY
    with clock.frozen(start - timedelta(days=1)):
        units = set_up(actor, known, clock.today().replace(month=1, day=1))
        with db.transaction() as session:
            people = register_citizens(session, citizens_of(known.number))
            staff = employ_staff(session, settings, known.number, units)
            if "borghild" in people:
                let_kari_follow_borghild(session, actor, people)
    happens = [_stories(known, people, staff, now, Random(known.number))]
    if "kari" in people:
        happens.append(_of_other_services(people, staff, now))
    play(chain(*happens), until=now)
    with clock.frozen(now), db.transaction() as session:
        let_register_answer(session, people)
    if "borghild" in people:
        with clock.frozen(now - timedelta(days=3)), db.transaction() as session:
            let_people_act(session, people, next(m for m in staff.values() if m.unit_name == "Hjemmetjenesten"))


def _stories(
    known: DemoMunicipality, people: dict[str, Person], staff: dict[str, Staff], now: datetime, randomness: Random
) -> Iterator[Story]:
    caseworker = next((member for member in staff.values() if member.unit_name == "Hjemmetjenesten"), None)
    if caseworker is None:
        return
    archivist = next((member for member in staff.values() if member.unit_name == "Dokumentsenteret"), caseworker)
    yield other_records.road_lighting(archivist, known.name, now - timedelta(days=50), randomness)
    yield other_records.council_matter(archivist, known.name, now - timedelta(days=40), randomness)
    others = [person for key, person in people.items() if key.startswith("citizen-")]
    count = APPLICATIONS.get(known.number, FEWER_APPLICATIONS)
    for index, person in enumerate(others[:count]):
        ending = stories.ENDINGS[index % len(stories.ENDINGS)]
        is_new = ending in (Status.RECEIVED, Status.WITHDRAWN)
        oldest = 12 if is_new else 31 if ending in UNDER_WAY else 54
        begun = now - timedelta(days=randomness.randrange(1 if is_new else 7, oldest))
        yield stories.application(as_citizen(person), person, caseworker, begun, ending, Random(randomness.random()))
    for person in others[count : count + 3]:
        yield stories.draft(as_citizen(person), person, now - timedelta(days=randomness.randrange(1, 9)), randomness)
    talker = others[count + 3]
    yield stories.long_conversation(as_citizen(talker), talker, caseworker, now - timedelta(days=30), Random(1))
    if "kari" in people:
        yield stories.karis_application(as_citizen(people["kari"]), people["kari"], caseworker, now, Random(2))
        yield stories.karis_answers(as_citizen(people["kari"]), people["kari"], caseworker, now, Random(3))


def _of_other_services(people: dict[str, Person], staff: dict[str, Staff], now: datetime) -> Iterator[Story]:
    """Loans of the last of those who have no name in the story, and what Kari does for her family."""
    kari, per, randomness = people["kari"], people["per"], Random(4)
    henrik, solveig, ingrid = staff["henrik"], staff["solveig"], staff["ingrid"]
    new, waits, decided = [person for key, person in people.items() if key.startswith("citizen-")][-7:-4]
    yield other_services.loan(as_citizen(new), new, now - timedelta(days=2), randomness)
    yield other_services.loan_that_waits_for_approval(
        as_citizen(waits), waits, henrik, now - timedelta(days=8), randomness
    )
    yield other_services.loan_that_two_decided(
        as_citizen(decided), decided, henrik, solveig, now - timedelta(days=28), randomness
    )
    yield other_services.loan_that_two_must_sign(as_citizen(kari), kari, families().father, now - timedelta(hours=20))
    begun = now - timedelta(days=25)
    yield other_services.place_after_school(as_citizen(kari), (kari, per), ingrid, begun, randomness)
