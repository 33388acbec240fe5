"""Two people with one of everything, of whom one has a protected address, and everybody who may want to look."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citizen_portal import clock, db, storage
from citizen_portal.access import service as access
from citizen_portal.access_log import service as access_log
from citizen_portal.access_log.models import AccessComplaint
from citizen_portal.applications import service as applications
from citizen_portal.applications.appeals import service as appeals
from citizen_portal.applications.decisions import service as decisions
from citizen_portal.applications.decisions.terms import Outcome, Part
from citizen_portal.applications.files import service as application_files
from citizen_portal.applications.files.models import ADDED
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.tasks import service as tasks
from citizen_portal.applications.tasks.models import answer_by
from citizen_portal.applications.tasks.service import Asked
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff, System
from citizen_portal.config import Settings
from citizen_portal.db import new_id
from citizen_portal.demo.people import synthetic_national_id
from citizen_portal.identity import held_forms, sessions
from citizen_portal.identity import service as identity
from citizen_portal.identity.assurance import requested_acr
from citizen_portal.identity.models import (
    Area,
    Basis,
    LoginSession,
    Person,
    Protection,
    StaffMember,
    StaffRole,
)
from citizen_portal.identity.national_id import NationalId
from citizen_portal.identity.oidc import Authentication
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.entries import JournalFile
from citizen_portal.journal.models import DocumentDescription, DocumentObject
from citizen_portal.messages import service as messages
from citizen_portal.my_data import service as my_data
from citizen_portal.my_data.copying import make_copy
from citizen_portal.my_data.models import RequestKind
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.deviations.models import Deviation, DeviationKind
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from tests.applications.conftest import STEPS
from tests.architecture.matrix import Column
from tests.conftest import CITIZEN_ISSUER, STAFF_ISSUER, _municipality, strict_app
from tests.messages.conftest import a_picture

ORDINARY, PROTECTED = "ordinary", "protected"
HIGH, SUBSTANTIAL = Assurance.HIGH, Assurance.SUBSTANTIAL
REASON = "Ringer om alarmen i dag"
HANDLES = (Role.CASEWORKER,)
FEW = (Role.CASEWORKER, Role.PROTECTED_ACCESS)


@dataclass(frozen=True)
class World:
    """The application with its data, the columns of the matrix, and the objects that they are tried on."""

    app: Flask
    municipality_id: int
    columns: list[Column]
    owners: dict[str, Citizen]
    ids: dict[tuple[str, str], object] = field(default_factory=dict)

    def object_of(self, owner: str, name: str) -> object:
        """The id of an object; a draft, and the request to sign it, is made anew when somebody ended it."""
        if name == "draft":
            with db.as_municipality(self.municipality_id), db.transaction() as session:
                return applications.start_draft(session, self.owners[owner], "trygghetsalarm", "nb").id
        if name == "signature request":
            with db.as_municipality(self.municipality_id), db.transaction() as session:
                return _ask_to_sign(session, self.owners[owner], self.signer_id)
        return self.ids[owner, name]

    @property
    def signer_id(self) -> UUID:
        """Who is asked to sign the drafts."""
        signer_id = self.ids[ORDINARY, "signer"]
        assert isinstance(signer_id, UUID)
        return signer_id


def make_world(settings: Settings) -> World:
    """Put everything into the database."""
    app = strict_app(settings)
    ringebu = _municipality(settings, "3439", "Ringebu kommune", "940864872", "ringebu")
    nord_fron = _municipality(settings, "3436", "Nord-Fron kommune", "939849831", "nord-fron")
    with db.as_municipality(nord_fron.id):
        neighbours = _neighbours(app, nord_fron)
    with db.as_municipality(ringebu.id):
        home_care, schools = _units()
        people = _People(app, ringebu, home_care, schools)
        owners = {
            ORDINARY: people.citizen_actor(people.person("Borghild Moen")),
            PROTECTED: people.citizen_actor(people.person("Hilde Lund")),
        }
        world = World(app, ringebu.id, [], owners)
        for owner, citizen in owners.items():
            world.ids.update({(owner, name): id_ for name, id_ in _objects_of(people, citizen)})
        _protect(owners[PROTECTED].person_id)
        signer = people.person("Nina Rud")
        world.ids[ORDINARY, "signer"] = signer.id
        columns = [*_citizens(people, owners), people.citizen("asked to sign", signer), *_staff(people, world)]
        world.columns.extend([*columns, *neighbours, *_without_login(app)])
    return world


def _units() -> tuple[Unit, Unit]:
    system = System(db.current_municipality_id(), "test")
    with db.transaction() as session:
        home_care = tenancy.add_unit(session, name="Hjemmetjenesten", phone="61 28 31 00")
        schools = tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
        journal.set_up_archive(
            session,
            system,
            fonds_title="Ringebu kommune",
            series_title="Sakarkiv 2026",
            start_date=date(2026, 1, 1),
            classification_title="Funksjoner",
            classes=[journal.ClassDefinition("H12", "Trygghetsalarm")],
        )
    return home_care, schools


class _People:
    """Those who live and work in one municipality, each with a browser."""

    def __init__(self, app: Flask, municipality: Municipality, home_care: Unit, schools: Unit) -> None:
        self._app, self._municipality = app, municipality
        self.home_care, self.schools = home_care, schools
        self.system = System(municipality.id, "test")

    def person(self, name: str) -> Person:
        """A citizen of age."""
        randomness = Random(name)  # noqa: S311  made-up people need no secrets
        number = synthetic_national_id(date(1960, 3, 1), is_woman=True, randomness=randomness)
        with db.transaction() as session:
            return identity.register_person(session, national_id=number, name=name, birth_date=date(1960, 3, 1))

    def employ(self, name: str, roles: tuple[Role, ...], unit: Unit | None = None) -> StaffMember:
        """Somebody with the roles, in home care by default."""
        with db.transaction() as session:
            return identity.employ(
                session,
                issuer=STAFF_ISSUER,
                subject=name,
                name=name,
                title="Ansatt",
                unit_id=(unit or self.home_care).id,
                roles=roles,
            )

    def citizen_actor(self, person: Person, assurance: Assurance = HIGH) -> Citizen:
        """The person as an actor."""
        actor = self._log_in(person, assurance)[0]
        assert isinstance(actor, Citizen)
        return actor

    def staff_actor(self, member: StaffMember) -> Staff:
        """The member of staff as an actor."""
        actor = self._log_in(member, None)[0]
        assert isinstance(actor, Staff)
        return actor

    def citizen(
        self,
        label: str,
        person: Person,
        assurance: Assurance = HIGH,
        owner: str = ORDINARY,
        *,
        is_outside: bool = False,
    ) -> Column:
        """A citizen's column."""
        return self._column(label, "citizen", self._log_in(person, assurance)[1], owner, is_outside=is_outside)

    def staff(self, label: str, member: StaffMember, owner: str = ORDINARY, *, is_outside: bool = False) -> Column:
        """An employee's column."""
        return self._column(label, "staff", self._log_in(member, None)[1], owner, is_outside=is_outside)

    def represents(self, who: Person, whom: UUID, *areas: Area) -> UUID:
        """Let somebody act for another."""
        with db.transaction() as session:
            principal = session.get_one(Person, (self._municipality.id, whom))
            made = identity.register_representation(
                session, self.system, principal=principal, representative=who, basis=Basis.NEXT_OF_KIN, areas=areas
            )
            return made.id

    def _log_in(self, who: Person | StaffMember, assurance: Assurance | None) -> tuple[Citizen | Staff, str]:
        is_person = isinstance(who, Person)
        authentication = Authentication(
            issuer=CITIZEN_ISSUER if is_person else STAFF_ISSUER,
            subject=str(who.id) if is_person else who.subject,
            national_id=NationalId.parse(who.national_id) if is_person else None,
            acr=requested_acr(assurance) if assurance else "",
            assurance=assurance,
            sid=None,
            authenticated_at=clock.now(),
            name=who.name,
            locale=None,
            roles=None,
            id_token="an id_token",
        )
        with db.transaction() as session:
            begin = sessions.log_in_citizen if is_person else sessions.log_in_staff
            token = begin(session, authentication)
        with db.read_only() as session:
            login = sessions.active_login(session, token)
        assert login is not None
        return login.actor, token

    def _column(self, label: str, audience: str, token: str, owner: str, *, is_outside: bool) -> Column:
        host = f"{self._municipality.slug}.localhost"
        client = browser(self._app, host)
        client.set_cookie("portal", token, domain=host)
        start = client.get("/min-side" if audience == "citizen" else "/ansatt")
        form_token = re.search(r'name="csrf_token" value="([^"]+)"', start.text)
        assert form_token, f"{label}: {start.status_code}"
        return Column(label, audience, client, owner, is_outside, form_token[1])


