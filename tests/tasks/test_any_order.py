"""Whatever happens to an application, in whatever order: timeline, clock and journal tell the same story."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from citizen_portal import clock, db, deadlines
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service
from citizen_portal.applications.additions import service as additions
from citizen_portal.applications.additions.service import Addition
from citizen_portal.applications.decisions import service as decisions
from citizen_portal.applications.decisions.errors import AppealStillOpen
from citizen_portal.applications.decisions.queries import letters_of
from citizen_portal.applications.decisions.reaching import note_opening
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.errors import AlreadyPickedUp, NotPossibleNow
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary import service as preliminary
from citizen_portal.applications.preliminary.errors import AlreadyReplied
from citizen_portal.applications.reminders import escalate_late, remind_of_tasks
from citizen_portal.applications.status import DECIDED, UNDER_WAY, EventKind, Status
from citizen_portal.applications.tasks import queries
from citizen_portal.applications.tasks import service as tasks
from citizen_portal.applications.tasks.errors import NoLongerAsked
from citizen_portal.applications.tasks.models import Task, TaskStatus
from citizen_portal.applications.tasks.service import Asked, Attempt
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.identity.models import StaffMember
from citizen_portal.journal import queries as journal
from citizen_portal.journal.terms import CaseStatus, EntryType
from tests.applications.conftest import Sent
from tests.applications.decisions.conftest import WORDS

OF_STATUS = {
    EventKind.RECEIVED: Status.RECEIVED,
    EventKind.IN_PROGRESS: Status.IN_PROGRESS,
    EventKind.WAITING_FOR_CITIZEN: Status.WAITING_FOR_CITIZEN,
    EventKind.WAITING_FOR_OTHERS: Status.WAITING_FOR_OTHERS,
    EventKind.WITHDRAWN: Status.WITHDRAWN,
    EventKind.GRANTED: Status.GRANTED,
    EventKind.PARTLY_GRANTED: Status.PARTLY_GRANTED,
    EventKind.REFUSED: Status.REFUSED,
    EventKind.CLOSED: Status.CLOSED,
}
"""Which status a step of the timeline leads to; other steps may lead on to being processed, or nowhere."""
GOES_ON = {EventKind.PICKED_UP, EventKind.HANDED_OVER, EventKind.TASK_ANSWERED, EventKind.TASK_WITHDRAWN}
REFUSED = (NotPossibleNow, AlreadyPickedUp, NoLongerAsked, AlreadyReplied, AppealStillOpen)


class Handling(RuleBasedStateMachine):
    """One application, from the day on which it came in."""

    sent: Sent
    kari: Citizen
    siri: Staff
    colleague_id: object

    @initialize()
    def apply(self) -> None:
        """Kari sends it."""
        self.now = clock.now()
        with self._at():
            self.id = self.sent(self.kari).id
            self.first_deadline = self._application().answer_by_date
            self.first_day = clock.today()

    def _at(self) -> ExitStack:
        self.now += timedelta(minutes=1)
        stack = ExitStack()
        stack.enter_context(clock.frozen(self.now))
        return stack

    def _application(self) -> Application:
        with db.read_only() as session:
            return applications.application_for(session, self.kari, self.id)

    def _open(self) -> list[Task]:
        with db.read_only() as session:
            found = queries.tasks_of(session, applications.application_for(session, self.kari, self.id))
        return [task for task in found if task.is_open]

    def _do(self, verb: Callable[..., object], *arguments: object, **named: object) -> None:
        """Do it as the one transaction of a form; what is refused must change nothing."""
        before = self._application()
        try:
            with self._at(), db.transaction() as session:
                verb(session, *arguments, **named)
        except REFUSED:
            after = self._application()
            assert (before.status, before.answer_by_date, before.news_at) == (
                after.status, after.answer_by_date, after.news_at,
            )  # fmt: skip

    @rule(days=st.sampled_from([1, 2, 5, 9, 25]))
    def days_pass(self, days: int) -> None:
        """Some days go, and the portal does its own work."""
        self.now += timedelta(days=days)
        with self._at():
            for job in (remind_of_tasks, escalate_late):
                job.func(municipality_id=self.siri.municipality_id)

    @rule()
    def pick_up(self) -> None:
        """Siri takes it."""
        self._do(service.pick_up, self.siri, self.id)

    @rule()
    def hand_over(self) -> None:
        """Siri lets Jonas go on."""
        self._do(service.assign, self.siri, self.id, self.colleague_id)

    @rule(within=st.integers(1, 20))
    def ask(self, within: int) -> None:
        """Siri asks Kari for something."""
        day = deadlines.add_working_days(clock.to_oslo(self.now).date(), within, eves_are_off=True)
        self._do(tasks.give, self.siri, self.id, Asked(new_id(), "Send inn noe", "", (), day))

    @precondition(lambda self: self._open())
    @rule(which=st.integers(0, 9))
    def answer(self, which: int) -> None:
        """Kari answers, in time or late."""
        task = self._open()[which % len(self._open())]
        self._do(tasks.answer, self.kari, self.id, task.id, Attempt("Her er det."), sends=True)

    @precondition(lambda self: self._open())
    @rule(which=st.integers(0, 9))
    def withdraw_task(self, which: int) -> None:
        """Siri needs it no more."""
        self._do(tasks.withdraw, self.siri, self.id, self._open()[which % len(self._open())].id)

    @rule()
    def add(self) -> None:
        """Kari sends more."""
        self._do(additions.add, self.kari, self.id, Addition(new_id(), "Mer"), sends=True)

    @rule()
    def reply(self) -> None:
        """Siri sends a preliminary reply."""
        self._do(preliminary.send, self.siri, self.id, "Det tar tid.")

    @rule(status=st.sampled_from([Status.IN_PROGRESS, Status.WAITING_FOR_OTHERS]))
    def change_status(self, status: Status) -> None:
        """Siri goes on."""
        self._do(service.change_status, self.siri, self.id, status)

    @rule(outcome=st.sampled_from([Outcome.GRANTED, Outcome.PARTLY_GRANTED, Outcome.REFUSED]))
    def decide(self, outcome: Outcome) -> None:
        """Siri writes a decision and sends it."""
        self._do(_decide, self.siri, self._application().case_file_id, outcome)

    @precondition(lambda self: self._application().status in DECIDED)
    @rule()
    def read(self) -> None:
        """Kari opens the decision: from now on the deadline for an appeal runs."""
        application = self._application()
        with db.read_only() as session:
            letter = letters_of(session, application)[0]
        with self._at():
            note_opening(self.kari, application, letter.delivery)

    @rule()
    def close(self) -> None:
        """Siri closes it."""
        self._do(service.change_status, self.siri, self.id, Status.CLOSED)

    @rule()
    def withdraw(self) -> None:
        """Kari takes it back."""
        self._do(service.withdraw, self.kari, self.id)

    @invariant()
    def the_timeline_says_how_it_stands(self) -> None:
        """Every status has a dated step, in order, and the newest that changes it is where it stands."""
        with db.read_only() as session:
            application = applications.application_for(session, self.kari, self.id)
            events = list(reversed(applications.timeline(session, application)))
        assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
        assert application.status_changed_at in {event.occurred_at for event in events}
        at = next(event for event in events if event.occurred_at == application.status_changed_at)
        assert application.status == OF_STATUS.get(at.kind, Status.IN_PROGRESS)
        assert at.kind in OF_STATUS or at.kind in GOES_ON
        ends = [event for event in events if OF_STATUS.get(event.kind) in {*DECIDED, Status.WITHDRAWN, Status.CLOSED}]
        after = events[events.index(ends[0]) + 1 :] if ends else []
        assert {event.kind for event in after} <= {EventKind.CLOSED}, "nothing happens after the end"

    @invariant()
    def the_deadline_is_later_by_the_days_on_which_we_waited(self) -> None:
        """And by nothing else; the clock stands still only while we wait for Kari."""
        with db.read_only() as session:
            application = applications.application_for(session, self.kari, self.id)
            waits = [event.wait for event in applications.timeline(session, application) if event.wait]
        assert self.first_deadline is not None
        waited = sum(wait.days for wait in waits)
        assert application.answer_by_date == self.first_deadline + timedelta(days=waited)
        assert all(self.first_day <= wait.from_date <= wait.to_date for wait in waits)
        is_waiting = application.status is Status.WAITING_FOR_CITIZEN
        assert (application.clock_stopped_date is not None) == is_waiting
        assert not is_waiting or self._open(), "nobody waits for something that was not asked for"

    @invariant()
    def the_journal_has_what_came_and_went(self) -> None:
        """A letter for each task, answer, addition and reply; what waited for an answer is signed off at the end."""
        with db.read_only() as session:
            application = applications.application_for(session, self.kari, self.id)
            kinds = [event.kind for event in applications.timeline(session, application)]
            found = queries.tasks_of(session, application)
            assert application.case_file_id is not None
            case_file = journal.case_file(session, application.case_file_id)
            entries = journal.entries_of_case(session, case_file.id)
            waiting = journal.entries_waiting_for_answer(session, case_file.id)
        answered = [task for task in found if task.status is TaskStatus.ANSWERED]
        incoming = [entry for entry in entries if entry.entry_type is EntryType.INCOMING]
        outgoing = [entry for entry in entries if entry.entry_type is EntryType.OUTGOING]
        assert kinds.count(EventKind.TASK_ANSWERED) == len(answered)
        assert kinds.count(EventKind.WAITING_FOR_CITIZEN) == len(found)
        letters_in = 1 + len(answered) + kinds.count(EventKind.ADDED) + kinds.count(EventKind.WITHDRAWN)
        assert len(incoming) == letters_in
        decided = sum(OF_STATUS.get(kind) in DECIDED for kind in kinds)
        assert len(outgoing) == len(found) + kinds.count(EventKind.PRELIMINARY_REPLY) + decided
        assert decided <= 1
        assert kinds.count(EventKind.PRELIMINARY_REPLY) == (application.preliminary_sent_at is not None) <= 1
        own = {application.registry_entry_id} if application.status in UNDER_WAY else set()
        assert {entry.id for entry in waiting} == own
        assert (case_file.status is CaseStatus.CLOSED) == (application.status is Status.CLOSED)


def _decide(session: Session, siri: Staff, case_file_id: UUID, outcome: Outcome) -> None:
    written = decisions.save(session, siri, case_file_id, outcome, "nb", WORDS, shown=None)
    decisions.send(session, siri, case_file_id, written.id, written.revision)


@pytest.fixture
def handling(sent: Sent, kari_acts: Citizen, siri_acts: Staff, jonas: StaffMember) -> type[Handling]:
    """The machine, with the people whom it plays."""

    class WithPeople(Handling):
        pass

    WithPeople.sent, WithPeople.kari, WithPeople.siri = staticmethod(sent), kari_acts, siri_acts  # type: ignore[assignment]
    WithPeople.colleague_id = jonas.id
    return WithPeople


def test_any_order_of_events_keeps_timeline_clock_and_journal_consistent(handling: type[Handling]) -> None:
    run_state_machine_as_test(
        handling,
        settings=settings(
            max_examples=15,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )
