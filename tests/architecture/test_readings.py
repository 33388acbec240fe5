"""Every page that shows somebody's data to staff leaves an event: who, in what role and unit, about whom, and why."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from citizen_portal import clock, db, storage
from citizen_portal.applications.appeals import service as appeals
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.files import service as application_files
from citizen_portal.applications.files.models import ADDED
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Citizen, Role, Staff
from citizen_portal.auth.guards import permission_of
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import AccessGrant, Person, Protection, StaffMember
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.entries import JournalFile
from citizen_portal.my_data import service as my_data
from citizen_portal.my_data.models import RequestKind
from citizen_portal.tenancy import service as tenancy
from citizen_portal.visits.changes import service as changes
from citizen_portal.visits.changes.models import ChangeKind
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from tests.applications.decisions.conftest import send, write
from tests.conftest import give_roles
from tests.messages.conftest import a_picture
from tests.reading import StrictClient
from tests.staff.conftest import archive, draft, karis_application, karis_browser, sent, siris_browser

__all__ = ["archive", "draft", "karis_application", "karis_browser", "sent", "siris_browser"]

ClientFor = Callable[..., StrictClient]

TELL_NOTHING_OF_ANYBODY = frozenset(
    {
        "access.emergency",  # asks why, before anything is shown
        "access.person",  # opens by a purpose given first: tests/staff/test_access.py
        "access.reason",  # asks why, before anything is shown
        "care_rules.edit",  # a unit's limits
        *(
            f"form_editor.{page}" for page in ("show", "edit", "draft", "confirm", "show_version", "preview")
        ),  # no citizen
        "held_forms.staff_show",  # the employee's own words
        "handling.pass_on",  # colleagues, units and bodies; of the citizen nothing
        "registration.begin_for",  # a form, for somebody whom one has leave to look at: tests/applications/registration
        "representation_staff.document",  # only the unit that registered it: tests/representation/test_staff_pages.py
        "representation_staff.renewal",  # the line of the list, with a form below it
        "staff_accounts.change",  # a colleague, no citizen
        "staff_accounts.show",  # a colleague, no citizen
    }
)
"""Staff pages with an object in their path that is nobody's data, each with the reason beside it here."""

READERS = {"archive": Role.ARCHIVIST, "access_report": Role.AUDITOR}
"""Who reads the pages of a blueprint; the caseworker where it names none."""


def _endpoints(app: Flask) -> dict[str, str]:
    found = {}
    for rule in app.url_map.iter_rules():
        permission = permission_of(app, rule.endpoint)
        if permission and permission.audience == "staff" and "GET" in (rule.methods or ()) and rule.arguments:
            found[rule.endpoint] = rule.rule
    return {name: path for name, path in found.items() if name not in TELL_NOTHING_OF_ANYBODY}


