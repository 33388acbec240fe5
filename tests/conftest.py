"""Fixtures of all tests: a real PostgreSQL, two municipalities, the named people, and a client that reads strictly."""

import base64
import gc
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from citizen_portal import clock, db, storage
from citizen_portal.app import create_app
from citizen_portal.applications.definitions import offered
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff, System
from citizen_portal.config import Settings
from citizen_portal.demo import people as demo_people
from citizen_portal.identity import encryption, registers, sessions
from citizen_portal.identity import service as identity
from citizen_portal.identity.assurance import requested_acr
from citizen_portal.identity.models import Person, StaffMember, StaffRole
from citizen_portal.identity.national_id import NationalId
from citizen_portal.identity.oidc import Authentication
from citizen_portal.notifications import channels
from citizen_portal.postgres import EmbeddedPostgres
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.hosts import Hosts
from citizen_portal.tenancy.models import Municipality, Unit
from tests import cluster
from tests.ports import free_port
from tests.reading import StrictClient
from tests.running import Portal, running_portal

CITIZEN_ISSUER = "http://127.0.0.1:9/idporten"
STAFF_ISSUER = "http://127.0.0.1:9/staff"
_KEY = base64.b64encode(bytes(range(32))).decode()


def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster once, in the process that the other test processes come from."""
    if not hasattr(config, "workerinput"):
        config.stash[_SERVER] = cluster.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster when every test process is done."""
    server = config.stash.get(_SERVER, None)
    if server is not None:
        cluster.stop(server)


_SERVER = pytest.StashKey[EmbeddedPostgres]()


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what lasts as long as the process: every module, and every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def database() -> tuple[EmbeddedPostgres, str]:
    """The server and the name of this test process's database."""
    name = "test_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
    return cluster.database(name), name


