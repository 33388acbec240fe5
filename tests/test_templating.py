"""Dates, times and numbers stand on the page as people read them, in their language."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from citizen_portal import clock, i18n, templating

NOW = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
"""Monday 23 November, 10:20 in Oslo."""


@pytest.fixture
def bare_app() -> Iterator[Flask]:
    """An app with languages and filters alone, on a day that stands still."""
    app = Flask(__name__)
    i18n.init_app(app)
    templating.init_app(app)
    with app.test_request_context("/"), clock.frozen(NOW):
        yield app


def _in(language: str, show: object, *values: object) -> str:
    with force_locale(language):
        return str(show(*values))  # type: ignore[operator]


@pytest.mark.usefixtures("bare_app")
@pytest.mark.parametrize(
    ("days", "nb", "nn", "en", "se"),
    [
        (0, "i dag", "i dag", "today", "odne"),
        (-1, "i går", "i går", "yesterday", "ikte"),
        (1, "i morgen", "i morgon", "tomorrow", "ihttin"),
        (2, "onsdag 25. november", "onsdag 25. november", "Wednesday 25 November", "gaskavahkku skábmamánu 25. b."),
        (-400, *["søndag 19. oktober 2025"] * 2, "Sunday 19 October 2025", "sotnabeaivi golggotmánu 19. b. 2025"),
    ],
)
def test_kari_reads_a_day_as_she_would_say_it(days: int, nb: str, nn: str, en: str, se: str) -> None:
    the_day = clock.today() + timedelta(days=days)
    assert [_in(language, templating.day, the_day) for language in ("nb", "nn", "en", "se")] == [nb, nn, en, se]


@pytest.mark.usefixtures("bare_app")
def test_an_evening_in_utc_is_the_next_day_in_norway() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert _in("nb", templating.moment, late) == "i dag 00:30"
    assert templating.short_date(late) == "23.11.2026"
    assert _in("nb", templating.full_date, late) == "mandag 23. november 2026"


@pytest.mark.usefixtures("bare_app")
def test_a_visit_shows_whole_hours_short_and_others_in_full() -> None:
    at_one = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert templating.time_range(at_one, at_one + timedelta(hours=1)) == "13–14"
    assert templating.time_range(at_one, at_one + timedelta(minutes=45)) == "13:00–13:45"
    assert templating.clock_time(at_one) == "13:00"


@pytest.mark.usefixtures("bare_app")
@pytest.mark.parametrize(
    ("language", "thousands", "small", "large"),
    [("nb", "12\u202f345,6", "340\u00a0kB", "2,1\u00a0MB"), ("en", "12\u202f345.6", "340\u00a0kB", "2.1\u00a0MB")],
)
def test_numbers_have_a_thin_space_and_sizes_a_unit(language: str, thousands: str, small: str, large: str) -> None:
    assert _in(language, templating.number, 12345.6) == thousands
    assert _in(language, templating.filesize, 340_000) == small
    assert _in(language, templating.filesize, 2_140_000) == large
    assert _in(language, templating.filesize, 10) == "1\u00a0kB"


@pytest.mark.usefixtures("bare_app")
@pytest.mark.parametrize(
    ("deadline", "nb"),
    [
        (date(2026, 12, 12), "19 dager igjen"),
        (date(2026, 11, 24), "1 dag igjen"),
        (date(2026, 11, 23), "siste dag i dag"),
        (date(2026, 11, 20), "3 dager over fristen"),
    ],
)
def test_a_deadline_says_how_many_days_are_left(deadline: date, nb: str) -> None:
    assert _in("nb", templating.deadline_days, deadline) == nb


@pytest.mark.usefixtures("bare_app")
def test_a_word_gets_a_capital_letter_and_keeps_the_rest() -> None:
    assert templating.upper_first("i dag 08:12") == "I dag 08:12"
    assert templating.upper_first("") == ""


def test_a_page_without_built_files_says_how_to_build_them(
    bare_app: Flask, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templating, "BUILT_FILES", tmp_path)
    with pytest.raises(RuntimeError, match="npm"):
        templating.asset("main.css")
