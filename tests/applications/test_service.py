"""Kari applies for a safety alarm for her mother; Siri handles it; nobody else sees it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from citizen_portal import clock, db, storage
from citizen_portal.applications import queries, service, work_list
from citizen_portal.applications.case_documents import documents_of
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.drafts import deleting
from citizen_portal.applications.errors import (
    AlreadyPickedUp,
    AlreadySent,
    ChangedMeanwhile,
    Incomplete,
    NotPossibleNow,
    ServiceNotOffered,
)
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.applications.tasks import service as tasks
from citizen_portal.applications.tasks.service import Asked
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.errors import EntriesNotSignedOff
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import CaseStatus, EntryStatus, EntryType, SignOffMethod
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality
from tests.applications.conftest import STEPS, Draft, Sent, reload
from tests.applications.decisions.conftest import send as send_decision
from tests.applications.decisions.conftest import write
from tests.conftest import ActorFor
from tests.journal.conftest import letter_in

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def kari_acts(actor_for: ActorFor, kari: Person) -> Citizen:
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    return actor


@pytest.fixture
def siri_acts(actor_for: ActorFor, siri: StaffMember) -> Staff:
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    return actor


def _case_numbers() -> list[str]:
    with db.read_only() as session:
        return [case.number for case in session.scalars(select(CaseFile).order_by(CaseFile.id))]


def _tags(application: Application) -> list[str]:
    with db.read_only() as session:
        return list(
            session.scalars(
                select(AuditEvent.tag)
                .where(AuditEvent.subject_id == application.id)
                .order_by(AuditEvent.sequence_number)
            )
        )


def test_what_kari_sends_becomes_a_case_with_a_document_and_a_dated_line(kari_acts: Citizen, sent: Sent) -> None:
    with clock.frozen(MONDAY):
        application = sent(kari_acts)
    assert application.status is Status.RECEIVED
    assert application.submitted_at == MONDAY
    assert application.answer_by_date == date(2026, 12, 21)
    with db.read_only() as session:
        case = queries.case_for(session, kari_acts, application.id)
        [received] = queries.timeline(session, application)
        [document] = documents_of(session, case)
        entry = journal_queries.registry_entry(session, application.registry_entry_id)
    assert case.case_file.number == "2026/1"
    assert case.case_file.title == "Søknad om trygghetsalarm – Borghild Moen"
    assert case.case_file.citizen_id == kari_acts.person_id
    assert (received.kind, received.occurred_at, received.unit_name) == (EventKind.RECEIVED, MONDAY, "Hjemmetjenesten")
    assert entry.parties[0].name == "Kari Moen"
    assert storage.files().read(document.sha256).startswith(b"%PDF")
    assert _tags(application) == [EventTag.APPLICATION_STARTED, EventTag.APPLICATION_SUBMITTED]


def test_the_public_journal_names_nobody(kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    with db.read_only() as session:
        entry = journal_queries.registry_entry(session, application.registry_entry_id)
    assert entry.public_title == entry.case_file.public_title == "Søknad om trygghetsalarm – *****"
    assert entry.screening.authority == "offl. § 13, jf. fvl. § 13 (1) nr. 1"


def test_kari_taps_start_twice_and_has_one_draft(kari_acts: Citizen, archive: None) -> None:
    with db.transaction() as session:
        first = service.start_draft(session, kari_acts, "trygghetsalarm", "se")
    with db.transaction() as session:
        second = service.start_draft(session, kari_acts, "trygghetsalarm", "nb")
    assert first.id == second.id
    assert first.language == "nb"
    assert _tags(first) == [EventTag.APPLICATION_STARTED]


def test_kari_taps_send_twice_and_has_one_case(kari_acts: Citizen, draft: Draft) -> None:
    made = draft(kari_acts)
    for _tap in range(2):
        with db.transaction() as session:
            again = service.submit(session, kari_acts, made.id, made.revision)
        assert again.status is Status.RECEIVED
    assert len(_case_numbers()) == 1


def test_kari_sends_from_two_tabs_at_once_and_has_one_case(kari_acts: Citizen, draft: Draft) -> None:
    made = draft(kari_acts)

    def send(_tab: int) -> UUID | None:
        with db.as_municipality(kari_acts.municipality_id), db.transaction() as session:
            return service.submit(session, kari_acts, made.id, made.revision).case_file_id

    with ThreadPoolExecutor(4) as tabs:
        assert len(set(tabs.map(send, range(4)))) == 1
    assert len(_case_numbers()) == 1
    with db.read_only() as session:
        assert session.scalar(select(func.count()).select_from(ApplicationEvent)) == 1


def test_what_kari_did_not_look_over_is_not_sent(kari_acts: Citizen, draft: Draft) -> None:
    looked_over = draft(kari_acts)
    with db.transaction() as session:
        service.save_step(session, kari_acts, looked_over.id, 2, {**STEPS[2], "needs": "Noe annet"}, "nb")
    with pytest.raises(ChangedMeanwhile), db.transaction() as session:
        service.submit(session, kari_acts, looked_over.id, looked_over.revision)
    assert _case_numbers() == []


def test_saving_the_same_again_is_no_change(kari_acts: Citizen, draft: Draft) -> None:
    made = draft(kari_acts)
    with db.transaction() as session:
        again, _problems = service.save_step(session, kari_acts, made.id, 2, STEPS[2], "nb")
    assert again.revision == made.revision


def test_an_unfinished_application_is_not_sent(kari_acts: Citizen, archive: None) -> None:
    with db.transaction() as session:
        made = service.start_draft(session, kari_acts, "trygghetsalarm", "nb")
    with pytest.raises(Incomplete) as missing, db.transaction() as session:
        service.submit(session, kari_acts, made.id, made.revision)
    assert [problem.field.name for problem in missing.value.problems][:2] == ["for_whom", "needs"]


def test_a_submission_that_fails_leaves_no_gap_in_the_numbers(kari_acts: Citizen, draft: Draft) -> None:
    made = draft(kari_acts)

    def fail_after_sending(session: Session) -> None:
        service.submit(session, kari_acts, made.id, made.revision)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"), db.transaction() as session:
        fail_after_sending(session)
    assert reload(kari_acts, made.id).is_draft
    with db.transaction() as session:
        service.submit(session, kari_acts, made.id, made.revision)
    with db.read_only() as session:
        case = queries.case_for(session, kari_acts, made.id)
    assert case.case_file.case_sequence_number == 1


def test_ola_does_not_find_karis_application(
    actor_for: ActorFor, ola: Person, kari_acts: Citizen, draft: Draft
) -> None:
    made, stranger = draft(kari_acts), actor_for(ola)
    for attempt in (
        lambda session: queries.case_for(session, stranger, made.id),
        lambda session: service.save_step(session, stranger, made.id, 1, {}, "nb"),
        lambda session: service.submit(session, stranger, made.id, made.revision),
        lambda session: deleting.delete_draft(session, stranger, made.id),
        lambda session: service.withdraw(session, stranger, made.id),
    ):
        with pytest.raises(NotFound), db.transaction() as session:
            attempt(session)
    with db.read_only() as session:
        assert queries.applications_of(session, stranger) == []


def test_nils_of_nord_fron_does_not_find_it_either(
    actor_for: ActorFor, nils: StaffMember, kari_acts: Citizen, sent: Sent
) -> None:
    application, neighbour = sent(kari_acts), actor_for(nils)
    with db.as_municipality(nils.municipality_id):
        for attempt in (
            lambda session: queries.case_for(session, neighbour, application.id),
            lambda session: queries.case_by_case_file(session, neighbour, application.case_file_id),
            lambda session: service.pick_up(session, neighbour, application.id),
        ):
            with pytest.raises(NotFound), db.transaction() as session:
                attempt(session)
        with db.read_only() as session:
            assert work_list.work_list(session, neighbour, work_list.Queue.UNIT) == []


def test_siri_does_not_see_a_draft(siri_acts: Staff, kari_acts: Citizen, draft: Draft) -> None:
    made = draft(kari_acts)
    with pytest.raises(NotFound), db.read_only() as session:
        queries.case_for(session, siri_acts, made.id)


def test_another_unit_does_not_see_the_application(siri_acts: Staff, kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    with db.transaction() as session:
        other_unit = tenancy.add_unit(session, name="Kulturskolen", phone="61 28 32 00")
    teacher = Staff(
        municipality_id=siri_acts.municipality_id,
        staff_id=siri_acts.staff_id,
        name="Lærer",
        unit_id=other_unit.id,
        unit_name=other_unit.name,
        roles=siri_acts.roles,
        session_id=siri_acts.session_id,
    )
    with pytest.raises(NotFound), db.read_only() as session:
        queries.case_for(session, teacher, application.id)


def test_siri_picks_it_up_and_decides_and_kari_reads_it_with_dates(
    siri_acts: Staff, kari_acts: Citizen, sent: Sent
) -> None:
    application = sent(kari_acts)
    with db.transaction() as session:
        service.pick_up(session, siri_acts, application.id)
    with db.transaction() as session:
        service.pick_up(session, siri_acts, application.id)
        service.change_status(session, siri_acts, application.id, Status.WAITING_FOR_OTHERS, " Vi ringer montøren. ")
    send_decision(siri_acts, application, write(siri_acts, application, Outcome.GRANTED))
    with db.read_only() as session:
        case = queries.case_for(session, kari_acts, application.id)
        steps = queries.timeline(session, case.application)
    assert case.application.status is Status.GRANTED
    told = [EventKind.GRANTED, EventKind.WAITING_FOR_OTHERS, EventKind.PICKED_UP, EventKind.RECEIVED]
    assert [step.kind for step in steps] == told
    assert steps[1].facts == {"note": "Vi ringer montøren."}
    assert steps[2].actor_name == case.case_file.responsible_name == "Siri Haugen"


def test_kari_sees_among_what_waits_what_siri_asks_for(siri_acts: Staff, kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    asked = Asked(new_id(), "Send inn legeerklæring", "", (), date(2026, 12, 11))
    with clock.frozen(datetime(2026, 11, 26, 12, tzinfo=UTC)), db.transaction() as session:
        service.pick_up(session, siri_acts, application.id)
        tasks.give(session, siri_acts, application.id, asked)
    with db.read_only() as session:
        [row] = queries.open_applications_of(session, kari_acts)
    assert [(task.title, task.due_date) for task in row.tasks] == [("Send inn legeerklæring", date(2026, 12, 11))]


def test_nobody_waits_for_the_citizen_without_asking_her_for_something(
    siri_acts: Staff, kari_acts: Citizen, sent: Sent
) -> None:
    application = sent(kari_acts)
    with pytest.raises(NotPossibleNow), db.transaction() as session:
        service.change_status(session, siri_acts, application.id, Status.WAITING_FOR_CITIZEN)


def test_siri_and_jonas_cannot_both_pick_it_up(
    actor_for: ActorFor, jonas: StaffMember, siri_acts: Staff, kari_acts: Citizen, sent: Sent
) -> None:
    application = sent(kari_acts)
    with db.transaction() as session:
        service.pick_up(session, siri_acts, application.id)
    with pytest.raises(AlreadyPickedUp, match="Siri Haugen"), db.transaction() as session:
        service.pick_up(session, actor_for(jonas), application.id)
    with db.transaction() as session:
        service.assign(session, siri_acts, application.id, jonas.id)
    with db.read_only() as session:
        [row] = work_list.work_list(session, actor_for(jonas), work_list.Queue.MINE)
    assert (row.citizen_name, row.assigned_name) == ("Kari Moen", "Jonas Berg")


def test_siri_cannot_hand_it_to_somebody_who_is_not_there(siri_acts: Staff, kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    with pytest.raises(NotFound), db.transaction() as session:
        service.assign(session, siri_acts, application.id, application.id)


def test_a_decided_application_does_not_go_back(siri_acts: Staff, kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    send_decision(siri_acts, application, write(siri_acts, application, Outcome.REFUSED))
    for status in (Status.IN_PROGRESS, Status.GRANTED, Status.WITHDRAWN, Status.DRAFT):
        with pytest.raises(NotPossibleNow), db.transaction() as session:
            service.change_status(session, siri_acts, application.id, status)
    with pytest.raises(NotPossibleNow), db.transaction() as session:
        service.withdraw(session, kari_acts, application.id)
    with pytest.raises(NotPossibleNow), db.transaction() as session:
        service.pick_up(session, siri_acts, application.id)


def test_kari_withdraws_and_twice_is_once(kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    for _tap in range(2):
        with db.transaction() as session:
            service.withdraw(session, kari_acts, application.id)
    with db.read_only() as session:
        steps = queries.timeline(session, application)
    assert [step.kind for step in steps] == [EventKind.WITHDRAWN, EventKind.RECEIVED]


def _entries(application: Application) -> list[RegistryEntry]:
    """The entries of the application's case, in order, with all their parts."""
    assert application.case_file_id is not None
    with db.read_only() as session:
        return [
            journal_queries.registry_entry(session, entry.id)
            for entry in journal_queries.entries_of_case(session, application.case_file_id)
        ]


