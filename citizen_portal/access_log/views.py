"""The citizen's own access log: who has looked at my data, and why?"""

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citizen_portal import clock
from citizen_portal.access_log import queries, service
from citizen_portal.access_log.deadlines import answer_by
from citizen_portal.access_log.forms import LogFilterForm, QuestionForm
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import limiter

bp = Blueprint("access_log", __name__, url_prefix="/min-side/hvem-har-sett")

HIGHEST: Final = 2**63 - 1
"""The highest number that an event can have; an address may say more."""


@bp.get("")
@requires(Permission.ACCESS_LOG_READ)
def overview() -> ResponseReturnValue:
    """What others have read of the citizen's own, newest first. It is always her own log, whoever she acts for."""
    form, before = LogFilterForm(request.args), page_start()
    with read_only() as session:
        page = queries.log_page(session, current_citizen(), form.wanted, before=before)
    older = url_for(".overview", **form.in_address, etter=page.following) if page.following else None
    newest = url_for(".overview", **form.in_address) if before is not None else None
    return render_template("access_log/overview.html", form=form, page=page, older=older, newest=newest)


@bp.get(f"/<int(max={HIGHEST}):sequence_number>")
@requires(Permission.ACCESS_LOG_READ)
def reading(sequence_number: int) -> ResponseReturnValue:
    """One reading: a question can be asked about it; once asked, how it stands, and the answer."""
    return _reading_page(sequence_number, QuestionForm())


@bp.post(f"/<int(max={HIGHEST}):sequence_number>")
@limiter.limit("20 per minute", key_func=actor_key)
@requires(Permission.ACCESS_LOG_READ)
def ask(sequence_number: int) -> ResponseReturnValue:
    """Ask the municipality about a reading."""
    form = QuestionForm()
    if not form.validate_on_submit():
        return _reading_page(sequence_number, form), 422
    with transaction() as session:
        service.ask(session, current_citizen(), sequence_number, (form.text.data or "").strip())
    return redirect(url_for(".reading", sequence_number=sequence_number), 303)


def page_start() -> int | None:
    """Where the page begins: below that event. An address may hold anything, which is then the first page."""
    before = request.args.get("etter", type=int)
    return before if before is not None and 0 < before <= HIGHEST else None


def _reading_page(sequence_number: int, form: QuestionForm) -> str:
    with read_only() as session:
        line = queries.log_line(session, current_citizen(), sequence_number)
    return render_template("access_log/reading.html", line=line, form=form, answer_by_date=answer_by(clock.today()))
