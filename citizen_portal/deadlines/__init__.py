"""Every deadline, and which days are working days in Norway. Law is dated data: see `rules.yaml`.

All dates are calendar dates of Norway. A term in weeks ends on the weekday on which it began, one in months on the same
day of the month or, where there is none, the month's last (domstolloven § 148).
"""

import calendar
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self

import holidays
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

_RULES: Final = Path(__file__).parent / "rules.yaml"
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


class Deadline(StrEnum):
    """What the portal reckons deadlines for. Values are keys of `rules.yaml`."""

    APPEAL = "appeal"
    NOTICE_AGAIN = "notice_again"
    LETTER_REACHES = "letter_reaches"
    PRELIMINARY_REPLY = "preliminary_reply"
    ACCESS_REQUEST = "access_request"
    DRAFT_WARNING = "draft_warning"
    DRAFT_END = "draft_end"
    TASK_REMINDER = "task_reminder"
    ESCALATION = "escalation"
    TASK_ANSWER = "task_answer"
    PRELIMINARY_DRAFT = "preliminary_draft"
    VISIT_KEPT = "visit_kept"
    SOURCE_RECORD_KEPT = "source_record_kept"


class Term(BaseModel):
    """How long a deadline is from a day on, and the law behind it. One of the four lengths is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    days: int | None = Field(default=None, ge=1)
    working_days: int | None = Field(default=None, ge=1)
    weeks: int | None = Field(default=None, ge=1)
    months: int | None = Field(default=None, ge=1)
    on_day_off: Literal["later", "earlier", "stays"] = "stays"
    eves_are_off: bool = False
    authority: str

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        if sum(length is not None for length in (self.days, self.working_days, self.weeks, self.months)) != 1:
            raise ValueError("a term has one of days, working_days, weeks and months")
        return self

    def last_day(self, start: date) -> date:
        """The last day of a term that is counted from `start`, which itself does not count."""
        if self.working_days is not None:
            return add_working_days(start, self.working_days, eves_are_off=self.eves_are_off)
        last = add_months(start, self.months or 0) + timedelta(weeks=self.weeks or 0, days=self.days or 0)
        return self._moved(last)

    def first_day(self, end: date) -> date:
        """The day that lies the term's length before `end`: when to begin so that it is not late."""
        if self.working_days is not None:
            return add_working_days(end, -self.working_days, eves_are_off=self.eves_are_off)
        return add_months(end, -(self.months or 0)) - timedelta(weeks=self.weeks or 0, days=self.days or 0)

    def _moved(self, day: date) -> date:
        if self.on_day_off == "stays":
            return day
        step = _DAY if self.on_day_off == "later" else -_DAY
        while not is_working_day(day, eves_are_off=self.eves_are_off):
            day += step
        return day


def term(deadline: Deadline, on: date) -> Term:
    """The term that holds for what began on the date; the first one for dates before it."""
    terms = _terms()[deadline]
    return next((each for each in reversed(terms) if each.valid_from <= on), terms[0])


def last_day(deadline: Deadline, start: date) -> date:
    """The last day of the deadline for what happened on `start`, by the law of that day."""
    return term(deadline, start).last_day(start)


def first_day(deadline: Deadline, end: date) -> date:
    """The day on which the time before `end` begins that the deadline leaves, by the law of `end`."""
    return term(deadline, end).first_day(end)


def months(deadline: Deadline, on: date) -> int:
    """The length of a deadline that is told in months."""
    length = term(deadline, on).months
    assert length is not None, deadline  # noqa: S101  its term in rules.yaml is in months, and must stay so
    return length


def is_working_day(day: date, *, eves_are_off: bool = False) -> bool:
    """Whether offices are open: no Saturday, Sunday or public holiday, nor an eve where the rule says so."""
    if day.weekday() >= _SATURDAY or day in _holidays():
        return False
    return not (eves_are_off and (day.month, day.day) == (12, 24))  # Easter Eve is always a Saturday


def add_working_days(start: date, number: int, *, eves_are_off: bool = False) -> date:
    """The working day that is so many after `start`, or before it when the number is negative."""
    step, day = (_DAY if number > 0 else -_DAY), start
    for _ in range(abs(number)):
        day += step
        while not is_working_day(day, eves_are_off=eves_are_off):
            day += step
    return day


def add_months(start: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last; earlier when the number is negative."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@cache
def _holidays() -> holidays.HolidayBase:
    """Norway's public holidays; the package reckons a year when it is first asked for."""
    return holidays.country_holidays("NO")


@cache
def _terms() -> dict[Deadline, tuple[Term, ...]]:
    """All terms, oldest first, read once per process."""
    read = TypeAdapter(dict[Deadline, tuple[Term, ...]]).validate_python(yaml.safe_load(_RULES.read_text("utf-8")))
    return {deadline: tuple(sorted(terms, key=lambda each: each.valid_from)) for deadline, terms in read.items()}
