"""A draft that nobody saves dies after thirty days, and says so a week before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.applications import service
from citizen_portal.applications.drafts import ending
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.identity.models import Person
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Municipality
from tests.applications.conftest import STEPS, archive, draft, sent
from tests.reading import StrictClient

__all__ = ["archive", "draft", "sent"]

BEGUN = datetime(2026, 11, 12, 10, tzinfo=clock.OSLO)
ActorFor = Callable[..., Citizen]
Draft = Callable[[Citizen], Application]


@contextmanager
def day(number: int) -> Iterator[None]:
    """So many days after the draft was begun, at the hour of the job."""
    with clock.frozen(BEGUN.replace(hour=4) + timedelta(days=number)):
        yield


def run(number: int) -> None:
    """The job's run of a day."""
    with day(number):
        ending.end_drafts(municipality_id=db.current_municipality_id())


def drafts() -> list[Application]:
    with db.read_only() as session:
        return list(session.scalars(select(Application)))


def told() -> list[Occasion]:
    with db.read_only() as session:
        return list(session.scalars(select(Notice.occasion)))


@pytest.fixture
def karis(kari: Person, actor_for: ActorFor, draft: Draft) -> Citizen:
    """Kari, with a draft that she saved last on 12 November."""
    actor = actor_for(kari)
    with clock.frozen(BEGUN):
        draft(actor)
    return actor


@pytest.mark.usefixtures("karis")
def test_she_is_told_a_week_before_and_once() -> None:
    run(22)
    assert told() == []
    run(23)
    run(23)
    run(24)
    assert told() == [Occasion.DRAFT_ENDING]
    run(29)
    assert len(drafts()) == 1
    run(30)
    run(30)
    assert drafts() == []


def test_the_log_says_that_it_was_deleted_and_nothing_of_what_it_said(karis: Citizen) -> None:
    (made,) = drafts()
    run(23)
    run(30)
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.DRAFT_DELETED.value))
    assert (event.subject_id, event.about_person_id, event.actor_kind) == (made.id, karis.person_id, "system")
    assert event.details == {"service": "trygghetsalarm"}


def test_saving_begins_the_days_anew(karis: Citizen) -> None:
    (made,) = drafts()
    run(23)
    with day(28), db.transaction() as session:
        service.save_step(session, karis, made.id, 2, STEPS[2], "nb")
    run(30)
    assert len(drafts()) == 1
    run(28 + 23)
    assert told() == [Occasion.DRAFT_ENDING, Occasion.DRAFT_ENDING]
    run(28 + 30)
    assert drafts() == []


def test_a_paper_that_is_added_begins_the_days_anew_too(karis: Citizen) -> None:
    (made,) = drafts()
    run(23)
    with day(28), db.transaction() as session:
        found = session.get_one(Application, (karis.municipality_id, made.id))
        found.answer_with_files("doctor", [{"id": "1", "name": "erklæring.jpg"}], clock.now())
    run(28 + 23)
    assert told() == [Occasion.DRAFT_ENDING, Occasion.DRAFT_ENDING]


@pytest.mark.usefixtures("karis")
def test_nothing_is_deleted_without_a_weeks_warning_however_late_the_job_is() -> None:
    run(60)
    assert told() == [Occasion.DRAFT_ENDING]
    run(66)
    assert len(drafts()) == 1
    run(67)
    assert drafts() == []


def test_what_is_sent_stays(kari: Person, actor_for: ActorFor, sent: Draft) -> None:
    with clock.frozen(BEGUN):
        sent(actor_for(kari))
    run(23)
    run(60)
    assert len(drafts()) == 1
    assert Occasion.DRAFT_ENDING not in told()


def test_more_than_one_batch(
    kari: Person, ola: Person, borghild: Person, actor_for: ActorFor, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "AT_ONCE", 2)
    with clock.frozen(BEGUN):
        for person in (kari, ola, borghild):
            draft(actor_for(person))
    run(23)
    assert len(told()) == 3
    run(30)
    assert drafts() == []


@pytest.mark.usefixtures("karis")
def test_one_that_is_written_in_just_now_is_left_for_tomorrow() -> None:
    run(23)
    with db.transaction() as session:
        session.scalars(select(Application).with_for_update()).one()
        run(30)
    assert len(drafts()) == 1
    run(31)
    assert drafts() == []


@pytest.mark.usefixtures("karis")
def test_the_neighbours_drafts_are_the_neighbours(nord_fron: Municipality) -> None:
    with db.as_municipality(nord_fron.id):
        run(23)
        run(60)
    assert len(drafts()) == 1
    assert told() == []


@pytest.mark.usefixtures("karis")
def test_kari_sees_the_day(kari: Person, client_for: Callable[..., StrictClient]) -> None:
    run(23)
    (made,) = drafts()
    with day(24):
        browser = client_for(kari)
        browser.set_cookie("language", "nb", domain="ringebu.localhost")
        assert "Slettes lørdag 12. desember" in browser.page("/min-side/soknader").text
        assert "slettes lørdag 12. desember" in browser.page("/min-side").text
        step = browser.page(f"/min-side/soknader/{made.id}/steg/1")
        assert "Utkastet slettes lørdag 12. desember" in step.text
