"""The seeded demo as its people meet it: every page reads well, in every language, and strangers come nowhere."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from citizen_portal import clock, db, storage
from citizen_portal.archive import service as archive
from citizen_portal.archive.noark5.check import check
from citizen_portal.auth.actor import Machine, System
from citizen_portal.config import Settings
from citizen_portal.demo.care_record import care_recipients, known_entries, simulated_visits, transaction_bundle
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.demo.people import NORD_FRON, RINGEBU
from citizen_portal.demo.seed import seed
from citizen_portal.identity import encryption
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.postgres import EmbeddedPostgres
from citizen_portal.tenancy.queries import municipality_by_number
from citizen_portal.visits import service as visits
from citizen_portal.visits.fhir.transaction import read_transaction
from tests import cluster, verapdf
from tests.conftest import schemas_folder
from tests.reading import Page, StrictClient

pytestmark = [pytest.mark.keeps_data, pytest.mark.xdist_group("town")]

AT_MOST_EACH = 3
"""Pages of one kind that a crawl reads."""
LEADING_AWAY = ("/logg-inn", "/ansatt/logg-inn")
NEVER_BY_LINK = {
    "access.emergency",  # after a search
    "access.person",  # likewise
    "access.reason",  # likewise
    "access_report.finding",  # when something unusual was read
    "access_report.question",  # after somebody has asked
    "appeals.check",  # after an appeal is written
    "appeals.document",  # with what the body above us answered
    "appeals.receipt",  # after sending
    "application_files.download",  # after papers were sent with a form
    "application_files_staff.download",  # likewise
    "applications.autosave",
    "applications.check",  # after the last step
    "applications.receipt",  # after sending
    "decisions_staff.check",  # after a decision is written
    "decisions_staff.preview",  # likewise
    "form_editor.confirm",  # after a form was changed
    "form_editor.draft",  # likewise
    "gallery.show",
    "held_forms.show",  # after a login in the middle of a form
    "held_forms.staff_show",
    "home.health",
    "identity.answer",
    "identity.log_in",
    "identity.logged_out",
    "identity.logged_out_elsewhere",
    "identity.staff_answer",
    "identity.staff_log_in",
    "keys.metrics",
    "my_data.download",  # after a copy was ordered
    "my_data_staff.show",  # after somebody has asked
    "keys.overview",  # linked to those with the role system owner
    "keys.published",
    "registration.begin_for",  # for somebody whom one has leave to look at
    "signatures.ask",  # where two must sign
    "signatures.show",  # likewise
    "staff.attachment",  # few cases of the first ones have any
    "tasks_staff.show",  # after something was asked for
    "visits_fhir.metadata",
    "visits_fhir.search",  # for the record system, with a token
    "visits_fhir.search_replies",
    "visit_changes_staff.show",  # after somebody has asked
    *("installed.manifest", "installed.offline", "installed.service_worker"),  # the browser asks for them
    *("rounds.worker", "rounds.without_coverage"),  # likewise
}
"""GET endpoints that no link in a page leads to; each is met in tests of its own feature."""

ClientFor = Callable[..., StrictClient]


@dataclass(frozen=True)
class Town:
    """Whom the tests meet in the seeded municipalities."""

    people: dict[str, Person]
    staff: dict[str, StaffMember]
    ringebu_id: int
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    """Name of a reader -> path -> endpoint of the pages that she comes to; filled by the first crawl."""


@pytest.fixture(scope="module")
def town(database: tuple[EmbeddedPostgres, str], settings: Settings) -> Iterator[Town]:
    """Two months of three municipalities, and four weeks of visits in Ringebu."""
    seed(settings)
    db.configure(settings.database_url)
    storage.configure(settings.storage_url)
    encryption.configure(settings)
    people: dict[str, Person] = {}
    staff: dict[str, StaffMember] = {}
    for number in (RINGEBU, NORD_FRON):
        with db.read_only() as session:
            municipality_id = municipality_by_number(session, number).id
        with db.as_municipality(municipality_id):
            if number == RINGEBU:
                ringebu_id = municipality_id
                _push_visits(municipality_id)
            with db.read_only() as session:
                people |= {person.name: person for person in session.scalars(select(Person))}
                staff |= {member.name: member for member in session.scalars(select(StaffMember))}
    db.dispose()
    yield Town(people, staff, ringebu_id)
    server, name = database
    cluster.empty(server.url("postgres", name))


def _push_visits(municipality_id: int) -> None:
    now, today = clock.now(), clock.today()
    simulated = simulated_visits(care_recipients(RINGEBU, today), today - timedelta(days=7), today + timedelta(days=7))
    entries = list(known_entries(simulated, now))
    actor = Machine(
        municipality_id, DEMO_ORGANISATIONS[RINGEBU], None, "care-record", frozenset({"portal:visits.write"})
    )
    for start in range(0, len(entries), 500):
        body = json.dumps(transaction_bundle(entries[start : start + 500])).encode()
        with db.transaction() as session:
            visits.receive(session, actor, read_transaction(body).reports)


def _speak(client: StrictClient, language: str) -> None:
    client.set_cookie("language", language, domain=urlsplit(client.base_url or "").hostname or "")


def _read(client: StrictClient, path: str, language: str) -> list[str]:
    """Where a page, which is read strictly, leads to."""
    response = client.get(path)
    assert response.status_code in (200, 303), f"{path}: {response.status_code}"
    if response.status_code == 303:
        return [response.headers["Location"]]
    if response.mimetype != "text/html":
        return []
    page = Page(response.text)
    assert page.tree.getroot().get("lang") == language
    return page.all("//a/@href")


def _crawl(client: StrictClient, app: Flask, start: str) -> dict[str, str]:
    """Follow every kind of link from a page; path -> endpoint of what was read."""
    _speak(client, "nb")
    adapter = app.url_map.bind("")
    seen: dict[str, str] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        endpoint, _arguments = adapter.match(urlsplit(path).path, method="GET")
        if path in seen or list(seen.values()).count(endpoint) >= AT_MOST_EACH:
            continue
        seen[path] = endpoint
        waiting += [link for link in _read(client, path, "nb") if _is_local_page(link)]
    return seen


def _is_local_page(link: str) -> bool:
    return link.startswith("/") and not link.startswith(LEADING_AWAY)


@pytest.fixture
def readers(town: Town, client_for: ClientFor) -> dict[str, tuple[StrictClient, str]]:
    """Name -> browser and where it starts, of everybody in Ringebu."""
    people, staff = town.people, town.staff
    return {
        "nobody": (client_for(), "/"),
        "Kari": (client_for(people["Kari Moen"]), "/min-side"),
        "Borghild": (client_for(people["Borghild Moen"]), "/min-side"),
        "somebody who sent a photo": (
            client_for(
                _person(
                    town,
                    "SELECT author_person_id FROM message JOIN attachment a ON a.message_id = message.id ORDER BY a.id",
                )
            ),
            "/min-side",
        ),
        "somebody with a draft": (
            client_for(_person(town, "SELECT person_id FROM application WHERE status = 'draft' ORDER BY id")),
            "/min-side",
        ),
        "Siri": (client_for(staff["Siri Haugen"]), f"/ansatt/saker/{_case_with_appeal(town)}"),
        "Jonas": (client_for(staff["Jonas Berg"]), "/ansatt"),
        "Astrid": (client_for(staff["Astrid Lien"]), "/ansatt"),
        "Ragna": (client_for(staff["Ragna Tofte"]), "/ansatt"),
        "Marit": (client_for(staff["Marit Bakke"]), "/ansatt"),
        "Bjørn": (client_for(staff["Bjørn Øverland"]), "/ansatt"),
    }


def _person(town: Town, query: str) -> Person:
    with db.as_municipality(town.ringebu_id), db.read_only() as session:
        return session.get_one(Person, (town.ringebu_id, session.scalar(text(f"{query} LIMIT 1"))))


def _case_with_appeal(town: Town) -> UUID:
    """Where among the cases it stands differs by the day: the first of a list may have none."""
    case_file = "SELECT case_file_id FROM application a JOIN appeal ON appeal.application_id = a.id"
    with db.as_municipality(town.ringebu_id), db.read_only() as session:
        found: UUID = session.scalars(text(f"{case_file} WHERE state <> 'draft' ORDER BY appeal.id LIMIT 1")).one()
    return found


@pytest.fixture
def pages(readers: dict[str, tuple[StrictClient, str]], town: Town, app: Flask) -> dict[str, dict[str, str]]:
    """Name of a reader -> path -> endpoint of all that she comes to."""
    if not town.pages:
        town.pages.update({name: _crawl(client, app, start) for name, (client, start) in readers.items()})
    return town.pages


def test_every_page_is_met_and_reads_well(pages: dict[str, dict[str, str]], app: Flask) -> None:
    met = {endpoint for theirs in pages.values() for endpoint in theirs.values()}
    known = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert known - met - NEVER_BY_LINK == set()


@pytest.mark.parametrize("language", ["nn", "en", "se"])
def test_every_page_reads_well_in_every_language(
    readers: dict[str, tuple[StrictClient, str]], pages: dict[str, dict[str, str]], language: str
) -> None:
    for name, (client, _) in readers.items():
        _speak(client, language)
        for path in pages[name]:
            _read(client, path, language)


def test_strangers_and_neighbours_come_nowhere(
    pages: dict[str, dict[str, str]], town: Town, app: Flask, client_for: ClientFor
) -> None:
    theirs = {
        path: endpoint
        for name, found in pages.items()
        if name != "nobody"
        for path, endpoint in found.items()
        if re.search(r"[0-9a-f]{8}-", path)
    }
    assert len(theirs) > 20
    strangers = {
        "Ola, a stranger in Ringebu": client_for(town.people["Ola Nordli"]),
        "Gudny, citizen of Nord-Fron": client_for(town.people["Gudny Haverstad"]),
        "Nils, staff of Nord-Fron": client_for(town.staff["Nils Bakken"]),
        "Jonas, a nurse": client_for(town.staff["Jonas Berg"]),
    }
    before = _content_of(town)
    for name, client in strangers.items():
        for path, endpoint in theirs.items():
            if name.startswith("Jonas") and endpoint.startswith("visits_staff."):
                continue  # his own unit's visits
            response = client.get(path)
            is_sent_to_login = response.status_code == 303 and "/logg-inn" in response.headers["Location"]
            assert is_sent_to_login or response.status_code in (403, 404), f"{name} read {path}"
        _try_to_write(name, client, app, theirs)
    assert _content_of(town) == before


def _try_to_write(name: str, client: StrictClient, app: Flask, theirs: dict[str, str]) -> None:
    """Send every form of the portal with ids that belong to others, and with a form token of one's own."""
    adapter = app.url_map.bind("")
    known: dict[str, object] = {}
    for path in theirs:
        known |= adapter.match(urlsplit(path).path, method="GET")[1]
    start = "/ansatt" if client.get("/ansatt").status_code == 200 else "/min-side"
    token = client.page(start).all("//input[@name='csrf_token']/@value")[0]
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()) or not rule.arguments & {key for key in known if key.endswith("_id")}:
            continue
        _, path = rule.build({**dict.fromkeys(rule.arguments, UUID(int=1)), "number": 1, **known}) or ("", "")
        response = client.post(path, data={"csrf_token": token, "body": "Hei", "status": "granted", "revision": "1"})
        assert response.status_code in (303, 401, 403, 404), f"{name} wrote to {path}: {response.status_code}"


