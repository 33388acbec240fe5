"""How long an answer takes is told from the municipality's own last cases, and of nobody in particular."""

from datetime import datetime, timedelta

import pytest

from citizen_portal import clock, db
from citizen_portal.applications import service
from citizen_portal.applications.catalogue.queries import FEWEST_CASES, MOST_CASES, MeasuredTime, measured_time
from citizen_portal.applications.status import Status
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.applications.catalogue.conftest import NEW_YEAR, Answered
from tests.applications.conftest import Sent
from tests.conftest import ActorFor
from tests.statements import count_statements


def _measured() -> MeasuredTime | None:
    with db.read_only() as session:
        return measured_time(session, "trygghetsalarm")


@pytest.mark.parametrize(
    ("days", "half", "most"),
    [
        (range(1, 11), 5, 9),
        (range(1, 13), 6, 11),
        ([2] * 10, 2, 2),
        ([1] * 9 + [90], 1, 1),
        ([*range(1, 49)], 24, 44),
        ([0] * 10, 1, 1),
        ([5, 40, 3, 12, 8, 30, 7, 9, 22, 14, 6], 9, 30),
    ],
)
def test_half_and_nine_of_ten_had_an_answer_by_then(
    in_ringebu: Municipality, answered: Answered, days: list[int], half: int, most: int
) -> None:
    answered(days)
    assert _measured() == MeasuredTime(len(days), half, most)


def test_fewer_than_ten_cases_tell_nothing(in_ringebu: Municipality, answered: Answered) -> None:
    assert _measured() is None
    answered([4] * (FEWEST_CASES - 1))
    assert _measured() is None
    answered([4])
    assert _measured() == MeasuredTime(FEWEST_CASES, 4, 4)


def test_only_the_last_cases_count(in_ringebu: Municipality, answered: Answered) -> None:
    answered([2] * MOST_CASES)
    answered([60] * 300, sent=NEW_YEAR - timedelta(days=400))
    assert _measured() == MeasuredTime(MOST_CASES, 2, 2)


def test_what_was_taken_back_and_other_services_do_not_count(in_ringebu: Municipality, answered: Answered) -> None:
    answered([3] * 10)
    answered([50] * 30, status="withdrawn")
    answered([50] * 30, service="barnehageplass")
    assert _measured() == MeasuredTime(10, 3, 3)


def test_the_neighbours_cases_never_count(
    in_ringebu: Municipality, nord_fron: Municipality, answered: Answered
) -> None:
    answered([3] * 10)
    with db.as_municipality(nord_fron.id):
        assert _measured() is None
        answered([70] * 200)
    assert _measured() == MeasuredTime(10, 3, 3)


def test_days_are_norwegian_days(in_ringebu: Municipality, answered: Answered) -> None:
    shortly_before_midnight = datetime(2026, 3, 28, 23, 30, tzinfo=clock.OSLO)  # summer time begins in the night
    answered([1] * 10, sent=shortly_before_midnight)
    assert _measured() == MeasuredTime(10, 2, 2)


def test_it_costs_one_statement(in_ringebu: Municipality, answered: Answered) -> None:
    answered([3] * 50)
    with count_statements() as statements:
        _measured()
    assert len(statements) == 1


def test_karis_own_case_counts_when_it_is_answered_and_not_when_she_takes_it_back(
    actor_for: ActorFor, kari: Person, siri: StaffMember, sent: Sent, answered: Answered
) -> None:
    answered([3] * 9)
    kari_herself, caseworker = actor_for(kari), actor_for(siri)
    taken_back = sent(kari_herself)
    with db.transaction() as session:
        service.withdraw(session, kari_herself, taken_back.id)
    with db.transaction() as session:
        service.change_status(session, caseworker, taken_back.id, Status.CLOSED, "Trukket")
    assert _measured() is None
    decided = sent(kari_herself)
    with db.transaction() as session:
        service.change_status(session, caseworker, decided.id, Status.CLOSED, "Svar gitt på telefon")
    assert _measured() == MeasuredTime(10, 3, 3)
