"""What comes in, goes out and stays inside becomes lines of the journal."""

from datetime import date

import pytest
from sqlalchemy import select

from citizen_portal import db
from citizen_portal.audit.models import AuditEvent
from citizen_portal.auth.actor import System
from citizen_portal.errors import NotFound
from citizen_portal.journal import queries, service
from citizen_portal.journal.entries import InternalEntry, JournalDocument, JournalFile, Screening
from citizen_portal.journal.errors import (
    AlreadySignedOff,
    ArchiveNotSetUp,
    ArchiveVariantMissing,
    BlankText,
    CaseFileIsClosed,
    ClassHasSubclasses,
    EntriesNotSignedOff,
    InvalidFile,
    NoDocument,
    UnknownClass,
)
from citizen_portal.journal.models import ChangeLogEntry
from citizen_portal.journal.queries import JournalPosition
from citizen_portal.journal.terms import (
    AccessRestriction,
    CaseStatus,
    EntryStatus,
    EntryType,
    PartyType,
    SignOffMethod,
    Variant,
)
from citizen_portal.tenancy.models import Municipality, Unit
from tests.journal.conftest import NATIONAL_ID, document, letter_in, letter_out, open_case


def test_borghilds_application_is_journaled_with_its_document(
    archive: None, the_system: System, home_care: Unit
) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        made = service.register_incoming(session, the_system, case, letter_in())
    with db.read_only() as session:
        entry = queries.registry_entry(session, made.id)
        assert (entry.entry_type, entry.status) == (EntryType.INCOMING, EntryStatus.JOURNALED)
        assert [(p.party_type, p.name) for p in entry.parties] == [
            (PartyType.SENDER, "Borghild Moen"),
            (PartyType.INTERNAL_RECIPIENT, "Hjemmetjenesten"),
        ]
        assert entry.case_file.number == case.number
        assert entry.screening is not None
        (file,) = entry.documents[0].files
        assert (file.variant, file.format, file.format_details) == (Variant.ARCHIVE, "pdf", "PDF/A-2a")
        assert session.scalars(select(AuditEvent.tag).order_by(AuditEvent.sequence_number)).all() == [
            "case-file-opened",
            "entry-registered",
        ]


