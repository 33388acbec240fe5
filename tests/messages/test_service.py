"""Sending messages: order, journal, once only, all or nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from citizen_portal import clock, db, storage
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import enclose
from citizen_portal.journal.errors import CaseFileIsClosed
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import EntryType, ScreenedMetadata, Variant
from citizen_portal.messages import queries, service
from citizen_portal.messages.errors import EmptyMessage, MessageIdTaken, MessageTooLong, TooManyAttachments
from citizen_portal.messages.models import Message, Thread
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Municipality
from citizen_portal.uploads import CheckedFile, DamagedFile, check_upload
from tests.messages.conftest import CaseOf, a_pdf, a_picture

ActorFor = Callable[[Person | StaffMember], Citizen | Staff]


@pytest.fixture
def as_kari(actor_for: ActorFor, kari: Person) -> Citizen:
    """Kari, logged in."""
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    return actor


@pytest.fixture
def as_siri(actor_for: ActorFor, siri: StaffMember) -> Staff:
    """Siri, at work."""
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    return actor


def writes(
    actor: Citizen | Staff, case_file: CaseFile, body: str, message_id: UUID | None = None, **more: object
) -> Message:
    """The actor writes about the case."""
    verb = service.write_about_case if isinstance(actor, Citizen) else service.write_to_citizen
    with db.transaction() as session:
        return verb(session, actor, case_file.id, body, message_id or new_id(), **more)


def conversation(actor: Citizen | Staff, case_file: CaseFile) -> queries.Conversation:
    """What the actor sees of the conversation about the case."""
    with db.read_only() as session:
        return queries.conversation_about(session, actor, case_file.id)


def entry_of(message: Message) -> RegistryEntry:
    """The message's line in the journal."""
    with db.read_only() as session:
        return journal_queries.registry_entry(session, message.registry_entry_id)


