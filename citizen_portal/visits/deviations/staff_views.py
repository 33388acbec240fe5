"""The unit's pages of its home-care visits: what has gone wrong, all of a day, one visit, and how the weeks went."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import limiter
from citizen_portal.visits.deviations import service, staff_queries, watching
from citizen_portal.visits.deviations.chart import chart_of
from citizen_portal.visits.deviations.errors import NoLongerOpen
from citizen_portal.visits.deviations.forms import DayForm, HandleForm
from citizen_portal.visits.deviations.staff_queries import Position, VisitPage

bp = Blueprint("visits_staff", __name__, url_prefix="/ansatt/besok")
WATCH = watching.watch_everywhere
"""Declared where the feature is registered, so that the worker knows it."""

PAGE_SIZE: Final = 25
_FARTHEST: Final = timedelta(days=366)
"""How far from today a day can be looked at."""


@bp.get("")
@requires(Permission.VISITS_OVERSEE)
def today() -> ResponseReturnValue:
    """The duty list: what has gone wrong and nobody has seen to, the oldest first."""
    actor, after = current_staff(), _position()
    with read_only() as session:
        lines = staff_queries.duty_list(session, actor, after=after, size=PAGE_SIZE + 1)
        count = staff_queries.count_of_open(session, actor)
        summary = staff_queries.day_summary(session, actor, clock.today())
    pages = _pages(lines, after)
    return render_template("visits/deviations/staff_duty.html", count=count, summary=summary, **pages)


@bp.get("/dagen")
@requires(Permission.VISITS_OVERSEE)
def day() -> ResponseReturnValue:
    """All visits of a day, or some of them."""
    actor, shown_day, after = current_staff(), _chosen_day(), _position()
    with read_only() as session:
        summary = staff_queries.day_summary(session, actor, shown_day)
        form = DayForm.among(summary.services)
        chosen: dict[str, Any] = {"wanted": form.wanted, "service": form.in_address.get("tjeneste")}
        lines = staff_queries.day_list(session, actor, shown_day, **chosen, after=after, size=PAGE_SIZE + 1)
    kept = {**form.in_address, "dag": shown_day.isoformat()}
    shown: dict[str, Any] = {"shown_day": shown_day, "summary": summary, "form": form, "kept": kept}
    shown["day_before"], shown["day_after"] = shown_day - timedelta(days=1), shown_day + timedelta(days=1)
    return render_template("visits/deviations/staff_day.html", **shown, **_pages(lines, after, **kept))


@bp.get("/uker")
@requires(Permission.VISITS_OVERSEE)
def weeks() -> ResponseReturnValue:
    """How the last weeks' visits went."""
    with read_only() as session:
        counts = staff_queries.weeks(session, current_staff())
    return render_template("visits/deviations/staff_weeks.html", weeks=counts, chart=chart_of(counts))


@bp.get("/<uuid:visit_id>")
@requires(Permission.VISITS_OVERSEE)
def visit(visit_id: UUID) -> ResponseReturnValue:
    """One visit. Reading it is noted."""
    return _visit_page(visit_id, HandleForm())


@bp.post("/<uuid:visit_id>/avvik/<uuid:deviation_id>")
@limiter.limit("60 per minute", key_func=actor_key)
@requires(Permission.VISITS_OVERSEE)
def handle(visit_id: UUID, deviation_id: UUID) -> ResponseReturnValue:
    """Say what was done about what went wrong."""
    form = HandleForm()
    if not form.validate_on_submit():
        return _visit_page(visit_id, form, about=deviation_id), 422
    with transaction() as session:
        service.handle(session, current_staff(), deviation_id, (form.reason.data or "").strip())
    flash(gettext("It is handled, and off the duty list."), "success")
    return redirect(url_for(".today"), 303)


@bp.errorhandler(NoLongerOpen)
def _say_closed(_error: NoLongerOpen) -> ResponseReturnValue:
    flash(gettext("It was closed meanwhile. Below you see how it stands."), "info")
    return redirect(url_for(".visit", visit_id=(request.view_args or {})["visit_id"]), 303)


def _visit_page(visit_id: UUID, form: HandleForm, *, about: UUID | None = None) -> str:
    """The visit; with `about`, what must be mended in the form of that deviation, which has one while it is open."""
    actor = current_staff()
    with read_only() as session:
        page = staff_queries.visit_page(session, actor, visit_id)
    if about is not None and about not in {each.id for each in page.deviations if each.closed_at is None}:
        raise NoLongerOpen
    _note_reading(page)
    return render_template("visits/deviations/staff_visit.html", page=page, form=form)


def _note_reading(page: VisitPage) -> None:
    """The read log: what is shown was read."""
    about = page.person.id
    record_reading(
        current_staff(), EventTag.VISITS_READ, subject=page.visit, about_person_id=about, **page.ground.facts
    )


def _pages(lines: list[Any], after: Position | None, **kept: Any) -> dict[str, Any]:
    """The lines of this page, and the addresses of the first and the next one."""
    more = lines[PAGE_SIZE - 1].position.as_text if lines[PAGE_SIZE:] else None
    endpoint = request.endpoint or ""
    return {
        "lines": lines[:PAGE_SIZE],
        "first": url_for(endpoint, **kept) if after else None,
        "following": url_for(endpoint, **kept, etter=more) if more else None,
    }


def _position() -> Position | None:
    after = request.args.get("etter")
    return Position.from_text(after) if after else None


def _chosen_day() -> date:
    """The day in the address; today when it names none, or one out of reach."""
    this_day = clock.today()
    try:
        chosen = date.fromisoformat(request.args.get("dag", ""))
    except ValueError:
        return this_day
    return chosen if abs(chosen - this_day) <= _FARTHEST else this_day
