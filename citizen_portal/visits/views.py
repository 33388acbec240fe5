"""The citizen's visits page: has somebody been with mum today?"""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citizen_portal import clock
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record
from citizen_portal.auth.actor import Citizen
from citizen_portal.auth.guards import current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.visits import queries
from citizen_portal.visits.changes.queries import changes_of
from citizen_portal.visits.forms import SwitchForm

bp = Blueprint("visits", __name__)

_FARTHEST = timedelta(days=366)
"""How far from today a day can be looked at."""


@bp.get("/min-side/besok", defaults={"person_id": None})
@bp.get("/min-side/besok/<uuid:person_id>")
@requires(Permission.VISIT_READ)
def overview(person_id: UUID | None) -> ResponseReturnValue:
    """One day's visits of one person, and the week around it."""
    day, citizen = _chosen_day(), current_citizen()
    week = [day + timedelta(days=number - day.weekday()) for number in range(7)]
    with read_only() as session:
        period = queries.visits_between(session, citizen, person_id, week[0], week[-1])
        changes = changes_of(session, citizen, period)
    _note_reading(citizen, period, day)
    return render_template(
        "visits/overview.html",
        period=period,
        changes=changes,
        shown_day=day,
        week=week,
        week_before=day - timedelta(days=7),
        week_after=day + timedelta(days=7),
    )


@bp.post("/min-side/besok/bytt")
@requires(Permission.VISIT_READ)
def switch_person() -> ResponseReturnValue:
    """Go to the page of the chosen person; whether the citizen may see it is asked there."""
    form = SwitchForm()
    try:
        person_id = UUID(form.person.data or "")
    except ValueError:
        raise NotFound from None
    return redirect(url_for(".overview", person_id=person_id), 303)


def _note_reading(citizen: Citizen, period: queries.VisitPeriod, day: date) -> None:
    """The read log: the person, and the others who stand on her page with how their day is."""
    with transaction() as session:
        for person in (period.person, *period.others_lines):
            record(session, citizen, EventTag.VISITS_READ, about_person_id=person.id, day=day.isoformat())


def _chosen_day() -> date:
    """The day in the address; today when it names none, or one out of reach."""
    today = clock.today()
    try:
        day = date.fromisoformat(request.args.get("dag", ""))
    except ValueError:
        return today
    return day if abs(day - today) <= _FARTHEST else today
