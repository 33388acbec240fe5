"""Nothing opens before the virus scanner has seen it; what it stops, nobody opens, and Kari is told what to do."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from sqlalchemy import select, text

from citizen_portal import db
from citizen_portal.applications.files import queries
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.files.scanning import scan_file
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal.enclosures import Enclosure, enclose
from citizen_portal.journal.scans import scanner
from citizen_portal.journal.scans.clamav import Clamd, ScannerAway
from citizen_portal.journal.scans.models import FileScan, ScanState
from citizen_portal.journal.scans.service import scan
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.uploads import check_upload
from tests.applications.files.test_service import keeps
from tests.conftest import ClientFor
from tests.journal.scans.fake_clamd import EICAR, fake_clamd
from tests.messages.conftest import a_pdf

AWAY = "tcp://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _without_scanner_afterwards() -> Iterator[None]:
    yield
    scanner.use(None)


@pytest.fixture
def clamd() -> Iterator[None]:
    """A scanner that answers."""
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        yield


@pytest.fixture
def infected(in_ringebu: object) -> Callable[[], Enclosure]:
    """`infected()` is a PDF that opens, and holds what the scanner knows."""
    return lambda: enclose(check_upload(a_pdf() + b"\n% " + EICAR + b"\n", "faktura.pdf"), "nb")


def file_in(application: Application) -> ApplicationFile:
    """The only file of the application."""
    with db.read_only() as session:
        (file,) = queries.files_of(session, application)
    return file


def jobs_waiting(name: str) -> list[dict[str, object]]:
    """The arguments of the jobs by that name that are on the queue."""
    with db.read_only() as session:
        found = session.execute(text("SELECT args FROM procrastinate_jobs WHERE task_name = :name"), {"name": name})
        return [args for (args,) in found]


def test_an_honest_letter_is_scanned_at_once(
    clamd: None, kari_acts: Citizen, karis_draft: Application, letter: Callable[[], Enclosure]
) -> None:
    assert keeps(kari_acts, karis_draft, letter()).state is ScanState.CLEAN
    with db.read_only() as session:
        scans = session.scalars(select(FileScan)).all()
    assert {scan.state for scan in scans} == {ScanState.CLEAN}
    assert len(scans) == 2  # the letter, and its rendition for the archive
    assert jobs_waiting("application_files.scan") == []


def test_without_a_scanner_a_file_counts_as_clean_once_its_content_is_checked(
    kari_acts: Citizen, karis_draft: Application, letter: Callable[[], Enclosure]
) -> None:
    assert keeps(kari_acts, karis_draft, letter()).state is ScanState.CLEAN
    with db.read_only() as session:
        assert session.scalars(select(FileScan)).all() == []


def test_a_virus_goes_to_quarantine_and_nobody_opens_it_nor_what_was_made_from_it(
    clamd: None,
    kari_acts: Citizen,
    karis_application: Application,
    infected: Callable[[], Enclosure],
    client_for: ClientFor,
    kari: Person,
    siri: StaffMember,
) -> None:
    file = keeps(kari_acts, karis_application, infected())
    assert (file.is_infected, file.scan and file.scan.signature) == (True, "Eicar-Test-Signature")
    for who, path in ((kari, "min-side/soknader"), (siri, "ansatt/soknader")):
        answer = client_for(who).get(f"/{path}/{karis_application.id}/filer/{file.id}")
        assert answer.status_code == 409
        assert EICAR not in answer.data
        assert "Filen er stoppet" in answer.text


def test_while_the_scanner_is_away_a_file_waits_and_opens_when_it_has_answered(
    kari_acts: Citizen,
    karis_application: Application,
    letter: Callable[[], Enclosure],
    client_for: ClientFor,
    kari: Person,
    siri: StaffMember,
) -> None:
    scanner.use(Clamd(AWAY))
    file = keeps(kari_acts, karis_application, letter())
    karis, siris = client_for(kari), client_for(siri)
    own = f"/min-side/soknader/{karis_application.id}/filer/{file.id}"
    theirs = f"/ansatt/soknader/{karis_application.id}/filer/{file.id}"
    for client, path in ((karis, own), (siris, theirs)):
        assert "Filen blir sjekket" in client.get(path).text
    (job,) = jobs_waiting("application_files.scan")
    with pytest.raises(ScannerAway):
        scan_file(**job)
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        scan_file(**job)
        scan_file(**job)  # a job that runs twice does no harm
    assert file_in(karis_application).state is ScanState.CLEAN
    assert karis.get(own).data == a_pdf()
    assert siris.get(theirs).status_code == 200


def test_a_virus_that_was_found_late_is_told_to_kari_by_a_notice_without_content(
    kari_acts: Citizen, karis_application: Application, infected: Callable[[], Enclosure]
) -> None:
    scanner.use(Clamd(AWAY))
    keeps(kari_acts, karis_application, infected())
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        scan_file(**jobs_waiting("application_files.scan")[0])
    assert file_in(karis_application).is_infected
    with db.read_only() as session:
        occasions = session.scalars(select(Notice.occasion).order_by(Notice.id)).all()
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.FILE_STOPPED.value)).one()
    assert occasions[-1] == Occasion.APPLICATION_CHANGED
    assert told.about_person_id == karis_application.person_id


def test_when_the_scanner_is_taken_out_of_use_what_waited_is_let_go(
    kari_acts: Citizen, karis_draft: Application, letter: Callable[[], Enclosure]
) -> None:
    scanner.use(Clamd(AWAY))
    keeps(kari_acts, karis_draft, letter())
    scanner.use(None)
    scan_file(**jobs_waiting("application_files.scan")[0])
    assert file_in(karis_draft).state is ScanState.CLEAN


def test_the_same_content_keeps_its_verdict_while_the_scanner_is_away(
    clamd: None, kari_acts: Citizen, karis_draft: Application, letter: Callable[[], Enclosure]
) -> None:
    keeps(kari_acts, karis_draft, letter())
    scanner.use(Clamd(AWAY))
    assert keeps(kari_acts, karis_draft, letter()).state is ScanState.CLEAN
    for job in jobs_waiting("application_files.scan"):
        scan_file(**job)


def test_what_is_sent_with_a_message_waits_for_the_same_scanner(
    karis_application: Application, client_for: ClientFor, kari: Person, letter: Callable[[], Enclosure]
) -> None:
    scanner.use(Clamd(AWAY))
    browser = client_for(kari)
    browser.send(
        f"/min-side/meldinger/om-sak/{karis_application.case_file_id}",
        {"body": "Her er den.", "attachments": [(BytesIO(a_pdf()), "brev.pdf")]},
    )
    with db.read_only() as session:
        attachment = session.scalars(text("SELECT id FROM attachment")).one()
    assert "Filen blir sjekket" in browser.get(f"/min-side/meldinger/vedlegg/{attachment}").text
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        scan(**jobs_waiting("scans.scan")[0])
    assert browser.get(f"/min-side/meldinger/vedlegg/{attachment}").data == a_pdf()