class Browser(FlaskClient):
    """A browser of one municipality's pages. They are not read strictly: there are thousands."""

    host = ""
    headers: dict[str, str] = {}

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request to the municipality's host."""
        return super().open(*args, base_url=f"http://{self.host}", headers=self.headers, **kwargs)


def browser(app: Flask, host: str, **headers: str) -> FlaskClient:
    """A new browser that sends the headers each time."""
    client = Browser(app)
    client.host, client.headers = host, headers
    return client


def _objects_of(people: _People, citizen: Citizen) -> Iterator[tuple[str, object]]:
    """One of everything."""
    with db.transaction() as session:
        draft = applications.start_draft(session, citizen, "trygghetsalarm", "nb")
        for number, answers in STEPS.items():
            draft, _ = applications.save_step(session, citizen, draft.id, number, answers, "nb")
        application = applications.submit(session, citizen, draft.id, draft.revision)
        assert application.case_file_id is not None
    colleague = people.employ(f"Eli {citizen.name}", HANDLES)
    yield "task", _asked(people, citizen, application)
    yield from _about_visit(people, citizen)
    yield from _about_access(people, citizen, colleague, application)
    yield from _about_appeal(people, citizen, colleague)
    picture = a_picture()
    stored = storage.files().put(picture)
    file = JournalFile(stored.sha256, stored.size, "jpg")
    enclosure = Enclosure("bilde.jpg", "image/jpeg", file, file)
    with db.transaction() as session:
        message = messages.write_about_case(
            session, citizen, application.case_file_id, "Her er bildet.", new_id(), [enclosure]
        )
        found = session.get_one(Application, (application.municipality_id, application.id))
        kept_file = application_files.keep(session, citizen, found, ADDED, enclosure, new_id())
        written = {"thread": message.thread_id, "attachment": message.attachments[0].id}
    with db.read_only() as session:
        files = select(DocumentObject.id).join(
            DocumentDescription, DocumentDescription.id == DocumentObject.document_description_id
        )
        of_application = DocumentDescription.registry_entry_id == application.registry_entry_id
        file_id = session.scalars(files.where(of_application)).first()
    follower = people.person(f"Tore {citizen.name}")
    people.represents(follower, citizen.person_id, Area.VISITS)
    yield from {
        **written,
        "follower": follower.id,
        "application": application.id,
        "case file": application.case_file_id,
        "application's file": file_id,
        "kept file": kept_file.id,
        "entry": application.registry_entry_id,
        "entry's file": file_id,
        "person": citizen.person_id,
        "first": 1,
        "representation": people.represents(people.person(f"Tone {citizen.name}"), citizen.person_id, Area.OTHER),
        "colleague": colleague.id,
    }.items()