def count(model: type[db.Base]) -> int:
    """How many rows there are."""
    with db.read_only() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_siri_and_kari_see_the_same_conversation_in_the_order_it_was_written(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for minute, (actor, body) in enumerate([(as_siri, "Hei, Kari."), (as_kari, "Hei."), (as_siri, "Takk.")]):
        with clock.frozen(at + timedelta(minutes=minute)):
            writes(actor, karis_case, body)
    for reader in (as_siri, as_kari):
        seen = conversation(reader, karis_case)
        assert [m.body for m in seen.messages] == ["Hei, Kari.", "Hei.", "Takk."]
        assert [m.author for m in seen.messages] == [
            "Siri Haugen, Hjemmetjenesten",
            "Kari Moen",
            "Siri Haugen, Hjemmetjenesten",
        ]


def test_messages_of_the_same_instant_keep_their_order(as_kari: Citizen, karis_case: CaseFile) -> None:
    with clock.frozen(datetime(2026, 11, 23, 9, tzinfo=UTC)):
        for number in range(4):
            writes(as_kari, karis_case, f"Melding {number}")
    assert [m.body for m in conversation(as_kari, karis_case).messages] == [f"Melding {n}" for n in range(4)]


def test_a_conversation_of_seventy_shows_the_newest_fifty_and_then_the_twenty_before(
    as_kari: Citizen, karis_case: CaseFile
) -> None:
    for number in range(7):
        writes(as_kari, karis_case, f"{number}")
    with db.read_only() as session:
        newest = queries.conversation_about(session, as_kari, karis_case.id, size=5)
        earlier = queries.conversation_about(
            session, as_kari, karis_case.id, before=newest.messages[0].position, size=5
        )
    assert [m.body for m in newest.messages] == ["2", "3", "4", "5", "6"]
    assert newest.has_earlier
    assert [m.body for m in earlier.messages] == ["0", "1"]
    assert not earlier.has_earlier


def test_a_form_sent_twice_counts_once(as_kari: Citizen, karis_case: CaseFile) -> None:
    message_id = new_id()
    first = writes(as_kari, karis_case, "Hei", message_id)
    again = writes(as_kari, karis_case, "Hei", message_id)
    assert first.id == again.id
    assert (count(Message), count(RegistryEntry)) == (1, 1)


def test_an_id_that_belongs_to_somebody_elses_message_is_refused(
    as_kari: Citizen, as_siri: Staff, karis_case: CaseFile
) -> None:
    message_id = new_id()
    writes(as_kari, karis_case, "Hei", message_id)
    with pytest.raises(MessageIdTaken):
        writes(as_siri, karis_case, "Hei", message_id)


def test_each_message_is_journaled_and_numbered_without_gaps(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    sent = [writes(as_siri, karis_case, "Hei"), writes(as_kari, karis_case, "Hei"), writes(as_siri, karis_case, "Takk")]
    entries = [entry_of(message) for message in sent]
    assert [e.journal_sequence_number for e in entries] == [1, 2, 3]
    assert [e.entry_type for e in entries] == [EntryType.OUTGOING, EntryType.INCOMING, EntryType.OUTGOING]
    assert [e.case_file_id for e in entries] == [karis_case.id] * 3


def test_the_public_title_does_not_name_kari_and_her_name_is_screened_on_either_end(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    out, back = entry_of(writes(as_siri, karis_case, "Hei")), entry_of(writes(as_kari, karis_case, "Hei"))
    assert "Kari" in out.title
    assert "Kari" not in out.public_title + back.public_title
    assert ScreenedMetadata.RECIPIENT_NAME in out.screening_metadata
    assert ScreenedMetadata.SENDER_NAME not in out.screening_metadata
    assert ScreenedMetadata.SENDER_NAME in back.screening_metadata
    assert {p.name for p in out.parties} == {"Kari Moen", "Hjemmetjenesten"}
    assert {p.name for p in back.parties} == {"Kari Moen", "Hjemmetjenesten"}


def test_what_siri_answers_is_signed_off_and_what_kari_writes_later_waits(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    asked = [writes(as_kari, karis_case, "Hei"), writes(as_kari, karis_case, "En ting til")]
    answer = writes(as_siri, karis_case, "Svar på begge")
    later = writes(as_kari, karis_case, "Takk")
    assert [entry_of(m).sign_offs[0].answer_id for m in asked] == [answer.registry_entry_id] * 2
    assert entry_of(later).sign_offs == []


def test_a_pdf_is_archived_in_an_archive_format_with_the_original_beside_it_and_a_picture_as_it_is(
    as_kari: Citizen, karis_case: CaseFile
) -> None:
    files = [
        enclose(check_upload(a_pdf(), "legeerklæring.pdf"), "nb"),
        enclose(check_upload(a_picture(), "bilde.jpeg"), "nb"),
    ]
    message = writes(as_kari, karis_case, "Her er de.", attachments=files)
    main, pdf, picture = entry_of(message).documents
    assert [(f.variant, f.format) for f in main.files] == [(Variant.ARCHIVE, "pdf")]
    assert {(f.variant, f.format, f.conversion_tool) for f in pdf.files} == {
        (Variant.ARCHIVE, "pdf", "PDFium, typst"),
        (Variant.PRODUCTION, "pdf", None),
    }
    assert [(f.variant, f.format) for f in picture.files] == [(Variant.ARCHIVE, "jpg")]
    assert [(a.filename, a.kind) for a in message.attachments] == [("legeerklæring.pdf", "PDF"), ("bilde.jpg", "JPEG")]
    assert storage.files().read(message.attachments[0].sha256) == a_pdf()
    for file in (*main.files, *pdf.files, *picture.files):
        assert storage.files().exists(file.sha256)


def test_a_failure_after_the_number_was_taken_leaves_nothing_and_no_gap(as_kari: Citizen, karis_case: CaseFile) -> None:
    class LightsOut(Exception):
        pass

    def write_and_fail(session: Session) -> None:
        service.write_about_case(session, as_kari, karis_case.id, "Hei", new_id())
        raise LightsOut

    with pytest.raises(LightsOut), db.transaction() as session:
        write_and_fail(session)
    assert (count(Thread), count(Message), count(RegistryEntry), count(Notice)) == (0, 0, 0, 0)
    assert entry_of(writes(as_kari, karis_case, "Hei")).journal_sequence_number == 1


def test_kari_is_told_by_a_notice_when_siri_writes_and_nobody_when_she_writes_herself(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    writes(as_kari, karis_case, "Hei")
    assert count(Notice) == 0
    writes(as_siri, karis_case, "Hei")
    with db.read_only() as session:
        notice = session.scalars(select(Notice)).one()
    assert (notice.person_id, notice.occasion) == (as_kari.person_id, Occasion.NEW_MESSAGE)


def test_a_closed_case_takes_no_more_messages(as_siri: Staff, as_kari: Citizen, karis_case: CaseFile) -> None:
    with db.transaction() as session:
        journal.close_case_file(session, as_siri, journal_queries.case_file(session, karis_case.id))
    with pytest.raises(CaseFileIsClosed):
        writes(as_kari, karis_case, "Hei")


def test_a_message_says_something_and_not_a_whole_book(as_kari: Citizen, karis_case: CaseFile) -> None:
    for body, error in (("  \r\n", EmptyMessage), ("\x00", EmptyMessage), ("x" * 10_001, MessageTooLong)):
        with pytest.raises(error):
            writes(as_kari, karis_case, body)
    picture = enclose(check_upload(a_picture(), "bilde.jpg"), "nb")
    with pytest.raises(TooManyAttachments):
        writes(as_kari, karis_case, "Hei", attachments=[picture] * 6)


def test_a_municipality_that_writes_nynorsk_journals_in_nynorsk(
    as_kari: Citizen, karis_case: CaseFile, owner_session: Session
) -> None:
    owner_session.execute(update(Municipality).values(languages=["nn", "nb"]))
    owner_session.commit()
    assert entry_of(writes(as_kari, karis_case, "Hei")).public_title.startswith("Melding i saka «")


def test_a_pdf_that_opens_and_then_cannot_be_drawn_is_damaged() -> None:
    broken = CheckedFile(b"%PDF-1.7\nno pages", "application/pdf", "pdf", "ødelagt.pdf")
    with pytest.raises(DamagedFile):
        enclose(broken, "nb")


def test_odd_characters_are_kept_and_those_that_cannot_be_stored_are_dropped(
    as_kari: Citizen, karis_case: CaseFile
) -> None:
    assert writes(as_kari, karis_case, "Hei\r\n\x00čáhci 👍 <b>&").body == "Hei\nčáhci 👍 <b>&"


def test_ola_cannot_write_about_karis_case(actor_for: ActorFor, ola: Person, karis_case: CaseFile) -> None:
    with pytest.raises(NotFound):
        writes(actor_for(ola), karis_case, "Hei")


def test_nils_in_the_neighbour_municipality_cannot_write_about_karis_case(
    actor_for: ActorFor, nils: StaffMember, karis_case: CaseFile
) -> None:
    as_nils = actor_for(nils)
    for municipality_id in (nils.municipality_id, karis_case.municipality_id):
        with db.as_municipality(municipality_id), pytest.raises(NotFound):
            writes(as_nils, karis_case, "Hei")


def test_a_thread_is_unread_for_kari_only_when_siri_has_written_since_she_read(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    def unread() -> list[str]:
        with db.read_only() as session:
            return [line.last_message.body for line in queries.unread_threads(session, as_kari)]

    def read() -> None:
        shown = conversation(as_kari, karis_case)
        with db.transaction() as session:
            service.note_reading(session, as_kari, shown)

    writes(as_kari, karis_case, "Hei")
    assert unread() == []
    writes(as_siri, karis_case, "Hei, Kari")
    assert unread() == ["Hei, Kari"]
    writes(as_kari, karis_case, "Jeg svarer før jeg leser")
    assert unread() != []
    read()
    assert unread() == []
    with db.transaction() as session:
        service.save_draft(session, as_siri, karis_case.id, "Et utkast")
    assert unread() == []
    writes(as_siri, karis_case, "Takk")
    assert unread() == ["Takk"]


def test_the_first_reading_is_what_the_other_side_is_shown(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    writes(as_siri, karis_case, "Hei")
    first = datetime(2026, 11, 23, 10, 2, tzinfo=UTC)
    for read_at in (first, first + timedelta(hours=1)):
        shown = conversation(as_kari, karis_case)
        with clock.frozen(read_at), db.transaction() as session:
            service.note_reading(session, as_kari, shown)
    writes(as_siri, karis_case, "En ting til")
    shown = conversation(as_siri, karis_case)
    readings = [shown.seen(message) for message in shown.messages]
    assert [(r.reader_name, r.read_at) if r else None for r in readings] == [("Kari Moen", first), None]


def test_a_draft_is_the_writers_alone_and_goes_when_it_is_sent(
    as_siri: Staff, as_kari: Citizen, karis_case: CaseFile
) -> None:
    for text in ("Jeg lurer", "Jeg lurer på noe"):
        with db.transaction() as session:
            service.save_draft(session, as_kari, karis_case.id, text)
    draft = conversation(as_kari, karis_case).draft
    assert draft is not None
    assert draft.body == "Jeg lurer på noe"
    assert conversation(as_siri, karis_case).draft is None
    writes(as_kari, karis_case, "Jeg lurer på noe")
    assert conversation(as_kari, karis_case).draft is None


def test_the_inbox_goes_on_where_the_page_ended(as_kari: Citizen, case_of: CaseOf, kari: Person) -> None:
    for number in range(5):
        writes(as_kari, case_of(kari), f"{number}")
    with db.read_only() as session:
        first = queries.own_threads(session, as_kari, size=3)
        rest = queries.own_threads(session, as_kari, before=first[-1].position, size=3)
    assert [line.last_message.body for line in (*first, *rest)] == ["4", "3", "2", "1", "0"]


def at_once(*pieces_of_work: Callable[[], object]) -> None:
    """Do the work at the same time, each piece as its own connection, all for the current municipality."""
    municipality_id = db.current_municipality_id()

    def do(work: Callable[[], object]) -> None:
        with db.as_municipality(municipality_id):
            work()

    with ThreadPoolExecutor(len(pieces_of_work)) as pool:
        for done in [pool.submit(do, work) for work in pieces_of_work]:
            done.result()


def test_a_form_sent_twice_at_the_very_same_time_counts_once(as_kari: Citizen, karis_case: CaseFile) -> None:
    message_id = new_id()
    at_once(*[lambda: writes(as_kari, karis_case, "Hei", message_id)] * 4)
    assert (count(Thread), count(Message), count(RegistryEntry)) == (1, 1, 1)


def test_both_can_be_the_first_to_write_at_the_same_time(
    as_kari: Citizen, as_siri: Staff, karis_case: CaseFile
) -> None:
    at_once(lambda: writes(as_kari, karis_case, "Hei"), lambda: writes(as_siri, karis_case, "Hei, Kari"))
    seen = conversation(as_kari, karis_case)
    assert [m.position for m in seen.messages] == [1, 2]
    assert sorted(entry_of(m).journal_sequence_number for m in seen.messages) == [1, 2]
