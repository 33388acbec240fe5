"""The nurse's page: the unit's visits of today, signed off at the door, with coverage or without.

Every button is a form and works without JavaScript. static/src/round.js keeps the list and what is signed off on the
phone while there is no coverage, and sends it to `take_in` afterwards.
"""

from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.auth.guards import actor_key, current_staff, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import new_id, read_only, transaction
from citizen_portal.errors import DomainError, NotFound
from citizen_portal.i18n import use_language
from citizen_portal.security import limiter
from citizen_portal.templating import BUILT_FILES, asset
from citizen_portal.visits.rounds import queries, service
from citizen_portal.visits.rounds.errors import AnotherNurse, NotUndoable, TooLate
from citizen_portal.visits.rounds.forms import MoveForm, SignOffForm, UndoForm
from citizen_portal.visits.rounds.waiting import Malformed, read_waiting

bp = Blueprint("rounds", __name__, url_prefix="/ansatt/runde")


@bp.get("")
@requires(Permission.VISIT_SIGN_OFF)
def today() -> ResponseReturnValue:
    """The round of today. Seeing it is noted once a day for each care recipient."""
    actor = current_staff()
    with read_only() as session:
        shown = queries.round_of(session, actor)
    with transaction() as session:
        service.note_reading(session, actor, shown)
    return render_template("visits/rounds/staff_today.html", round=shown, new_id=new_id, server_now=clock.now())


@bp.get("/uten-nett")
@public
def without_coverage() -> ResponseReturnValue:
    """The page as a phone keeps it: it holds nobody's name, whoever asks for it. The list comes from the phone."""
    use_language(request.args.get("sprak", ""))
    return render_template("visits/rounds/staff_without_coverage.html", actor=None, login_limits=None)


@bp.get("/arbeider.js")
@public
def worker() -> ResponseReturnValue:
    """The service worker of this page alone; the citizen's pages have another."""
    script = (BUILT_FILES / asset("round-worker.js").rpartition("/")[2]).read_text("utf-8")
    response = Response(script, mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for(".today")
    return response


@bp.post("/<uuid:visit_id>/kvitter")
@requires(Permission.VISIT_SIGN_OFF)
def sign_off(visit_id: UUID) -> ResponseReturnValue:
    """Sign off a visit from the page itself."""
    form = SignOffForm()
    if not form.validate_on_submit():
        raise NotFound  # only our own buttons say what it can be
    with transaction() as session:
        service.sign_off(session, current_staff(), form.about(visit_id))
    return redirect(url_for(".today"), 303)


@bp.post("/<uuid:visit_id>/angre")
@requires(Permission.VISIT_SIGN_OFF)
def undo(visit_id: UUID) -> ResponseReturnValue:
    """Take a sign-off of the last minutes back."""
    with transaction() as session:
        service.undo(session, current_staff(), visit_id, UndoForm().sign_off_id.chosen)
    flash(gettext("The visit is no longer signed off."), "success")
    return redirect(url_for(".today"), 303)


@bp.post("/<uuid:visit_id>/flytt")
@requires(Permission.VISIT_SIGN_OFF)
def move(visit_id: UUID) -> ResponseReturnValue:
    """Move a visit one place in the round of the unit."""
    form = MoveForm()
    if not form.validate_on_submit():
        raise NotFound
    with transaction() as session:
        service.move(session, current_staff(), visit_id, earlier=form.direction.data == "earlier")
    return redirect(url_for(".today", _anchor=f"visit-{visit_id}"), 303)


@bp.post("/kvitteringer")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.VISIT_SIGN_OFF)
def take_in() -> ResponseReturnValue:
    """Take in what waited on a phone, and tell what became of each, and what time it is here."""
    waiting = read_waiting(request.get_data())
    if waiting.staff_id != current_staff().staff_id:
        raise AnotherNurse
    with transaction() as session:
        refusals = service.take_in(session, current_staff(), waiting.told)
    results = [
        {"id": told.id, "state": "refused" if refusal else "accepted", "refusal": refusal}
        for told, refusal in zip(waiting.told, refusals, strict=True)
    ]
    return jsonify(results=results, server_now=clock.now().isoformat())


@bp.errorhandler(Malformed)
def _answer_malformed(error: Malformed) -> ResponseReturnValue:
    faults = [{"pointer": pointer, "detail": detail} for pointer, detail in error.faults]
    return _problem(422, "The sign-offs cannot be read", errors=faults)


@bp.errorhandler(AnotherNurse)
def _answer_another_nurse(_error: AnotherNurse) -> ResponseReturnValue:
    return _problem(409, "Somebody else signed these off")


@bp.errorhandler(NotUndoable)
@bp.errorhandler(TooLate)
def _say_too_late(_error: DomainError) -> ResponseReturnValue:
    flash(gettext("It is too late to change this here. Correct it in the care record system."), "warning")
    return redirect(url_for(".today"), 303)


def _problem(status: int, title: str, **extensions: object) -> Response:
    """An `application/problem+json` answer (RFC 9457); `web_errors` makes those that every page can give."""
    response = jsonify(type="about:blank", title=title, status=status, instance=request.path, **extensions)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response
