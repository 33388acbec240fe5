"""While we wait for the citizen our own clock stands still, and everybody can see for how long."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as application_service
from citizen_portal.applications.models import Application, Wait
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.applications.tasks import queries, service
from citizen_portal.applications.tasks.errors import IdTaken, NoLongerAsked, NotADeadline
from citizen_portal.applications.tasks.models import Task, TaskStatus
from citizen_portal.applications.tasks.service import Asked, Attempt
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person
from citizen_portal.journal import queries as journal
from citizen_portal.journal.terms import EntryType, SignOffMethod
from citizen_portal.my_data.gathering import message_drafts
from citizen_portal.notifications.models import Notice, Occasion
from tests.applications.conftest import Sent, reload
from tests.tasks.conftest import Asks, working_day


def _answer(actor: Citizen, task: Task, text: str = "Her er den.") -> Task:
    with db.transaction() as session:
        return service.answer(session, actor, task.application_id, task.id, Attempt(text), sends=True).task


def test_the_answer_time_is_later_by_the_days_on_which_we_waited(
    kari_acts: Citizen, application: Application, asks: Asks
) -> None:
    promised = application.answer_by_date
    task = asks()
    waiting = reload(kari_acts, application.id)
    assert (waiting.status, waiting.clock_stopped_date) == (Status.WAITING_FOR_CITIZEN, clock.today())
    start = clock.today()
    with clock.frozen(clock.now() + timedelta(days=5)):
        _answer(kari_acts, task)
    going_on = reload(kari_acts, application.id)
    assert promised is not None
    assert (going_on.status, going_on.clock_stopped_date) == (Status.IN_PROGRESS, None)
    assert going_on.answer_by_date == promised + timedelta(days=5)
    with db.read_only() as session:
        newest = applications.timeline(session, going_on)[0]
    assert newest.kind is EventKind.TASK_ANSWERED
    assert newest.wait == Wait(start, start + timedelta(days=5))
    assert newest.wait.days == 5


def test_of_several_tasks_the_last_answer_lets_the_clock_go_on(
    kari_acts: Citizen, siri_acts: Staff, application: Application, asks: Asks
) -> None:
    first, second, third = asks(), asks("Fortell om nøkkelen"), asks("Send inn fullmakt")
    _answer(kari_acts, first)
    assert reload(kari_acts, application.id).status is Status.WAITING_FOR_CITIZEN
    with db.transaction() as session:
        service.withdraw(session, siri_acts, application.id, second.id)
    assert reload(kari_acts, application.id).status is Status.WAITING_FOR_CITIZEN
    _answer(kari_acts, third)
    assert reload(kari_acts, application.id).status is Status.IN_PROGRESS


def test_siri_can_go_on_without_and_a_late_answer_is_still_taken(
    kari_acts: Citizen, siri_acts: Staff, application: Application, asks: Asks
) -> None:
    task = asks(due=working_day(3))
    with clock.frozen(clock.now() + timedelta(days=10)):
        with db.transaction() as session:
            application_service.change_status(session, siri_acts, application.id, Status.IN_PROGRESS)
        before = reload(kari_acts, application.id).answer_by_date
        answered = _answer(kari_acts, task)
        after = reload(kari_acts, application.id)
    assert answered.came_late
    assert (after.status, after.answer_by_date) == (Status.IN_PROGRESS, before)
    assert after.news_at is not None


def test_both_ways_are_journaled_and_the_answer_is_noted_at_once(
    kari_acts: Citizen, application: Application, asks: Asks
) -> None:
    task = _answer(kari_acts, asks())
    assert task.answer_entry_id is not None
    with db.read_only() as session:
        request = journal.registry_entry(session, task.request_entry_id)
        answer = journal.registry_entry(session, task.answer_entry_id)
    assert (request.entry_type, answer.entry_type) == (EntryType.OUTGOING, EntryType.INCOMING)
    assert request.public_title == "Forespørsel om opplysninger – Søknad om trygghetsalarm – *****"
    assert answer.title.startswith("Svar på forespørsel om opplysninger – ")
    assert "Borghild" not in request.public_title + answer.public_title
    assert request.screening is not None
    assert [sign_off.method for sign_off in answer.sign_offs] == [SignOffMethod.NOTED]
    assert [party.name for party in request.parties] == ["Kari Moen", "Hjemmetjenesten"]


def test_a_form_sent_twice_asks_once_and_an_answer_sent_twice_is_one(
    kari_acts: Citizen, siri_acts: Staff, application: Application
) -> None:
    asked = Asked(new_id(), "Send inn legeerklæring", "", (), working_day(10))
    for _tap in range(2):
        with db.transaction() as session:
            task = service.give(session, siri_acts, application.id, asked)
    for text in ("Her er den.", "Noe annet."):
        answered = _answer(kari_acts, task, text)
    assert answered.answer_text == "Her er den."
    with db.read_only() as session:
        notices = session.scalars(select(Notice.occasion).where(Notice.occasion == Occasion.TASK_GIVEN)).all()
        kinds = [event.kind for event in applications.timeline(session, application)]
    assert len(notices) == 1
    assert kinds.count(EventKind.WAITING_FOR_CITIZEN) == kinds.count(EventKind.TASK_ANSWERED) == 1


def test_an_id_of_another_case_is_refused(siri_acts: Staff, kari_acts: Citizen, sent: Sent, asks: Asks) -> None:
    asked = Asked(asks().id, "Noe annet", "", (), working_day(10))
    other = sent(kari_acts)
    with pytest.raises(IdTaken), db.transaction() as session:
        service.give(session, siri_acts, other.id, asked)


def test_withdrawn_while_kari_types_nothing_is_sent_and_nothing_is_lost(
    kari_acts: Citizen, siri_acts: Staff, application: Application, asks: Asks
) -> None:
    task = asks()
    with db.transaction() as session:
        service.save_draft(session, kari_acts, application.id, task.id, "Jeg har bestilt time")
    with db.transaction() as session:
        service.withdraw(session, siri_acts, application.id, task.id)
    late = _answer(kari_acts, task, "Jeg har bestilt time hos legen.")
    assert (late.status, late.answered_at) == (TaskStatus.WITHDRAWN, None)
    assert late.answer_text == "Jeg har bestilt time hos legen."


def test_decided_while_kari_types_nothing_is_sent_and_nothing_is_lost(
    kari_acts: Citizen, siri_acts: Staff, application: Application, asks: Asks
) -> None:
    task = asks()
    with db.transaction() as session:
        application_service.withdraw(session, kari_acts, application.id)
    late = _answer(kari_acts, task)
    assert (late.answered_at, late.answer_text) == (None, "Her er den.")
    with pytest.raises(NoLongerAsked), db.transaction() as session:
        service.withdraw(session, siri_acts, application.id, task.id)
    with pytest.raises(NoLongerAsked), db.transaction() as session:
        service.move_deadline(session, siri_acts, application.id, task.id, working_day(20))


def test_what_was_asked_for_before_a_decision_is_not_asked_for_after_it(application: Application, asks: Asks) -> None:
    task = asks()
    back = Application(status=Status.IN_PROGRESS, decided_at=clock.now())
    assert not task.waits_in(back)
    back.decided_at = task.given_at - timedelta(days=1)
    assert task.waits_in(back)


def test_what_kari_has_typed_and_not_sent_is_in_the_copy_of_her_data(
    kari: Person, kari_acts: Citizen, application: Application, asks: Asks
) -> None:
    task = asks()
    with db.transaction() as session:
        service.save_draft(session, kari_acts, application.id, task.id, "Jeg har bestilt time")
    with db.read_only() as session:
        assert [draft.body for draft in message_drafts(session, kari)] == ["Jeg har bestilt time"]  # type: ignore[attr-defined]


def test_the_deadline_is_a_working_day_to_come_and_can_be_moved(
    siri_acts: Staff, application: Application, asks: Asks
) -> None:
    task = asks(due=working_day(4))
    for wrong in (clock.today(), clock.today() + timedelta(days=400), _saturday()):
        with pytest.raises(NotADeadline), db.transaction() as session:
            service.move_deadline(session, siri_acts, application.id, task.id, wrong)
    for _tap in range(2):
        with db.transaction() as session:
            moved = service.move_deadline(session, siri_acts, application.id, task.id, working_day(20))
    assert moved.due_date == working_day(20)
    with db.read_only() as session:
        newest, *older = applications.timeline(session, application)
        [line] = queries.task_lines(
            session.scalar(select(queries.open_tasks()).where(Application.id == application.id))
        )
    assert newest.facts["before"] == working_day(4).isoformat()
    assert "before" not in older[0].facts
    assert (line.title, line.due_date) == ("Send inn legeerklæring", working_day(20))


def _saturday() -> date:
    day = clock.today() + timedelta(days=1)
    while day.weekday() != 5:
        day += timedelta(days=1)
    return day