@pytest.fixture
def paths(
    karis_application: Application,
    karis_browser: StrictClient,
    siris_browser: StrictClient,
    client_for: ClientFor,
    siri: StaffMember,
    astrid: StaffMember,
    kari: Person,
    actor_for: Callable[..., object],
    sent: Callable[[Citizen], Application],
) -> dict[str, str]:
    """A page of each endpoint, about Kari, as the links lead to it. A new endpoint needs a line here."""
    about = f"/min-side/meldinger/om-sak/{karis_application.case_file_id}"
    karis_browser.send(about, {"body": "Her er bildet.", "attachments": [(BytesIO(a_picture()), "dør.jpg")]})
    case = f"/ansatt/saker/{karis_application.case_file_id}"
    siris_browser.send(f"{case}/be-om-noe", {"title": "Send inn legeerklæring"})
    of_case = siris_browser.page(case).links
    entry = f"/ansatt/journal/{karis_application.registry_entry_id}"
    of_entry = client_for(astrid).page(entry).links
    with db.read_only() as session:
        readings = select(AuditEvent.sequence_number).where(AuditEvent.tag == EventTag.APPLICATION_READ.value)
        number = session.scalars(readings.order_by(AuditEvent.sequence_number)).first()
    appealed = _appealed(karis_application, sent, actor_for(kari), actor_for(siri))
    log = f"/min-side/hvem-har-sett/{number}"
    karis_browser.send(log, {"text": "Hvorfor?"})
    karis = actor_for(kari)
    assert isinstance(karis, Citizen)
    with db.transaction() as session:
        stored = storage.files().put(a_picture())
        picture = JournalFile(stored.sha256, stored.size, "jpg")
        enclosure = Enclosure("dør.jpg", "image/jpeg", picture, picture)
        kept_file = application_files.keep(session, karis, karis_application, ADDED, enclosure, new_id())
        asked = my_data.send_request(session, karis, new_id(), RequestKind.CORRECTION, "Navnet", "Et annet navn").id
    with db.read_only() as session:
        question = session.scalars(
            select(AuditEvent.subject_id).where(AuditEvent.tag == EventTag.ACCESS_QUESTIONED.value)
        ).one()
    visit_id = _visited(kari, siri)
    return {
        "staff.case": case,
        "handling.notes": f"{case}/notater",
        "staff.attachment": of_case["dør.jpg"],
        "staff.document": next(href for href in of_case.values() if "/dokumenter/" in href),
        "application_files_staff.download": f"/ansatt/soknader/{karis_application.id}/filer/{kept_file.id}",
        "tasks_staff.ask": f"{case}/be-om-noe",
        "tasks_staff.show": next(href for href in of_case.values() if "/oppgaver/" in href),
        "preliminary_staff.show": f"{case}/forelopig-svar",
        "archive.entry": entry,
        "archive.document": next(href for href in of_entry.values() if "/dokument/" in href),
        "my_data_staff.show": f"/ansatt/innsyn-og-retting/{asked}",
        "decisions_staff.write": f"{case}/vedtak",
        "decisions_staff.check": f"{case}/vedtak/se-over",
        "decisions_staff.preview": f"{case}/vedtak/forhandsvisning",
        "decisions_staff.letter": f"/ansatt/brev/{appealed.delivery_id}",
        "appeals_staff.show": f"/ansatt/saker/{appealed.case_file_id}/klage",
        "appeals_staff.document": f"/ansatt/saker/{appealed.case_file_id}/klage/{appealed.appeal_id}",
        "visit_changes_staff.show": f"/ansatt/besok/onsker/{_asked(karis, visit_id)}",
        "access_report.finding": f"/ansatt/innsyn-oppfolging/lesing/{number}",
        "access_report.question": f"/ansatt/innsyn-oppfolging/sporsmal/{question}",
        "visits_staff.visit": f"/ansatt/besok/{visit_id}",
    }


def _visited(person: Person, staff: StaffMember) -> UUID:
    """A home visit to the person by the employee's unit."""
    visit = Visit(id=new_id(), consumer="940864872", identifier_system="https://epj.example/besok")
    visit.identifier_value, visit.status, visit.updated_at = "1", VisitStatus.PLANNED, clock.now()
    visit.care_recipient_id, visit.unit_id = person.id, staff.unit_id
    visit.planned_start_at = visit.occurs_at = clock.now() + timedelta(days=1)
    with db.transaction() as session:
        session.add(visit)
    return visit.id


def _asked(citizen: Citizen, visit_id: UUID) -> UUID:
    """That the visit is cancelled."""
    with db.transaction() as session:
        return changes.ask(session, citizen, visit_id, changes.Asked(new_id(), ChangeKind.CANCEL, "")).id


@dataclass
class _Appealed:
    case_file_id: object
    delivery_id: object
    appeal_id: object


def _appealed(begun: Application, sent: Callable[[Citizen], Application], citizen: object, staff: object) -> _Appealed:
    """A decision that is written in one case, and one that was sent and appealed in another."""
    assert isinstance(citizen, Citizen)
    assert isinstance(staff, Staff)
    write(staff, begun, Outcome.REFUSED)
    other = sent(citizen)
    decision = send(staff, other, write(staff, other, Outcome.REFUSED))
    with db.transaction() as session:
        appeal = appeals.save(session, citizen, other.id, {"disagrees_text": "Alt", "wants_text": "Alarm"})
        appeals.send(session, citizen, other.id, appeal.revision)
    return _Appealed(other.case_file_id, decision.delivery_id, appeal.id)


