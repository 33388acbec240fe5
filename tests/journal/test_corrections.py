"""What is journaled changes only with its line in the change log; PostgreSQL sees to it."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from citizen_portal import db
from citizen_portal.auth.actor import System
from citizen_portal.journal import queries, service
from citizen_portal.journal.errors import BlankText, NotCorrectable
from citizen_portal.journal.models import CaseFile, ChangeLogEntry, CorrespondenceParty, DocumentObject, RegistryEntry
from citizen_portal.journal.terms import EntryStatus
from citizen_portal.tenancy.models import Unit
from tests.journal.conftest import SCREENING, letter_in, open_case


@pytest.fixture
def entry(archive: None, the_system: System, home_care: Unit) -> RegistryEntry:
    """Borghild's application in the journal."""
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        return service.register_incoming(session, the_system, case, letter_in())


def _log() -> list[tuple[str, str, str | None, str | None]]:
    log = ChangeLogEntry
    with db.read_only() as session:
        lines = session.execute(select(log.object_type, log.field, log.old_value, log.new_value).order_by(log.id))
        return [(kind, field, old, new) for kind, field, old, new in lines]


def test_astrid_corrects_a_title_and_the_old_one_is_kept(entry: RegistryEntry, the_system: System) -> None:
    with db.transaction() as session:
        found = queries.registry_entry(session, entry.id)
        corrections = {
            "title": "Søknad om alarm",
            "document_date": date(2026, 2, 28),
            "received_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
            "public_title": found.public_title,
        }
        service.correct_entry(session, the_system, found, corrections)
    assert _log() == [
        ("registry_entry", "title", "Søknad om trygghetsalarm fra Borghild Moen", "Søknad om alarm"),
        ("registry_entry", "document_date", "2026-03-01", "2026-02-28"),
        ("registry_entry", "received_at", "2026-03-02T07:30:00+00:00", "2026-03-02T08:00:00+00:00"),
    ]


def test_screening_is_lifted_part_by_part_in_the_log(entry: RegistryEntry, the_system: System) -> None:
    with db.transaction() as session:
        service.correct_entry(session, the_system, queries.registry_entry(session, entry.id), {"screening": None})
    with db.read_only() as session:
        assert queries.registry_entry(session, entry.id).screening is None
    assert ("registry_entry", "screening_authority", SCREENING.authority, None) in _log()


def test_a_case_and_a_party_are_corrected_too(entry: RegistryEntry, the_system: System) -> None:
    with db.transaction() as session:
        found = queries.registry_entry(session, entry.id)
        service.correct_party(session, the_system, found, found.parties[0], "Borghild Marie Moen")
        service.correct_case_file(session, the_system, found.case_file, {"responsible_name": "Jonas Berg"})
    assert _log() == [
        ("correspondence_party", "name", "Borghild Moen", "Borghild Marie Moen"),
        ("case_file", "responsible_name", "Siri Haugen", "Jonas Berg"),
    ]


def test_nobody_corrects_a_title_or_a_name_into_nothing(entry: RegistryEntry, the_system: System) -> None:
    for correct in (
        lambda session, found: service.correct_entry(session, the_system, found, {"title": " "}),
        lambda session, found: service.correct_case_file(session, the_system, found.case_file, {"public_title": ""}),
        lambda session, found: service.correct_party(session, the_system, found, found.parties[0], "\n"),
    ):
        with pytest.raises(BlankText), db.transaction() as session:
            correct(session, queries.registry_entry(session, entry.id))
    assert _log() == []


def test_a_cancelled_entry_keeps_its_number(entry: RegistryEntry, the_system: System) -> None:
    with db.transaction() as session:
        service.cancel_entry(session, the_system, queries.registry_entry(session, entry.id))
    with db.transaction() as session:
        found = queries.registry_entry(session, entry.id)
        assert found.status is EntryStatus.CANCELLED
        after = service.register_incoming(session, the_system, found.case_file, letter_in())
    assert after.journal_sequence_number == 2


@pytest.mark.parametrize("field", ["journal_sequence_number", "journal_date", "status", "entry_type"])
def test_numbers_and_dates_of_journaling_are_never_corrected(
    entry: RegistryEntry, the_system: System, field: str
) -> None:
    with pytest.raises(NotCorrectable), db.transaction() as session:
        service.correct_entry(session, the_system, queries.registry_entry(session, entry.id), {field: 1})


@pytest.mark.parametrize("model", [CaseFile, RegistryEntry, CorrespondenceParty, DocumentObject, ChangeLogEntry])
def test_nothing_is_deleted_from_the_journal(entry: RegistryEntry, model: type[db.Base]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction() as session:
        session.execute(delete(model))


@pytest.mark.parametrize(
    "statement",
    [
        update(RegistryEntry).values(journal_sequence_number=99),
        update(RegistryEntry).values(created_by="Ola"),
        update(DocumentObject).values(sha256="0" * 64),
        update(CaseFile).values(case_sequence_number=99),
    ],
)
def test_what_never_changes_cannot_be_changed_by_sql(entry: RegistryEntry, statement: object) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction() as session:
        session.execute(statement)  # type: ignore[call-overload]  # any of the statements above


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_entry SET title = 'Noe annet'",
        "UPDATE case_file SET public_title = 'Noe annet'",
        "UPDATE correspondence_party SET name = 'Noen annen'",
        "UPDATE registry_entry SET status = 'cancelled'",
    ],
)
def test_a_change_without_its_line_in_the_log_is_refused_by_postgresql(entry: RegistryEntry, statement: str) -> None:
    with pytest.raises(IntegrityError, match="without a line in the change log"), db.transaction() as session:
        session.execute(text(statement))


def test_an_old_line_in_the_log_does_not_cover_a_new_change(entry: RegistryEntry, the_system: System) -> None:
    with db.transaction() as session:
        service.correct_entry(session, the_system, queries.registry_entry(session, entry.id), {"title": "Søknad"})
    with pytest.raises(IntegrityError, match="without a line"), db.transaction() as session:
        session.execute(text("UPDATE registry_entry SET title = 'Noe annet'"))
