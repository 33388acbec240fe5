"""Every Jinja filter and global of ours: front-end file names, and dates, times and numbers as people read them.

Days and times are shown as in Europe/Oslo, in the language of the request. Instants given must be aware.
"""

import json
from datetime import date, datetime
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal, get_group_symbol
from flask import Flask, current_app, request
from flask_babel import gettext, ngettext
from whitenoise import WhiteNoise

from citizen_portal import clock
from citizen_portal.i18n import current_locale
from citizen_portal.security import csp_nonce

DAY_PATTERNS = {
    "nb": "EEEE d. MMMM",
    "nn": "EEEE d. MMMM",
    "en": "EEEE d MMMM",
    "se": "EEEE MMMM d. 'b.'",
}
NARROW_NO_BREAK_SPACE = "\u202f"
BUILT_FILES = Path(__file__).parent.parent / "static" / "dist"
TEXT_SIZE_COOKIE = "text-size"
_MANIFEST = "portal.front_end_manifest"


def asset(name: str) -> str:
    """Address of a built front-end file, for example `asset("main.css")`; KeyError for a name that was not built.

    Raises RuntimeError when nothing is built yet.
    """
    if _MANIFEST not in current_app.extensions:
        manifest = BUILT_FILES / "manifest.json"
        if not manifest.is_file():
            raise RuntimeError("the front-end files are not built: npm ci && npm run build")
        current_app.extensions[_MANIFEST] = json.loads(manifest.read_text("utf-8"))
    built: dict[str, str] = current_app.extensions[_MANIFEST]
    return f"/static/dist/{built[name]}"


def text_is_large() -> bool:
    """Whether this browser has chosen large text (Designsystemet's size `lg`)."""
    return request.cookies.get(TEXT_SIZE_COOKIE) == "lg"


def day(value: date | datetime) -> str:
    """“i dag”, “i går”, “i morgen” or “tirsdag 24. november”; with the year when it is another than this one."""
    the_date, today = _oslo_date(value), clock.today()
    match (the_date - today).days:
        case 0:
            return str(gettext("today"))
        case -1:
            return str(gettext("yesterday"))
        case 1:
            return str(gettext("tomorrow"))
    return _long_date(the_date, with_year=the_date.year != today.year)


def full_date(value: date | datetime) -> str:
    """“tirsdag 24. november 2026”: for what is read much later, such as receipts and decisions."""
    return _long_date(_oslo_date(value), with_year=True)


def short_date(value: date | datetime) -> str:
    """“24.11.2026”: for tables and for fields that take a date back in the same shape."""
    return f"{_oslo_date(value):%d.%m.%Y}"


def moment(value: datetime) -> str:
    """“i dag 08:12”, “tirsdag 24. november 08:12”."""
    return f"{day(value)} {clock_time(value)}"


def clock_time(value: datetime) -> str:
    """“08:12”."""
    return f"{clock.to_oslo(value):%H:%M}"


def time_range(start: datetime, end: datetime) -> str:
    """“08:15–09:00”, and “13–14” when both are whole hours."""
    first, last = clock.to_oslo(start), clock.to_oslo(end)
    pattern = "%H" if first.minute == last.minute == 0 else "%H:%M"
    return f"{first:{pattern}}–{last:{pattern}}"


def number(value: int | float) -> str:
    """“12 345,6”, with a thin space that does not break, in every language."""
    locale = current_locale()
    return format_decimal(value, locale=locale).replace(get_group_symbol(locale), NARROW_NO_BREAK_SPACE)


def filesize(size: int) -> str:
    """Size in bytes as “340 kB” or “2,1 MB” (SI units, as phones and file managers show it)."""
    if size < 1_000_000:
        return f"{number(max(1, round(size / 1000)))}\u00a0kB"
    return f"{number(round(size / 1_000_000, 1))}\u00a0MB"


def deadline_days(deadline: date) -> str:
    """“19 dager igjen”, “siste dag i dag”, “3 dager over fristen”."""
    left = (deadline - clock.today()).days
    if left == 0:
        return str(gettext("last day today"))
    if left < 0:
        return str(ngettext("%(num)d day overdue", "%(num)d days overdue", -left))
    return str(ngettext("%(num)d day left", "%(num)d days left", left))


def upper_first(text: str) -> str:
    """The text with a capital first letter and the rest untouched: “I dag 08:12”."""
    return text[:1].upper() + text[1:]


READABLE = (day, full_date, short_date, moment, clock_time, time_range, number, filesize, deadline_days, upper_first)
"""What templates use both as filters and as functions."""


def serve_built_files(app: Flask) -> None:
    """Serve the front-end files; their names carry a hash, so browsers keep them for ever."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # as Flask's own documentation wraps it
        app.wsgi_app,
        root=BUILT_FILES,
        prefix="static/dist/",
        immutable_file_test=lambda path, _url: not path.endswith("manifest.json"),
    )


def init_app(app: Flask) -> None:
    """Give the app's templates every filter and global of this module."""
    for function in READABLE:
        app.jinja_env.filters[function.__name__] = function
        app.jinja_env.globals[function.__name__] = function
    app.jinja_env.globals["text_is_large"] = text_is_large
    app.jinja_env.globals |= {"asset": asset, "csp_nonce": csp_nonce, "today": clock.today}
    app.jinja_env.globals["N_"] = str  # marks a text that is translated later, as Babel knows it by that name
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _oslo_date(value: date | datetime) -> date:
    return clock.to_oslo(value).date() if isinstance(value, datetime) else value


def _long_date(value: date, *, with_year: bool) -> str:
    locale = current_locale()
    pattern = DAY_PATTERNS.get(locale.language, DAY_PATTERNS["nb"]) + (" y" if with_year else "")
    text = format_date(value, pattern, locale=locale)
    if locale.language == "se":  # the month stands in the genitive before the day: skábmamánnu -> skábmamánu 24. b.
        text = text.replace("mánnu", "mánu")
    return text