def test_siris_answer_signs_the_application_off_once(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        application = service.register_incoming(session, the_system, case, letter_in())
        answer = service.register_outgoing(session, the_system, case, letter_out(), application)
        service.register_outgoing(session, the_system, case, letter_out(), application)
    with db.read_only() as session:
        (sign_off,) = queries.registry_entry(session, application.id).sign_offs
    assert (sign_off.method, sign_off.answer_id) == (SignOffMethod.ANSWERED_BY_LETTER, answer.id)
    with pytest.raises(AlreadySignedOff), db.transaction() as session:
        service.sign_off(session, the_system, application, SignOffMethod.NOTED)


@pytest.mark.parametrize(
    ("needs_follow_up", "is_presentation", "expected"),
    [
        (False, False, EntryType.INTERNAL),
        (True, False, EntryType.INTERNAL_FOR_FOLLOW_UP),
        (False, True, EntryType.CASE_PRESENTATION),
    ],
)
def test_notes_that_stay_inside(
    archive: None,
    the_system: System,
    home_care: Unit,
    needs_follow_up: bool,
    is_presentation: bool,
    expected: EntryType,
) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        note = InternalEntry(
            title="Notat",
            public_title="Notat",
            author="Siri Haugen",
            document_date=date(2026, 3, 3),
            documents=(document("notat"),),
            needs_follow_up=needs_follow_up,
            is_case_presentation=is_presentation,
        )
        assert service.register_internal(session, the_system, case, note).entry_type is expected


def test_a_closed_case_is_archived_and_takes_nothing_more(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        application = service.register_incoming(session, the_system, case, letter_in())
        service.register_outgoing(session, the_system, case, letter_out(), application)
        service.close_case_file(session, the_system, case)
    with db.read_only() as session:
        assert queries.case_file(session, case.id).status is CaseStatus.CLOSED
        assert {entry.status for entry in queries.entries_of_case(session, case.id)} == {EntryStatus.ARCHIVED}
        logged = session.execute(select(ChangeLogEntry.object_type, ChangeLogEntry.old_value, ChangeLogEntry.new_value))
        assert sorted(tuple(line) for line in logged) == [
            ("case_file", "open", "closed"),
            ("registry_entry", "dispatched", "archived"),
            ("registry_entry", "journaled", "archived"),
        ]
    with pytest.raises(CaseFileIsClosed), db.transaction() as session:
        service.register_incoming(session, the_system, case, letter_in())
    with pytest.raises(CaseFileIsClosed), db.transaction() as session:
        service.close_case_file(session, the_system, queries.case_file(session, case.id))


def test_a_case_with_an_unanswered_letter_is_not_closed_silently(
    archive: None, the_system: System, home_care: Unit
) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        service.register_incoming(session, the_system, case, letter_in())
    with pytest.raises(EntriesNotSignedOff), db.transaction() as session:
        service.close_case_file(session, the_system, queries.case_file(session, case.id))
    with db.transaction() as session:
        found = queries.case_file(session, case.id)
        service.close_case_file(session, the_system, found, sign_off_rest_as=SignOffMethod.NOTED)


def test_cases_lie_in_the_leaves_of_the_classification(archive: None, the_system: System, home_care: Unit) -> None:
    with pytest.raises(ClassHasSubclasses), db.transaction() as session:
        open_case(session, the_system, home_care, code="H")
    with pytest.raises(UnknownClass), db.transaction() as session:
        open_case(session, the_system, home_care, code="Z99")


def test_without_an_archive_there_are_no_cases(in_ringebu: Municipality, the_system: System, home_care: Unit) -> None:
    with pytest.raises(ArchiveNotSetUp), db.transaction() as session:
        open_case(session, the_system, home_care)


def test_a_document_needs_a_file_in_an_archive_format() -> None:
    original = JournalFile("0" * 64, 10, "webp", Variant.PRODUCTION)
    with pytest.raises(ArchiveVariantMissing):
        JournalDocument("Bilde", "Vedlegg", (original,))
    for wrong in (("x", 10, "pdf"), ("0" * 64, 0, "pdf"), ("0" * 64, 10, "../pdf")):
        with pytest.raises(InvalidFile):
            JournalFile(*wrong)


def test_an_entry_needs_a_document(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
    with pytest.raises(NoDocument), db.transaction() as session:
        service.register_incoming(session, the_system, case, letter_in(documents=()))


def test_a_screening_names_its_law() -> None:
    with pytest.raises(ValueError, match="authority"):
        Screening(AccessRestriction.EXEMPT, " ", ())


def test_a_national_id_never_reaches_a_public_title(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        letter = letter_in(public_title=f"Fra {NATIONAL_ID} om alarm")
        entry = service.register_incoming(session, the_system, case, letter)
    assert entry.public_title == "Fra ***** om alarm"


def test_the_journal_is_paged_newest_first(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        for _ in range(5):
            service.register_incoming(session, the_system, case, letter_in())
        service.register_outgoing(session, the_system, case, letter_out())
    with db.read_only() as session:
        first = queries.journal_page(session, size=4)
        last = first[-1]
        rest = queries.journal_page(
            session, size=4, before=JournalPosition(last.journal_year, last.journal_sequence_number)
        )
        outgoing = queries.journal_page(session, entry_type=EntryType.OUTGOING)
        assert queries.journal_dates(session) == (last.journal_date, last.journal_date)
    assert [entry.journal_sequence_number for entry in (*first, *rest)] == [6, 5, 4, 3, 2, 1]
    assert [entry.journal_sequence_number for entry in outgoing] == [6]


def test_nord_fron_sees_nothing_of_ringebus_journal(
    archive: None, the_system: System, home_care: Unit, nord_fron: Municipality
) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        entry = service.register_incoming(session, the_system, case, letter_in())
    with db.read_only() as session:
        file = queries.registry_entry(session, entry.id).documents[0].files[0]
        assert queries.document_file(session, entry.id, file.id)[1].sha256 == file.sha256
    with db.as_municipality(nord_fron.id), db.read_only() as session:
        assert queries.journal_page(session) == []
        for read in (
            lambda: queries.registry_entry(session, entry.id),
            lambda: queries.case_file(session, case.id),
            lambda: queries.document_file(session, entry.id, file.id),
        ):
            with pytest.raises(NotFound):
                read()


@pytest.mark.parametrize("nothing", ["", "  \n", "\u00a0", "\u200b\u00ad", "\x01"])
def test_nobody_journals_a_title_or_a_name_in_which_nothing_can_be_seen(in_ringebu: Municipality, nothing: str) -> None:
    for build, field in (
        (letter_in, "title"),
        (letter_in, "public_title"),
        (letter_in, "sender"),
        (letter_out, "recipient"),
        (letter_out, "caseworker_name"),
    ):
        with pytest.raises(BlankText):
            build(**{field: nothing})
    documents = (document(),)
    with pytest.raises(BlankText):
        InternalEntry(
            title="Notat", public_title="Notat", author=nothing, document_date=date(2026, 3, 2), documents=documents
        )
    with pytest.raises(BlankText):
        JournalDocument(nothing, "Brev", documents[0].files)


def test_a_case_without_a_title_takes_no_number(archive: None, the_system: System, home_care: Unit) -> None:
    with pytest.raises(BlankText), db.transaction() as session:
        service.open_case_file(
            session,
            the_system,
            title=" ",
            public_title="Trygghetsalarm",
            unit_id=home_care.id,
            responsible_name="Siri Haugen",
            classification_code="H12",
            screening=None,
        )
    with db.transaction() as session:
        assert open_case(session, the_system, home_care).case_sequence_number == 1