def _signed_off(entry: RegistryEntry) -> list[tuple[SignOffMethod, str]]:
    return [(sign_off.method, sign_off.signed_off_by) for sign_off in entry.sign_offs]


def test_that_kari_withdraws_is_journaled_and_nobody_owes_her_an_answer(kari_acts: Citizen, sent: Sent) -> None:
    application = sent(kari_acts)
    for _tap in range(2):
        with db.transaction() as session:
            service.withdraw(session, kari_acts, application.id)
    applied, withdrawal = _entries(application)
    assert withdrawal.entry_type is EntryType.INCOMING
    assert withdrawal.title == "Trukket søknad – Søknad om trygghetsalarm – Borghild Moen"
    assert withdrawal.public_title == "Trukket søknad – Søknad om trygghetsalarm – *****"
    assert withdrawal.screening == applied.screening
    assert withdrawal.parties[0].name == "Kari Moen"
    [document] = withdrawal.documents
    assert storage.files().read(document.files[0].sha256).startswith(b"%PDF")
    for entry in (applied, withdrawal):
        assert _signed_off(entry) == [(SignOffMethod.NOTED, "Innbyggerportalen")]
    assert withdrawal.case_file.is_open


def test_a_municipality_that_writes_nynorsk_keeps_its_journal_in_nynorsk(
    kari_acts: Citizen, sent: Sent, ringebu: Municipality, owner_session: Session
) -> None:
    owner_session.execute(update(Municipality).where(Municipality.id == ringebu.id).values(languages=["nn", "nb"]))
    owner_session.commit()
    application = sent(kari_acts)
    with db.transaction() as session:
        service.withdraw(session, kari_acts, application.id)
    assert _entries(application)[1].title.startswith("Trekt søknad – ")