def test_every_staff_page_about_somebody_says_who_read_whose_data_in_what_role_and_why(
    app: Flask, paths: dict[str, str], client_for: ClientFor, siri: StaffMember, kari: Person
) -> None:
    assert set(paths) == set(_endpoints(app)), "each staff page with an object in its path is tried here"
    silent = []
    for endpoint, path in paths.items():
        role = READERS.get(endpoint.partition(".")[0], Role.CASEWORKER)
        reader = _somebody_who_is(role, siri)
        before = _last_number()
        assert client_for(reader).get(path).status_code == 200, endpoint
        told = [event for event in _events_since(before) if event.tag != EventTag.LOGGED_IN.value]
        if not told or any(
            (event.actor_id, event.actor_role, event.actor_unit, event.about_person_id)
            != (str(reader.id), role.value, "Hjemmetjenesten", kari.id)
            or not event.purpose
            for event in told
        ):
            silent.append(f"{endpoint} ({re.sub('[0-9a-f-]{36}', '…', path)})")
    assert silent == []


def test_what_is_read_with_a_leave_says_so_with_the_reason(
    paths: dict[str, str], client_for: ClientFor, siri: StaffMember, kari: Person
) -> None:
    with db.transaction() as session:
        schools = tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
    elsewhere = _somebody_who_is(Role.CASEWORKER, siri, unit_id=schools.id)
    for purpose, reason in ((Purpose.ACCESS_REQUEST, None), (Purpose.EMERGENCY, "Hun svarte ikke")):
        _give_leave(elsewhere, kari, purpose, reason)
        for endpoint in ("staff.case", "staff.attachment", "staff.document"):
            before = _last_number()
            assert client_for(elsewhere).get(paths[endpoint]).status_code == 200
            for event in _events_since(before):
                if event.tag != EventTag.LOGGED_IN.value:
                    assert (event.purpose, event.reason) == (purpose.value, reason), endpoint
                    assert event.details["outside_unit"] is True


def test_a_look_at_somebody_protected_in_the_own_unit_carries_the_reason_too(
    paths: dict[str, str], client_for: ClientFor, siri: StaffMember, kari: Person
) -> None:
    with db.transaction() as session:
        session.merge(kari).protection = Protection.CONFIDENTIAL
    trusted = _somebody_who_is(Role.PROTECTED_ACCESS, siri)
    assert "/grunn" in client_for(trusted).get(paths["staff.case"]).location
    _give_leave(trusted, kari, Purpose.PROTECTED_PERSON, "Vedtak i dag")
    give_roles(trusted, Role.ARCHIVIST)
    for endpoint in ("staff.case", "staff.attachment", "staff.document", "archive.entry", "archive.document"):
        before = _last_number()
        assert client_for(trusted).get(paths[endpoint]).status_code == 200
        told = [event for event in _events_since(before) if event.tag != EventTag.LOGGED_IN.value]
        assert {(event.purpose, event.reason) for event in told} == {("protected-person", "Vedtak i dag")}
        assert all("outside_unit" not in event.details for event in told)


def test_a_form_that_is_shown_again_with_a_mistake_is_a_reading_too(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    path = f"/ansatt/saker/{karis_application.case_file_id}"
    form = siris_browser.page(path).form(f"{path}/meldinger")
    before = _last_number()
    assert siris_browser.post(f"{path}/meldinger", data={**form, "body": ""}).status_code == 422
    assert [event.tag for event in _events_since(before)] == [EventTag.APPLICATION_READ.value]


def _somebody_who_is(role: Role, like: StaffMember, **changes: object) -> StaffMember:
    with db.transaction() as session:
        return identity.employ(
            session,
            issuer=like.issuer,
            subject=str(new_id()),
            name="Turid Dahl",
            title="Ansatt",
            unit_id=changes.get("unit_id", like.unit_id),  # type: ignore[arg-type]
            roles=[role],
        )


def _give_leave(staff: StaffMember, person: Person, purpose: Purpose, reason: str | None) -> None:
    with db.transaction() as session:
        session.add(
            AccessGrant(
                staff_id=staff.id,
                person_id=person.id,
                purpose=purpose.value,
                reason=reason,
                granted_at=clock.now(),
                expires_at=clock.now() + timedelta(hours=1),
            )
        )


def _last_number() -> int:
    with db.read_only() as session:
        return max(session.scalars(select(AuditEvent.sequence_number)), default=0)


def _events_since(number: int) -> list[AuditEvent]:
    with db.read_only() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.sequence_number > number)))