def _ask_to_sign(session: Session, owner: Citizen, signer_id: UUID) -> UUID:
    """A request to sign the owner's draft, in place of one that came to an end."""
    draft = applications.start_draft(session, owner, "trygghetsalarm", "nb")
    session.execute(delete(SignatureRequest).where(SignatureRequest.application_id == draft.id))
    request = SignatureRequest(
        id=new_id(),
        application_id=draft.id,
        signer_id=signer_id,
        called="Nina Rud",
        found_by_number=False,
        asked_by_id=owner.person_id,
        asked_by_name=owner.name,
        asked_at=clock.now(),
        revision=draft.revision,
    )
    session.add(request)
    session.flush()
    return request.id


def _asked(people: _People, citizen: Citizen, application: Application) -> UUID:
    """Something that a caseworker asks the citizen for."""
    caseworker = people.staff_actor(people.employ(f"Pia {citizen.name}", HANDLES))
    asked = Asked(new_id(), "Send inn legeerklæring", "", (), answer_by(clock.today()))
    with db.transaction() as session:
        return tasks.give(session, caseworker, application.id, asked).id


def _about_appeal(people: _People, citizen: Citizen, colleague: StaffMember) -> Iterator[tuple[str, object]]:
    """An application that was refused, the letter about it, and the appeal over it."""
    said = {Part.DECIDED: "Ikke alarm.", Part.FACTS: "Ingen fall.", Part.REASONS: "Ikke nødvendig."}
    with db.transaction() as session:
        draft = applications.start_draft(session, citizen, "trygghetsalarm", "nb")
        for number, answers in STEPS.items():
            draft, _ = applications.save_step(session, citizen, draft.id, number, answers, "nb")
        sent = applications.submit(session, citizen, draft.id, draft.revision)
        case_file_id = sent.case_file_id
    assert case_file_id is not None
    actor = people.staff_actor(colleague)
    with db.transaction() as session:
        written = decisions.save(session, actor, case_file_id, Outcome.REFUSED, "nb", said, shown=None)
        decision = decisions.send(session, actor, case_file_id, written.id, written.revision)
    with db.transaction() as session:
        wish = {"disagrees_text": "Alt", "wants_text": "Alarm"}
        appeal = appeals.save(session, citizen, sent.id, wish)
        appeals.send(session, citizen, sent.id, appeal.revision)
    yield from {
        "appealed application": sent.id,
        "appealed case file": case_file_id,
        "letter": decision.delivery_id,
        "appeal": appeal.id,
    }.items()