@pytest.mark.parametrize("outcome", [Outcome.GRANTED, Outcome.PARTLY_GRANTED, Outcome.REFUSED])
def test_with_the_outcome_siri_signs_the_application_off_and_the_case_stays_open(
    siri_acts: Staff, kari_acts: Citizen, sent: Sent, outcome: Outcome
) -> None:
    application = sent(kari_acts)
    with db.transaction() as session:
        service.change_status(session, siri_acts, application.id, Status.WAITING_FOR_OTHERS)
    assert _signed_off(_entries(application)[0]) == []
    send_decision(siri_acts, application, write(siri_acts, application, outcome))
    applied, _answer = _entries(application)
    assert _signed_off(applied) == [(SignOffMethod.ANSWERED_BY_LETTER, "Siri Haugen")]
    assert applied.case_file.is_open


@pytest.mark.parametrize("way", [[Status.CLOSED], [Status.WITHDRAWN, Status.CLOSED]])
def test_when_siri_closes_the_application_its_case_file_is_closed_and_archived(
    siri_acts: Staff, kari_acts: Citizen, sent: Sent, way: list[Status]
) -> None:
    application = sent(kari_acts)
    for status in way:
        with db.transaction() as session:
            if status is Status.WITHDRAWN:
                service.withdraw(session, kari_acts, application.id)
            else:
                service.change_status(session, siri_acts, application.id, status)
    for entry in _entries(application):
        assert (entry.status, entry.case_file.status) == (EntryStatus.ARCHIVED, CaseStatus.CLOSED)
        assert len(entry.sign_offs) == 1


