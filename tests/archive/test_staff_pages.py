"""Astrid reads the journal; nobody else does."""

import pytest
from sqlalchemy import select

from citizen_portal import db
from citizen_portal.audit.models import AuditEvent
from citizen_portal.auth.actor import System
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import service
from citizen_portal.journal.models import RegistryEntry
from citizen_portal.tenancy.models import Unit
from tests.conftest import ClientFor
from tests.journal.conftest import letter_in, letter_out, open_case, set_up
from tests.statements import count_statements


@pytest.fixture
def entry(the_system: System, home_care: Unit, borghild: Person) -> RegistryEntry:
    """Borghild's application and the answer, in the journal."""
    with db.transaction() as session:
        set_up(session, the_system)
        case = open_case(session, the_system, home_care, citizen_id=borghild.id)
        application = service.register_incoming(session, the_system, case, letter_in())
        service.register_outgoing(session, the_system, case, letter_out(), application)
        return application


def test_astrid_finds_the_application_in_the_journal(
    entry: RegistryEntry, astrid: StaffMember, client_for: ClientFor
) -> None:
    client = client_for(astrid)
    with count_statements() as sent:
        page = client.page("/ansatt/journal/")
    assert sent.in_all <= 6, sent
    assert page.h1 == "Journal"
    assert page.links["Søknad om trygghetsalarm fra Borghild Moen"] == f"/ansatt/journal/{entry.id}"


def test_astrid_reads_an_entry_and_that_is_logged(
    entry: RegistryEntry, astrid: StaffMember, borghild: Person, client_for: ClientFor
) -> None:
    client = client_for(astrid)
    with count_statements() as sent:
        page = client.page(f"/ansatt/journal/{entry.id}")
    assert sent.in_all <= 6, [*sent, *sent.read_log]
    assert "Inngående dokument" in page.text
    assert "besvart med brev" in page.text
    with db.read_only() as session:
        read = session.scalars(select(AuditEvent).where(AuditEvent.tag == "entry-read")).one()
    assert (read.subject_id, read.about_person_id, read.actor_name) == (entry.id, borghild.id, "Astrid Lien")


def test_astrid_downloads_the_document(entry: RegistryEntry, astrid: StaffMember, client_for: ClientFor) -> None:
    client = client_for(astrid)
    page = client.page(f"/ansatt/journal/{entry.id}")
    (address,) = [href for href in page.links.values() if "/dokument/" in href]
    answer = client.get(address)
    assert answer.data == "%PDF-1.7 søknad".encode()
    assert "attachment" in answer.headers["Content-Disposition"]
    with db.read_only() as session:
        read = session.scalars(select(AuditEvent).where(AuditEvent.tag == "document-read")).one()
    assert read.subject_id == entry.id


def test_the_journal_is_filtered_by_type(entry: RegistryEntry, astrid: StaffMember, client_for: ClientFor) -> None:
    page = client_for(astrid).page("/ansatt/journal/?type=outgoing")
    assert "Svar til Borghild Moen" in page.text
    assert "Søknad om trygghetsalarm fra Borghild Moen" not in page.text
    assert "ingenting journalført" in client_for(astrid).page("/ansatt/journal/?type=case_presentation").text


def test_the_journal_is_read_page_by_page(
    entry: RegistryEntry, astrid: StaffMember, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citizen_portal.archive.staff_views.PAGE_SIZE", 1)
    client = client_for(astrid)
    page = client.page("/ansatt/journal/")
    assert "Svar til Borghild Moen" in page.text
    older = client.page(page.links["Neste"])
    assert "Søknad om trygghetsalarm fra Borghild Moen" in older.text
    assert older.links["Forrige"] == "/ansatt/journal/"


@pytest.mark.parametrize("query", ["type=secret", "etter=yesterday", "etter=2026-", "etter=2026-99999999999999"])
def test_a_wrong_address_is_not_found(astrid: StaffMember, client_for: ClientFor, query: str) -> None:
    assert client_for(astrid).get(f"/ansatt/journal/?{query}").status_code == 404


def test_others_are_kept_out(
    entry: RegistryEntry,
    siri: StaffMember,
    nils: StaffMember,
    kari: Person,
    client_for: ClientFor,
) -> None:
    address = f"/ansatt/journal/{entry.id}"
    assert client_for(siri).get(address).status_code == 403
    assert client_for(kari).get(address).status_code in (303, 403)
    assert client_for().get(address).status_code == 303
    assert client_for(nils).get(address).status_code == 403