def _about_visit(people: _People, citizen: Citizen) -> Iterator[tuple[str, object]]:
    """A visit of the home-care unit that nobody has signed off."""
    now, visit_id = clock.now(), new_id()
    deviation = Deviation(id=new_id(), visit_id=visit_id, kind=DeviationKind.LATE, expected_at=now, opened_at=now)
    deviation.unit_id, deviation.care_recipient_id = people.home_care.id, citizen.person_id
    with db.transaction() as session:
        session.add(
            Visit(
                id=visit_id,
                consumer="940864872",
                identifier_system="https://epj.example/besok",
                identifier_value=str(visit_id),
                care_recipient_id=citizen.person_id,
                unit_id=people.home_care.id,
                service="Morgenstell",
                status=VisitStatus.PLANNED,
                planned_start_at=now,
                planned_end_at=now,
                occurs_at=now,
                updated_at=now,
            )
        )
        session.flush()
        session.add(deviation)
    yield from {"visit": visit_id, "deviation": deviation.id, "unit": people.home_care.id}.items()


def _about_access(
    people: _People, citizen: Citizen, colleague: StaffMember, application: Application
) -> Iterator[tuple[str, object]]:
    """A reading by a colleague, what was asked about it, what was ordered, and what was typed and not sent."""
    reader = people.staff_actor(colleague)
    audit.record_reading(
        reader,
        EventTag.APPLICATION_READ,
        subject=application,
        about_person_id=citizen.person_id,
        purpose=Purpose.CASE_HANDLING,
    )
    with db.transaction() as session:
        read = AuditEvent.about_person_id == citizen.person_id, AuditEvent.actor_id == reader.actor_id
        reading = session.scalars(select(AuditEvent.sequence_number).where(*read)).one()
        access_log.ask(session, citizen, reading, "Hvorfor?")
        order = my_data.order_copy(session, citizen, "nb")
        request = my_data.send_request(session, citizen, new_id(), RequestKind.CORRECTION, "Navnet", "Et annet navn")
        login = session.scalars(select(LoginSession).where(LoginSession.person_id == citizen.person_id)).one()
        held = held_forms.hold(session, login, "/min-side/meldinger", [("body", "Hei")], had_files=False)
    make_copy(municipality_id=people.system.municipality_id, export_id=str(order.id))
    with db.read_only() as session:
        complaint = session.scalars(select(AccessComplaint.id).where(AccessComplaint.sequence_number == reading)).one()
        role = session.scalars(select(StaffRole.id).where(StaffRole.staff_id == colleague.id)).one()
    yield from {
        "reading": reading,
        "question about a reading": complaint,
        "copy of my data": order.id,
        "request about my data": request.id,
        "held form": held,
        "colleague's role": role,
    }.items()


