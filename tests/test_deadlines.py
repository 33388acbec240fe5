"""Deadlines end on the day that the law says, also around Easter, in leap years and over New Year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen_portal import deadlines
from citizen_portal.deadlines import Deadline, Term, add_working_days, first_day, is_working_day, last_day, term

ANY_DAY = st.dates(date(1996, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "works", "works_when_eves_are_off"),
    [
        ("2026-11-26", True, True),  # a Thursday
        ("2026-11-28", False, False),  # a Saturday
        ("2026-11-29", False, False),  # a Sunday
        ("2026-04-02", False, False),  # Maundy Thursday
        ("2026-04-03", False, False),  # Good Friday
        ("2026-04-04", False, False),  # Easter Eve
        ("2026-04-06", False, False),  # Easter Monday
        ("2026-04-07", True, True),
        ("2026-05-01", False, False),
        ("2027-05-17", False, False),  # a Monday, and Whit Monday too
        ("2026-05-14", False, False),  # Ascension Day
        ("2026-05-25", False, False),  # Whit Monday
        ("2026-12-24", True, False),  # Christmas Eve
        ("2026-12-25", False, False),
        ("2026-12-31", True, True),
        ("2027-01-01", False, False),
    ],
)
def test_working_days_are_those_of_norwegian_offices(day: str, works: bool, works_when_eves_are_off: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works
    assert is_working_day(date.fromisoformat(day), eves_are_off=True) is works_when_eves_are_off


@pytest.mark.parametrize(
    ("reached", "last"),
    [
        ("2026-11-23", "2026-12-14"),  # a Monday three weeks on
        ("2026-11-21", "2026-12-14"),  # a Saturday: the citizen has until Monday
        ("2026-12-04", "2026-12-28"),  # Christmas Day, Boxing Day, Sunday
        ("2026-12-03", "2026-12-24"),  # Christmas Eve is a day like others to the courts
        ("2026-12-11", "2027-01-04"),  # New Year's Day, then a weekend
        ("2026-03-12", "2026-04-07"),  # Maundy Thursday, and all of Easter
        ("2026-04-26", "2026-05-18"),  # Sunday 17 May
        ("2027-04-26", "2027-05-18"),  # Monday 17 May, Whit Monday too
        ("2026-04-23", "2026-05-15"),  # Ascension Day
        ("2028-02-08", "2028-02-29"),  # the leap day itself
        ("2027-02-08", "2027-03-01"),  # the same in another year
    ],
)
def test_an_appeal_can_be_sent_for_three_weeks_and_to_the_next_working_day(reached: str, last: str) -> None:
    assert last_day(Deadline.APPEAL, date.fromisoformat(reached)) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2026-11-26", "2026-12-23"),  # St Stephen's, a Saturday; Christmas Day; Christmas Eve: done before them
        ("2026-10-15", "2026-11-13"),  # a Sunday
        ("2027-01-31", "2027-02-26"),  # February has no 31st, and its 28th is a Sunday
        ("2028-01-31", "2028-02-29"),
        ("2026-12-01", "2026-12-31"),  # New Year's Day
        ("2026-03-03", "2026-04-01"),  # Good Friday, and Maundy Thursday before it
        ("2026-04-17", "2026-05-15"),  # Sunday 17 May
    ],
)
def test_a_preliminary_reply_is_sent_before_the_month_is_out(received: str, last: str) -> None:
    assert last_day(Deadline.PRELIMINARY_REPLY, date.fromisoformat(received)) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2026-11-26", "2026-12-03"),
        ("2026-12-18", "2026-12-29"),  # four working days before Christmas Eve, then the Tuesday after
        ("2026-03-31", "2026-04-10"),  # five days around Easter
        ("2026-05-13", "2026-05-21"),  # Ascension Day and a weekend with 17 May in it
    ],
)
def test_an_access_request_is_answered_within_five_working_days(received: str, last: str) -> None:
    assert last_day(Deadline.ACCESS_REQUEST, date.fromisoformat(received)) == date.fromisoformat(last)


def test_a_letter_posted_before_easter_is_taken_to_arrive_after_it() -> None:
    assert last_day(Deadline.LETTER_REACHES, date(2026, 3, 31)) == date(2026, 4, 10)


def test_the_deputy_is_told_five_working_days_before_it_is_late() -> None:
    assert first_day(Deadline.ESCALATION, date(2026, 12, 29)) == date(2026, 12, 18)


def test_a_reminder_comes_three_days_before_a_task_is_due() -> None:
    assert first_day(Deadline.TASK_REMINDER, date(2026, 3, 1)) == date(2026, 2, 26)


@given(start=ANY_DAY, deadline=st.sampled_from(list(Deadline)))
def test_no_deadline_ends_before_it_begins(start: date, deadline: Deadline) -> None:
    assert last_day(deadline, start) > start
    assert first_day(deadline, start) < start


@given(start=ANY_DAY)
def test_a_citizens_deadline_never_ends_on_a_day_off_and_ours_never_after_its_month(start: date) -> None:
    assert is_working_day(last_day(Deadline.APPEAL, start))
    assert last_day(Deadline.APPEAL, start) >= start + timedelta(weeks=3)
    assert is_working_day(last_day(Deadline.PRELIMINARY_REPLY, start), eves_are_off=True)
    assert last_day(Deadline.PRELIMINARY_REPLY, start) <= start + timedelta(days=31)


@given(start=ANY_DAY, number=st.integers(1, 40))
def test_so_many_working_days_on_and_back_again_is_no_later(start: date, number: int) -> None:
    on = add_working_days(start, number)
    days = (start + timedelta(days=each) for each in range(1, (on - start).days + 1))
    assert sum(is_working_day(day) for day in days) == number
    assert add_working_days(on, -number) <= start


def test_what_began_under_an_older_law_ends_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Term(valid_from=date(1970, 1, 1), weeks=3, authority="forvaltningsloven § 29")
    new = Term(valid_from=date(2027, 1, 1), months=1, authority="en ny forvaltningslov")
    monkeypatch.setattr(deadlines, "_terms", lambda: {Deadline.APPEAL: (old, new)})
    assert last_day(Deadline.APPEAL, date(2026, 12, 31)) == date(2027, 1, 21)
    assert last_day(Deadline.APPEAL, date(2027, 1, 1)) == date(2027, 2, 1)
    assert term(Deadline.APPEAL, date(1960, 1, 1)) is old


@pytest.mark.parametrize("lengths", [{}, {"days": 1, "weeks": 1}])
def test_a_term_has_one_length(lengths: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a term has one of"):
        Term.model_validate({"valid_from": "2020-01-01", "authority": "x", **lengths})