def test_a_case_in_which_kari_waits_for_an_answer_is_not_closed(
    siri_acts: Staff, kari_acts: Citizen, sent: Sent
) -> None:
    application = sent(kari_acts)
    with db.transaction() as session:
        case_file = journal_queries.case_file(session, application.case_file_id)
        journal.register_incoming(session, kari_acts, case_file, letter_in())
    with pytest.raises(EntriesNotSignedOff), db.transaction() as session:
        service.change_status(session, siri_acts, application.id, Status.CLOSED)
    assert reload(kari_acts, application.id).status is Status.RECEIVED
    applied, _letter = _entries(application)
    assert _signed_off(applied) == []
    send_decision(siri_acts, application, write(siri_acts, application, Outcome.GRANTED))
    assert len(_signed_off(_entries(application)[0])) == 1


def test_kari_deletes_a_draft_but_nothing_that_she_sent(kari_acts: Citizen, draft: Draft, sent: Sent) -> None:
    made = draft(kari_acts)
    with db.transaction() as session:
        deleting.delete_draft(session, kari_acts, made.id)
    application = sent(kari_acts)
    with db.read_only() as session:
        assert [row.id for row in queries.applications_of(session, kari_acts)] == [application.id]
    with pytest.raises(AlreadySent), db.transaction() as session:
        deleting.delete_draft(session, kari_acts, application.id)
    with pytest.raises(AlreadySent), db.transaction() as session:
        service.save_step(session, kari_acts, application.id, 1, {}, "nb")