def _protect(person_id: UUID) -> None:
    with db.transaction() as session:
        person = session.get_one(Person, (db.current_municipality_id(), person_id))
        person.protection = Protection.CONFIDENTIAL


def _citizens(people: _People, owners: dict[str, Citizen]) -> Iterator[Column]:
    with db.read_only() as session:
        own, protected = (
            session.get_one(Person, (db.current_municipality_id(), owner.person_id)) for owner in owners.values()
        )
    kari, per, ola = people.person("Kari Moen"), people.person("Per Moen"), people.person("Ola Nordli")
    for owner in owners.values():
        people.represents(kari, owner.person_id, Area.VISITS, Area.HEALTH)
        people.represents(per, owner.person_id, Area.ECONOMY)
    yield people.citizen("own, substantial", own, SUBSTANTIAL)
    yield people.citizen("own, high", own)
    yield people.citizen("acts in the area, substantial", kari, SUBSTANTIAL)
    yield people.citizen("acts in the area, high", kari)
    yield people.citizen("acts in another area", per, is_outside=True)
    yield people.citizen("stranger", ola, is_outside=True)
    yield people.citizen("own, protected address", protected, owner=PROTECTED)
    yield people.citizen("acts for, protected address", kari, owner=PROTECTED, is_outside=True)


def _staff(people: _People, world: World) -> Iterator[Column]:
    siri = people.employ("Siri Haugen", HANDLES)
    elsewhere = people.employ("Turid Dahl", HANDLES, people.schools)
    granted = people.employ("Unni Dahl", HANDLES, people.schools)
    few, few_granted = people.employ("Liv Rud", FEW), people.employ("Gro Rud", FEW)
    given = ((granted, ORDINARY, Purpose.CARE), (few_granted, PROTECTED, Purpose.PROTECTED_PERSON))
    for member, owner, purpose in given:
        for _ in ("to look", "to end"):  # the second is the one that ends in the matrix
            with db.transaction() as session:
                person_id = world.owners[owner].person_id
                leave = access.open_access(session, people.staff_actor(member), person_id, purpose, REASON)
                world.ids[owner, "leave to look"] = leave.id
    yield people.staff("caseworker, own unit", siri)
    yield people.staff("caseworker, other unit", elsewhere)
    yield people.staff("caseworker, other unit, purpose given", granted)
    for role in (role for role in Role if role not in FEW):
        yield people.staff(role.value, people.employ(f"Ann {role.value}", (role,)))
    yield people.staff("caseworker, protected address", siri, PROTECTED, is_outside=True)
    archivist = people.employ("Astrid Lien", (Role.ARCHIVIST,))
    yield people.staff("archivist, protected address", archivist, PROTECTED, is_outside=True)
    yield people.staff("one of the few, protected address", few, PROTECTED)
    yield people.staff("one of the few, reason given", few_granted, PROTECTED)


def _neighbours(app: Flask, nord_fron: Municipality) -> list[Column]:
    with db.transaction() as session:
        unit = tenancy.add_unit(session, name="Hjemmetjenesten", phone="61 21 61 00")
    people = _People(app, nord_fron, unit, unit)
    everything = (*FEW, Role.ARCHIVIST, Role.AUDITOR, Role.SYSTEM_OWNER, Role.SUPERUSER)
    return [
        people.citizen("citizen of another municipality", people.person("Gudny Haverstad"), is_outside=True),
        people.staff("all roles in another municipality", people.employ("Nils Bakken", everything), is_outside=True),
    ]


def _without_login(app: Flask) -> list[Column]:
    host = "ringebu.localhost"
    bearer = browser(app, host, Authorization="Bearer eyJhbGciOiJub25lIn0.e30.")
    return [
        Column("nobody", "nobody", browser(app, host), ORDINARY, is_outside=True),
        Column("machine", "machine", bearer, ORDINARY, is_outside=True),
    ]
