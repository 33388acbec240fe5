"""What the portal does by itself each day: it reminds citizens, and tells deputies and managers what is late."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from citizen_portal import clock, db, jobs
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as application_service
from citizen_portal.applications.escalation import service as escalation
from citizen_portal.applications.escalation.service import Step, step_of
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary import service as preliminary
from citizen_portal.applications.reminders import begin_day, escalate_late, remind_of_tasks
from citizen_portal.applications.tasks import service
from citizen_portal.applications.tasks.models import Task
from citizen_portal.applications.tasks.service import Attempt
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Role, Staff
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import StaffMember
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Municipality
from tests.applications.conftest import Sent, reload
from tests.tasks.conftest import Asks

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def _on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _reminders() -> int:
    with db.read_only() as session:
        return len(session.scalars(select(Notice).where(Notice.occasion == Occasion.TASK_DUE)).all())


def _run(job: jobs.Job, on: date, municipality: Municipality) -> None:
    with clock.frozen(_on(on)):
        job.func(municipality_id=municipality.id)


def test_kari_is_reminded_once_three_days_before(asks: Asks, in_ringebu: Municipality) -> None:
    asks(due=date(2026, 11, 20))
    for day, told in ((16, 0), (17, 1), (17, 1), (18, 1)):
        _run(remind_of_tasks, date(2026, 11, day), in_ringebu)
        assert _reminders() == told, day


def test_with_a_new_deadline_she_is_reminded_of_that_one(
    asks: Asks, siri_acts: Staff, in_ringebu: Municipality
) -> None:
    task = asks(due=date(2026, 11, 20))
    _run(remind_of_tasks, date(2026, 11, 17), in_ringebu)
    with clock.frozen(_on(date(2026, 11, 18))), db.transaction() as session:
        service.move_deadline(session, siri_acts, task.application_id, task.id, date(2026, 12, 4))
    for day, told in ((date(2026, 11, 19), 1), (date(2026, 12, 1), 2)):
        _run(remind_of_tasks, day, in_ringebu)
        assert _reminders() == told


def test_nobody_is_reminded_of_what_is_answered_withdrawn_over_or_asked_for_the_day_before(
    asks: Asks, kari_acts: Citizen, siri_acts: Staff, application: Application, in_ringebu: Municipality
) -> None:
    due = date(2026, 11, 20)
    answered, withdrawn = asks(due=due), asks(due=due)
    asks(due=date(2026, 11, 4))
    with db.transaction() as session:
        service.answer(session, kari_acts, application.id, answered.id, Attempt("Her"), sends=True)
        service.withdraw(session, siri_acts, application.id, withdrawn.id)
    for day in (3, 17, 21):
        _run(remind_of_tasks, date(2026, 11, day), in_ringebu)
    assert _reminders() == 0
    late = asks(due=due)
    with db.transaction() as session:
        application_service.withdraw(session, kari_acts, application.id)
    _run(remind_of_tasks, date(2026, 11, 17), in_ringebu)
    assert (late.reminded_at, _reminders()) == (None, 0)


Employ = Callable[..., StaffMember]


@pytest.fixture
def employs(siri: StaffMember) -> Employ:
    """`employs(Role.DEPUTY)`: somebody in home care has the role."""

    def employ(role: Role) -> StaffMember:
        with db.transaction() as session:
            return identity.employ(
                session,
                issuer=siri.issuer,
                subject=role.value,
                name=f"Unni {role.value}",
                title="Leder",
                unit_id=siri.unit_id or siri.id,
                roles=[role],
            )

    return employ


def _step_on(day: date, application: Application, actor: Staff, municipality: Municipality) -> int:
    _run(escalate_late, day, municipality)
    return reload(actor, application.id).escalation


def test_the_deputy_knows_five_working_days_before_and_the_manager_when_it_is_late(
    siri_acts: Staff, application: Application, employs: Employ, in_ringebu: Municipality
) -> None:
    employs(Role.DEPUTY)
    employs(Role.MANAGER)
    assert application.answer_by_date == date(2026, 11, 30)  # a Monday
    steps = [_step_on(date(2026, 11, day), application, siri_acts, in_ringebu) for day in (20, 23, 23, 27, 30)]
    assert steps == [Step.NOBODY, Step.DEPUTY, Step.DEPUTY, Step.DEPUTY, Step.DEPUTY]
    assert _step_on(date(2026, 12, 1), application, siri_acts, in_ringebu) == Step.MANAGER
    with db.read_only() as session:
        escalated = select(AuditEvent.details).where(AuditEvent.tag == EventTag.APPLICATION_ESCALATED.value)
        told = session.scalars(escalated.order_by(AuditEvent.sequence_number)).all()
    assert [details["step"] for details in told] == [1, 2]


def test_without_a_deputy_the_manager_is_told_at_once_and_without_anybody_it_stays_overdue(
    siri_acts: Staff, application: Application, employs: Employ, in_ringebu: Municipality
) -> None:
    assert _step_on(date(2026, 12, 4), application, siri_acts, in_ringebu) == Step.NOBODY
    employs(Role.MANAGER)
    assert _step_on(date(2026, 11, 23), application, siri_acts, in_ringebu) == Step.MANAGER


def test_with_a_deputy_and_no_manager_it_stays_with_the_deputy() -> None:
    application = Application(answer_by_date=date(2026, 11, 30), escalation=0)
    assert step_of(application, frozenset({Role.DEPUTY}), date(2026, 12, 4)) is Step.DEPUTY


def test_while_the_clock_stands_still_nothing_is_late(
    siri_acts: Staff, application: Application, asks: Asks, employs: Employ, in_ringebu: Municipality
) -> None:
    employs(Role.DEPUTY)
    asks(due=date(2026, 11, 20))
    assert _step_on(date(2026, 12, 4), application, siri_acts, in_ringebu) == Step.NOBODY


def test_a_preliminary_reply_that_is_due_is_told_of_and_when_it_is_sent_no_more(
    siri_acts: Staff, application: Application, employs: Employ, in_ringebu: Municipality
) -> None:
    employs(Role.DEPUTY)
    with db.transaction() as session:
        applications.application_for(session, siri_acts, application.id, lock=True).answer_by_date = date(2027, 2, 1)
    assert application.preliminary_due_date == date(2026, 12, 2)
    assert _step_on(date(2026, 11, 25), application, siri_acts, in_ringebu) == Step.DEPUTY
    with db.transaction() as session:
        preliminary.send(session, siri_acts, application.id, "Svaret kommer 1. februar.")
    assert _step_on(date(2026, 11, 26), application, siri_acts, in_ringebu) == Step.NOBODY


def test_what_was_told_of_and_is_in_time_again_is_taken_back(
    siri_acts: Staff, application: Application, asks: Asks, employs: Employ, in_ringebu: Municipality
) -> None:
    employs(Role.DEPUTY)
    assert _step_on(date(2026, 11, 24), application, siri_acts, in_ringebu) == Step.DEPUTY
    asks(due=date(2026, 11, 20))
    assert _step_on(date(2026, 11, 25), application, siri_acts, in_ringebu) == Step.NOBODY


def test_many_are_told_of_batch_by_batch(
    monkeypatch: pytest.MonkeyPatch,
    siri_acts: Staff,
    kari_acts: Citizen,
    sent: Sent,
    employs: Employ,
    in_ringebu: Municipality,
) -> None:
    employs(Role.DEPUTY)
    made = [sent(kari_acts) for _ in range(3)]
    monkeypatch.setattr(escalation, "AT_ONCE", 2)
    _run(escalate_late, date(2026, 11, 24), in_ringebu)
    assert [reload(siri_acts, application.id).escalation for application in made] == [1, 1, 1]


def test_what_is_at_its_end_is_nobodys_worry(
    siri_acts: Staff, kari_acts: Citizen, application: Application, employs: Employ, in_ringebu: Municipality
) -> None:
    employs(Role.DEPUTY)
    with db.transaction() as session:
        application_service.withdraw(session, kari_acts, application.id)
    assert _step_on(date(2026, 12, 4), application, siri_acts, in_ringebu) == Step.NOBODY


def test_every_municipality_has_its_day(in_ringebu: Municipality, nord_fron: Municipality) -> None:
    begin_day.func(timestamp=0)
    for municipality in (in_ringebu, nord_fron):
        with db.read_only() as session:
            waiting = session.connection().exec_driver_sql(
                "SELECT count(*) FROM procrastinate_jobs WHERE (args->>'municipality_id')::int = %s "
                "AND task_name IN ('applications.remind_of_tasks', 'applications.escalate_late')",
                (municipality.id,),
            )
            assert waiting.scalar_one() == 2


def test_the_neighbours_task_is_not_ours(asks: Asks, nord_fron: Municipality) -> None:
    task = asks(due=date(2026, 11, 20))
    _run(remind_of_tasks, date(2026, 11, 17), nord_fron)
    with db.read_only() as session:
        assert session.get_one(Task, (task.municipality_id, task.id)).reminded_at is None
    assert _reminders() == 0