@pytest.mark.parametrize(
    "sql", ["UPDATE application SET answers = '{}'", "DELETE FROM application_event", "DELETE FROM application"]
)
def test_postgresql_itself_keeps_what_was_sent(kari_acts: Citizen, sent: Sent, sql: str) -> None:
    sent(kari_acts)
    refusal = pytest.raises(DBAPIError, match="neither changed nor deleted|permission denied")
    with refusal, db.transaction() as session:
        session.execute(text(sql))


def test_a_municipality_without_the_unit_does_not_offer_the_service(kari_acts: Citizen) -> None:
    with pytest.raises(ServiceNotOffered), db.transaction() as session:
        service.start_draft(session, kari_acts, "trygghetsalarm", "nb")
    with pytest.raises(NotFound), db.transaction() as session:
        service.start_draft(session, kari_acts, "badestamp", "nb")


def test_lists_go_on_where_the_last_page_ended(siri_acts: Staff, kari_acts: Citizen, sent: Sent) -> None:
    made = [sent(kari_acts).id for _ in range(3)]
    with db.read_only() as session:
        first = queries.applications_of(session, kari_acts, size=2)
        rest = queries.applications_of(session, kari_acts, size=2, before=first[-1].id)
        work = work_list.work_list(session, siri_acts, work_list.Queue.UNASSIGNED, size=2)
        more_work = work_list.work_list(session, siri_acts, work_list.Queue.UNIT, size=2, after=work[-1].position)
        open_ones = queries.open_applications_of(session, kari_acts)
    assert [row.id for row in first + rest] == made[::-1]
    assert [row.id for row in work + more_work] == made
    assert {row.case_number for row in open_ones} == {"2026/1", "2026/2", "2026/3"}
