"""The journal about somebody with a protected address: numbers without words, and nothing in the public one."""

from datetime import date
from pathlib import Path

import pytest

from citizen_portal import db
from citizen_portal.archive import service as archive
from citizen_portal.auth.actor import Role, System
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import service
from citizen_portal.journal.models import CorrespondenceParty, RegistryEntry
from citizen_portal.tenancy.models import Unit
from tests.conftest import ClientFor
from tests.journal.conftest import letter_in, letter_out, open_case, set_up
from tests.protection import protect, shape

JOURNAL = "/ansatt/journal/"


@pytest.fixture
def entry(the_system: System, home_care: Unit, borghild: Person) -> RegistryEntry:
    """Borghild's application and the answer, in the journal; her address is protected since."""
    with db.transaction() as session:
        set_up(session, the_system)
        case = open_case(session, the_system, home_care, citizen_id=borghild.id)
        application = service.register_incoming(session, the_system, case, letter_in())
        service.register_outgoing(session, the_system, case, letter_out(), application)
    protect(borghild)
    return application


def test_astrid_sees_that_there_is_an_entry_and_no_word_of_it(
    entry: RegistryEntry, astrid: StaffMember, client_for: ClientFor
) -> None:
    client = client_for(astrid)
    page = client.page(JOURNAL)
    assert entry.number in page.text
    assert "*****" in page.text
    for words in ("Borghild", "rygghetsalarm", entry.case_file.number, str(entry.id)):
        assert words not in page.html
    (file,) = entry.documents[0].files
    for path in (f"{JOURNAL}{entry.id}", f"{JOURNAL}{entry.id}/dokument/{file.id}"):
        hidden, never = client.get(path), client.get(path.replace(str(entry.id), str(entry.case_file_id)))
        assert (hidden.status_code, shape(hidden.text)) == (404, shape(never.text))


def test_an_archivist_of_the_few_says_why_and_reads(
    entry: RegistryEntry, astrid: StaffMember, home_care: Unit, client_for: ClientFor
) -> None:
    with db.transaction() as session:
        gro = identity.employ(
            session, issuer=astrid.issuer, subject="gro", name="Gro Lund", title="Arkivar", unit_id=home_care.id,
            roles=(Role.ARCHIVIST, Role.PROTECTED_ACCESS),
        )  # fmt: skip
    browser = client_for(gro)
    assert "Borghild" not in browser.page(JOURNAL).html
    asked = browser.get(f"{JOURNAL}{entry.id}").headers["Location"]
    opened = browser.send(asked, {"reason": "Kontrollerer journalen"}, action=asked)
    assert opened.headers["Location"] == f"{JOURNAL}{entry.id}"
    assert browser.page(f"{JOURNAL}{entry.id}").h1 == "Søknad om trygghetsalarm fra Borghild Moen"


def test_the_deposit_is_whole_and_its_public_journal_says_only_that_there_were_entries(
    entry: RegistryEntry, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deposit"
    with db.read_only() as session:
        start, end = date(entry.journal_year, 1, 1), date(entry.journal_year, 12, 31)
        archive.export_deposit(session, the_system, start=start, end=end, out=out, schemas=official_schemas)
    public = next(out.rglob("offentligJournal.xml")).read_text("utf-8")
    assert public.count("<journalregistrering>") == 2
    for words in ("Borghild", "rygghetsalarm –", "rygghetsalarm fra", "Hjemmetjenesten"):
        assert words not in public
    assert "Borghild Moen" in next(out.rglob("loependeJournal.xml")).read_text("utf-8")


def test_a_party_in_the_journal_has_a_name_and_no_address_or_phone_number() -> None:
    known = {"municipality_id", "id", "registry_entry_id", "position", "party_type", "name"}
    assert set(CorrespondenceParty.__table__.columns.keys()) == known | {"unit_name", "caseworker_name"}