@pytest.fixture(scope="session")
def settings(database: tuple[EmbeddedPostgres, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a test installation."""
    server, name = database
    folder = tmp_path_factory.mktemp("instance")
    jwk = folder / "client.jwk"
    jwk.write_text(json.dumps(RSAKey.generate_key(2048, {"kid": "portal-test"}).as_dict(private=True)))
    return Settings(
        environment="test",
        secret_key="a secret that only tests know, long enough",
        DATABASE_URL=server.url("portal_app", name),
        owner_database_url=server.url("portal_owner", name),
        storage_url=f"file://{folder / 'files'}",
        encryption_keys={"test": _KEY},
        lookup_key=_KEY,
        https=False,
        idporten_issuer=CITIZEN_ISSUER,
        idporten_client_id="portal",
        idporten_private_jwk=jwk,
        staff_oidc_issuer=STAFF_ISSUER,
        staff_oidc_client_id="portal-staff",
        staff_oidc_private_jwk=jwk,
        maskinporten_issuers=("http://127.0.0.1:9/maskinporten/",),
        api_audience="https://portal.test/api",
        noark5_schemas=schemas_folder(),
        instance=folder,
    )


def schemas_folder() -> Path | None:
    """Where the official Noark 5 schemas lie; they are not part of the repository."""
    folder = Path(os.environ.get("PORTAL_NOARK5_SCHEMAS", Path(__file__).parents[2] / "shared/noark5/xsd"))
    return folder if folder.is_dir() else None


@pytest.fixture(autouse=True)
def _leave_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the database after each test that used it, and forget what the process has read of it for good."""
    yield
    offered.forget()
    if "database" in request.fixturenames and not request.node.get_closest_marker("keeps_data"):
        server, name = request.getfixturevalue("database")
        cluster.empty(server.url("postgres", name))


@pytest.fixture(scope="session")
def _engine(settings: Settings) -> Iterator[Engine]:
    """Connections of the app role, kept from test to test: a new engine compiles every statement anew."""
    engine = db.configure(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connected(_engine: Engine, settings: Settings) -> None:
    """`db.transaction()` and `db.read_only()` work, as the app role."""
    db.use(_engine)
    storage.configure(settings.storage_url)
    encryption.configure(settings)


@cache
def _owner_engine(url: str) -> Engine:
    return create_engine(url)


@contextmanager
def as_owner(settings: Settings) -> Iterator[Session]:
    """A transaction of the role that owns the tables; its connections are kept from test to test."""
    engine = _owner_engine(settings.owner_database_url or "")
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@pytest.fixture
def owner_session(settings: Settings) -> Iterator[Session]:
    """A session of the role that owns the tables."""
    with as_owner(settings) as session:
        yield session


def _municipality(settings: Settings, number: str, name: str, organisation_number: str, slug: str) -> Municipality:
    with as_owner(settings) as session:
        return tenancy.add_municipality(
            session,
            number=number,
            name=name,
            organisation_number=organisation_number,
            slug=slug,
            languages=["nb", "nn", "en", "se"],
            hostnames=[f"{slug}.localhost"],
            phone="61 28 30 00",
            email=f"post@{slug}.kommune.example",
            address_lines=["Hanstadgata 4", "2630 Ringebu"],
        )


@pytest.fixture
def ringebu(settings: Settings) -> Municipality:
    """Ringebu municipality, where the story happens."""
    return _municipality(settings, "3439", "Ringebu kommune", "940864872", "ringebu")


@pytest.fixture
def nord_fron(settings: Settings) -> Municipality:
    """Nord-Fron municipality, the neighbour."""
    return _municipality(settings, "3436", "Nord-Fron kommune", "939849831", "nord-fron")


@pytest.fixture
def in_ringebu(connected: None, ringebu: Municipality) -> Iterator[Municipality]:
    """The test's own code works for Ringebu."""
    with db.as_municipality(ringebu.id):
        yield ringebu


@pytest.fixture
def home_care(in_ringebu: Municipality) -> Unit:
    """Ringebu's home-care unit."""
    with db.transaction() as session:
        return tenancy.add_unit(session, name="Hjemmetjenesten", phone="61 28 31 00")


@pytest.fixture
def the_system(in_ringebu: Municipality) -> System:
    """The portal itself, working for Ringebu."""
    return System(municipality_id=in_ringebu.id, name="worker")


@pytest.fixture(scope="session")
def started_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The demo, started for the first time; for tests of the xdist group "browser", as that takes half a minute."""
    with running_portal(tmp_path_factory.mktemp("demo"), free_port(following=1)) as portal:
        yield portal


@pytest.fixture(scope="session")
def _one_app(settings: Settings) -> Flask:
    """Made once: its templates and routes are the same in every test."""
    return strict_app(settings)


def strict_app(settings: Settings) -> Flask:
    """An application of its own, with a client that reads every page strictly."""
    application = create_app(settings)
    application.test_client_class = StrictClient
    application.jinja_env.bytecode_cache = _compiled_templates()
    return application


@cache
def _compiled_templates() -> FileSystemBytecodeCache:
    """Shared by all applications of this run's processes: compiling a template takes longer than filling it in."""
    folder = Path(os.environ[cluster.FOLDER_VARIABLE]) / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture
def app(_one_app: Flask, connected: None, settings: Settings) -> Flask:
    """The application as if newly started, with a client that reads every page strictly."""
    return as_new(_one_app, settings)


def as_new(application: Flask, settings: Settings) -> Flask:
    """The application, forgetting what an earlier test did to this process."""
    application.extensions["portal.hosts"] = Hosts()
    channels.configure(settings)
    registers.configure(settings)
    return application


# The named people of the design, and how they come in.


def _known_as(name: str) -> Person:
    known = {person.name: person for person in demo_people.named_citizens()}[name]
    with db.transaction() as session:
        return identity.register_person(
            session, national_id=known.national_id, name=known.name, birth_date=known.birth_date
        )


@pytest.fixture
def kari(in_ringebu: Municipality) -> Person:
    """Kari Moen, citizen of Ringebu and Borghild's daughter."""
    return _known_as("Kari Moen")


@pytest.fixture
def borghild(in_ringebu: Municipality) -> Person:
    """Borghild Moen, Kari's mother, whom home care visits."""
    return _known_as("Borghild Moen")


@pytest.fixture
def ola(in_ringebu: Municipality) -> Person:
    """Ola Nordli, a stranger to both."""
    return _known_as("Ola Nordli")


def _employed_as(key: str, unit: Unit) -> StaffMember:
    known = {staff.key: staff for staff in demo_people.named_staff()}[key]
    with db.transaction() as session:
        return identity.employ(
            session,
            issuer=STAFF_ISSUER,
            subject=str(known.oid),
            name=known.person.name,
            title=known.title,
            unit_id=unit.id,
            roles=[Role(role) for role in known.roles],
        )


@pytest.fixture
def siri(home_care: Unit) -> StaffMember:
    """Siri Haugen, caseworker in home care."""
    return _employed_as("siri", home_care)


@pytest.fixture
def jonas(home_care: Unit) -> StaffMember:
    """Jonas Berg, nurse in home care."""
    return _employed_as("jonas", home_care)


@pytest.fixture
def astrid(home_care: Unit) -> StaffMember:
    """Astrid Lien, archivist."""
    return _employed_as("astrid", home_care)


@pytest.fixture
def nils(connected: None, nord_fron: Municipality) -> StaffMember:
    """Nils Bakken, caseworker in Nord-Fron."""
    with db.as_municipality(nord_fron.id):
        with db.transaction() as session:
            unit = tenancy.add_unit(session, name="Heimetenesta", phone="61 21 61 00")
        return _employed_as("nils", unit)


def give_roles(member: StaffMember, *roles: Role) -> None:
    """Give an employee more roles in the home unit, from today."""
    assert member.unit_id is not None
    with db.transaction() as session:
        session.add_all(
            StaffRole(
                municipality_id=member.municipality_id,
                staff_id=member.id,
                unit_id=member.unit_id,
                role=role,
                valid_from_date=clock.today(),
                granted_by_name="Bjørn Lund",
                created_at=clock.now(),
            )
            for role in roles
        )


LogIn = Callable[..., str]
ClientFor = Callable[..., StrictClient]
ActorFor = Callable[..., Citizen | Staff]


@pytest.fixture
def log_in(connected: None) -> LogIn:
    """`log_in(who, assurance=…)` begins a real login session for a Person or a StaffMember and gives its token."""

    def begin(who: Person | StaffMember, assurance: Assurance = Assurance.HIGH) -> str:
        is_person = isinstance(who, Person)
        authentication = Authentication(
            issuer=CITIZEN_ISSUER if is_person else who.issuer,
            subject=str(who.id) if is_person else who.subject,
            national_id=NationalId.parse(who.national_id) if is_person else None,
            acr=requested_acr(assurance) if is_person else "",
            assurance=assurance if is_person else None,
            sid=f"sid-of-{who.id}",
            authenticated_at=clock.now(),
            name=who.name,
            locale=None,
            roles=None,
            id_token="an id_token",
        )
        with db.as_municipality(who.municipality_id), db.transaction() as session:
            begin_session = sessions.log_in_citizen if is_person else sessions.log_in_staff
            return begin_session(session, authentication)

    return begin


@pytest.fixture
def actor_for(log_in: LogIn) -> ActorFor:
    """`actor_for(who)` is the actor that a logged-in Person or StaffMember acts as."""

    def actor(who: Person | StaffMember, assurance: Assurance = Assurance.HIGH) -> Citizen | Staff:
        token = log_in(who, assurance)
        with db.as_municipality(who.municipality_id), db.read_only() as session:
            login = sessions.active_login(session, token)
        assert login is not None
        return login.actor

    return actor


@pytest.fixture
def client_for(app: Flask, log_in: LogIn) -> ClientFor:
    """`client_for(who)` is the browser of a logged-in Person or StaffMember; `client_for()` a stranger's in Ringebu."""

    def client(who: Person | StaffMember | None = None, assurance: Assurance = Assurance.HIGH) -> StrictClient:
        browser = app.test_client()
        assert isinstance(browser, StrictClient)
        browser.base_url = "http://ringebu.localhost"
        if who is not None:
            with db.read_only() as session:
                municipality = session.get_one(Municipality, who.municipality_id)
            browser.base_url = f"http://{municipality.slug}.localhost"
            browser.set_cookie("portal", log_in(who, assurance), domain=f"{municipality.slug}.localhost")
        return browser

    return client


# Those who look after access itself.


@pytest.fixture
def superuser(home_care: Unit) -> StaffMember:
    """Ragna Tofte, who gives and takes roles in home care."""
    return _employed_as("ragna", home_care)


@pytest.fixture
def service_desk(in_ringebu: Municipality) -> Unit:
    """Ringebu's service desk."""
    with db.transaction() as session:
        return tenancy.add_unit(session, name="Servicetorget", phone="61 28 30 00")


@pytest.fixture
def auditor(service_desk: Unit) -> StaffMember:
    """Marit Bakke, internal control: she follows up who has looked, and reads nobody's case."""
    return _employed_as("marit", service_desk)


@pytest.fixture
def system_owner(service_desk: Unit) -> StaffMember:
    """Bjørn Øverland, who owns the system."""
    return _employed_as("bjorn", service_desk)


@pytest.fixture
def protected_team(home_care: Unit) -> StaffMember:
    """Tuva Kleiven, caseworker in home care and one of the few who may handle people with a protected address."""
    return _employed_as("tuva", home_care)