def _content_of(town: Town) -> list[tuple[object, ...]]:
    """What Ringebu's people have said and done, as counts and newest changes."""
    counted = (
        "application",
        "application_event",
        "message",
        "registry_entry",
        "case_file",
        "attachment",
        "message_draft",
    )
    with db.as_municipality(town.ringebu_id), db.read_only() as session:
        return [
            (table, *row)
            for table in counted
            for row in session.execute(text(f"SELECT count(*), max(id::text), max(xmin::text) FROM {table}"))
        ]


def test_the_deposit_of_the_whole_town_is_without_findings(
    town: Town, settings: Settings, connected: None, tmp_path: Path
) -> None:
    schemas = schemas_folder()
    if schemas is None:
        assert os.environ.get("PORTAL_REQUIRE_SCHEMAS") != "1", "the official Noark 5 schemas are missing"
        pytest.skip("the official Noark 5 schemas are not on this machine")
    today, out = clock.today(), tmp_path / "deposit"
    with db.as_municipality(town.ringebu_id), db.read_only() as session:
        actor = System(town.ringebu_id, "test")
        start = today.replace(year=today.year - 1, month=1, day=1)
        made = archive.export_deposit(session, actor, start=start, end=today, out=out, schemas=schemas)
    assert check(out, schemas) == []
    documents = sorted((out / "dokumenter").rglob("*.pdf"))
    assert len(documents) > made.counts.entries // 2
    assert verapdf.findings(documents) == []
