"""Astrid delivers a period of the journal to the depot."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select

from citizen_portal import clock, db, storage
from citizen_portal.archive import service as archive
from citizen_portal.archive.errors import InvalidPeriod
from citizen_portal.archive.noark5.check import check
from citizen_portal.archive.noark5.package import DepositResult, EmptyPeriod, OutputExists
from citizen_portal.archive.noark5.schemas import UnofficialSchema
from citizen_portal.audit.models import AuditEvent
from citizen_portal.auth.actor import System
from citizen_portal.documents import Document, Section, render
from citizen_portal.journal import queries, service
from citizen_portal.journal.entries import InternalEntry, JournalDocument, JournalFile
from citizen_portal.journal.errors import ArchiveNotSetUp
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import CaseStatus, SignOffMethod
from citizen_portal.storage import MissingFile
from citizen_portal.tenancy.models import Municipality, Unit
from tests import verapdf
from tests.journal.conftest import NATIONAL_ID, document, letter_in, letter_out, open_case, set_up
from tests.statements import count_statements

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 8, 9, 0, tzinfo=UTC)
MAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
NS = {"n": "http://www.arkivverket.no/standarder/noark5/arkivstruktur"}


@pytest.fixture
def journal(in_ringebu: Municipality, the_system: System, home_care: Unit) -> None:
    """March: a closed case and an open one with an answer. April: the open one goes on, and something is cancelled."""
    with clock.frozen(MARCH), db.transaction() as session:
        set_up(session, the_system)
        closed = open_case(session, the_system, home_care, "Hjemmehjelp", "H10")
        service.register_incoming(session, the_system, closed, letter_in(sender=f"Ola {NATIONAL_ID}"))
        service.close_case_file(session, the_system, closed, sign_off_rest_as=SignOffMethod.NOTED)
        still_open = open_case(session, the_system, home_care)
        application = service.register_incoming(session, the_system, still_open, letter_in(documents=_two()))
        service.register_outgoing(session, the_system, still_open, letter_out(), application)
        service.correct_party(session, the_system, application, application.parties[0], "Borghild M. Moen")
    with clock.frozen(APRIL), db.transaction() as session:
        found = queries.case_file(session, still_open.id)
        wrong = service.register_incoming(session, the_system, found, letter_in())
        service.cancel_entry(session, the_system, wrong)
        service.register_internal(session, the_system, found, _note())


def _two() -> tuple[object, ...]:
    return (document("søknad"), document("legeerklæring"))


def _note() -> InternalEntry:
    return InternalEntry(
        title="Notat \x0b om <besøk> & «mer»",
        public_title="Notat",
        author="Siri Haugen",
        document_date=date(2026, 4, 8),
        documents=(document("notat"),),
    )


@pytest.fixture
def in_may() -> Iterator[None]:
    """It is May."""
    with clock.frozen(MAY):
        yield


def export(actor: System, out: Path, schemas: Path | None, start: date, end: date) -> DepositResult:
    """Export in a session of its own."""
    with db.read_only() as session:
        return archive.export_deposit(session, actor, start=start, end=end, out=out, schemas=schemas)


def test_the_whole_spring_is_delivered_and_sound(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    out = tmp_path / "avlevering"
    result = export(the_system, out, official_schemas, date(2026, 1, 1), date(2026, 4, 30))
    assert check(out, None) == []
    assert (result.counts.case_files, result.counts.entries, result.counts.document_files) == (2, 5, 5)
    root = etree.parse(str(out / "arkivstruktur.xml"))
    assert root.xpath("//n:saksstatus/text()", namespaces=NS) == ["Avsluttet", "Avsluttet"]
    assert root.xpath("count(//n:klasse)", namespaces=NS) == 4
    assert root.xpath("//n:mappe/n:mappeID/text()", namespaces=NS) == ["2026/1", "2026/2"]
    assert "Ola" not in (out / "offentligJournal.xml").read_text()
    assert NATIONAL_ID not in (out / "offentligJournal.xml").read_text()
    assert "Borghild" not in (out / "offentligJournal.xml").read_text()
    assert "Borghild M. Moen" in (out / "loependeJournal.xml").read_text()
    assert list(tmp_path.iterdir()) == [out]


def test_what_is_open_is_delivered_closed_and_stays_open(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    out = tmp_path / "avlevering"
    export(the_system, out, official_schemas, date(2026, 1, 1), date(2026, 4, 30))
    log = (out / "endringslogg.xml").read_text()
    assert "<tidligereVerdi>Under behandling</tidligereVerdi><nyVerdi>Avsluttet</nyVerdi>" in log
    assert "<tidligereVerdi>Ekspedert</tidligereVerdi><nyVerdi>Arkivert</nyVerdi>" in log
    assert "<endretDato>2026-04-30T23:59:59</endretDato>" in log
    with db.read_only() as session:
        assert session.scalars(select(CaseFile.status).order_by(CaseFile.case_sequence_number)).all() == [
            CaseStatus.CLOSED,
            CaseStatus.OPEN,
        ]


def test_a_corrected_time_stands_in_the_change_log_as_it_stands_in_the_entry(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    with db.transaction() as session:
        letter = session.scalars(select(RegistryEntry).where(RegistryEntry.journal_sequence_number == 2)).one()
        service.correct_entry(session, the_system, letter, {"received_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC)})
    out = tmp_path / "avlevering"
    export(the_system, out, official_schemas, date(2026, 1, 1), date(2026, 4, 30))
    log = (out / "endringslogg.xml").read_text()
    assert "<tidligereVerdi>2026-03-02T08:30:00</tidligereVerdi><nyVerdi>2026-03-02T09:00:00</nyVerdi>" in log
    assert "<mottattDato>2026-03-02T09:00:00</mottattDato>" in (out / "arkivstruktur.xml").read_text()
    assert check(out, None) == []


def test_march_alone_is_soft_at_its_end(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    result = export(the_system, tmp_path / "mars", official_schemas, date(2026, 3, 1), date(2026, 3, 31))
    assert check(tmp_path / "mars", None) == []
    assert result.counts.entries == 3
    description = (tmp_path / "mars/arkivuttrekk.xml").read_text()
    assert '<property name="inngaaendeSkille"><value>skarpt</value>' in description
    assert '<property name="utgaaendeSkille"><value>mykt</value>' in description


def test_april_alone_is_soft_at_its_start(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    export(the_system, tmp_path / "april", official_schemas, date(2026, 4, 1), date(2026, 4, 30))
    assert check(tmp_path / "april", None) == []
    assert '<property name="inngaaendeSkille"><value>mykt</value>' in (tmp_path / "april/arkivuttrekk.xml").read_text()


def test_a_period_that_is_not_over_is_closed_now(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    export(the_system, tmp_path / "i-aar", official_schemas, date(2026, 1, 1), date(2026, 12, 31))
    assert check(tmp_path / "i-aar", None) == []
    assert "<endretDato>2026-05-04T11:00:00</endretDato>" in (tmp_path / "i-aar/endringslogg.xml").read_text()


def test_nothing_is_left_behind_when_it_fails(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    spring = (date(2026, 1, 1), date(2026, 4, 30))
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "avlevering"
    with pytest.raises(EmptyPeriod):
        export(the_system, target, official_schemas, date(2025, 1, 1), date(2025, 12, 31))
    with pytest.raises(InvalidPeriod):
        export(the_system, target, official_schemas, date(2026, 5, 1), date(2026, 4, 1))
    with pytest.raises(InvalidPeriod):
        export(the_system, target, official_schemas, date(2027, 5, 1), date(2027, 6, 1))
    with pytest.raises(UnofficialSchema):
        export(the_system, target, None, *spring)
    with pytest.raises(UnofficialSchema):
        export(the_system, target, tmp_path, *spring)
    with db.read_only() as session, pytest.raises(MissingFile):
        archive.export_deposit(
            session, the_system, start=spring[0], end=spring[1], out=target, schemas=official_schemas, files=_NoFiles()
        )
    assert list((tmp_path / "out").iterdir()) == []


class _NoFiles:
    """A store that lost everything."""

    def copy_to(self, sha256: str, path: Path) -> None:
        raise MissingFile(sha256)


def test_nothing_is_overwritten(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    (tmp_path / "avlevering").mkdir()
    (tmp_path / "avlevering/precious.txt").write_text("mine")
    with pytest.raises(OutputExists):
        export(the_system, tmp_path / "avlevering", official_schemas, date(2026, 1, 1), date(2026, 4, 30))
    assert (tmp_path / "avlevering/precious.txt").read_text() == "mine"


def test_without_an_archive_there_is_nothing_to_deliver(
    in_ringebu: Municipality, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveNotSetUp):
        export(the_system, tmp_path / "x", official_schemas, date(2026, 1, 1), date(2026, 4, 30))


def test_more_entries_do_not_mean_more_queries(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    with count_statements() as march:
        export(the_system, tmp_path / "a", official_schemas, date(2026, 3, 1), date(2026, 3, 1 + 30))
    with count_statements() as spring:
        export(the_system, tmp_path / "b", official_schemas, date(2026, 1, 1), date(2026, 4, 30))
    assert len(march) == len(spring) <= 17


def test_the_deposit_is_one_moment_of_the_journal(
    journal: None, in_may: None, the_system: System, official_schemas: Path, tmp_path: Path
) -> None:
    """While the deposit is made, somebody registers one more letter: it is in none of the extracts."""

    def register_meanwhile(step: str, _done: int, _total: int) -> None:
        if step == "arkivstruktur.xml":
            with db.transaction() as other:
                case = queries.case_file(other, case_id)
                service.register_incoming(other, the_system, case, letter_in())

    with db.read_only() as session:
        case_id = session.scalars(select(CaseFile.id).where(CaseFile.status == CaseStatus.OPEN)).one()
    with db.read_only() as session:
        archive.export_deposit(
            session,
            the_system,
            start=date(2026, 1, 1),
            end=date(2026, 12, 31),
            out=tmp_path / "x",
            schemas=official_schemas,
            progress=register_meanwhile,
        )
    assert check(tmp_path / "x", None) == []


def test_an_export_is_recorded(in_ringebu: Municipality, the_system: System) -> None:
    with db.transaction() as session:
        archive.record_export(session, the_system, start=date(2026, 1, 1), end=date(2026, 4, 30))
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent))
    assert (event.tag, event.details) == ("deposit-exported", {"start": "2026-01-01", "end": "2026-04-30"})


def test_verapdf_finds_nothing_in_what_is_delivered(
    in_ringebu: Municipality, the_system: System, home_care: Unit, official_schemas: Path, tmp_path: Path
) -> None:
    letter = Document(
        title="Søknad om trygghetsalarm",
        language="nb",
        municipality_name="Ringebu kommune",
        unit="Hjemmetjenesten",
        date=date(2026, 3, 2),
        sections=(Section("Behov", ("Jeg faller ofte.",)),),
    )
    stored = storage.files().put(render(letter))
    file = JournalFile(stored.sha256, stored.size, "pdf", format_details="PDF/A-2a")
    with clock.frozen(MARCH), db.transaction() as session:
        set_up(session, the_system)
        case = open_case(session, the_system, home_care)
        documents = (JournalDocument("Søknad", "Søknad", (file,)),)
        service.register_incoming(session, the_system, case, letter_in(documents=documents))
    with clock.frozen(MAY):
        export(the_system, tmp_path / "x", official_schemas, date(2026, 3, 1), date(2026, 3, 31))
    assert check(tmp_path / "x", None) == []
    delivered = list((tmp_path / "x" / "dokumenter").rglob("*.pdf"))
    assert len(delivered) == 1
    assert verapdf.findings(delivered) == []
