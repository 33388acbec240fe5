"""The citizen's page about her own data: see, take along, correct, block."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock, storage
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.errors import NotFound
from citizen_portal.i18n import content_language
from citizen_portal.my_data import queries, service
from citizen_portal.my_data.errors import TooManyOrders, TooManyRequests
from citizen_portal.my_data.forms import CorrectionForm, OrderForm, RestrictionForm
from citizen_portal.my_data.models import MIME, Form, RequestKind
from citizen_portal.security import limiter

bp = Blueprint("my_data", __name__, url_prefix="/min-side/mine-opplysninger")


@bp.get("")
@requires(Permission.MY_DATA)
def overview() -> ResponseReturnValue:
    """What the municipality has about me; always about myself, whoever I act for."""
    with read_only() as session:
        page = queries.my_data_page(session, current_citizen())
    return render_template("my_data/overview.html", page=page, me=current_citizen(), forms=Form)


@bp.post("/kopi")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.MY_DATA)
def order_copy() -> ResponseReturnValue:
    """Order a copy of everything about me."""
    if OrderForm().validate_on_submit():
        with transaction() as session:
            service.order_copy(session, current_citizen(), content_language())
        flash(gettext("We are gathering your data. You are told when it is ready."), "success")
    return _to_part("copies")


@bp.get("/kopi/<uuid:export_id>/<form>")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.MY_DATA)
def download(export_id: UUID, form: str) -> ResponseReturnValue:
    """Download a copy. Only the person herself can, and it is noted."""
    if form not in list(Form):
        raise NotFound
    chosen, actor = Form(form), current_citizen()
    with read_only() as session:
        export, sha256, size = queries.export_file(session, actor, export_id, chosen)
    filename = f"mine-opplysninger-{clock.to_oslo(export.ordered_at):%Y-%m-%d}.{form}"
    response = send_stored(sha256, filename, MIME[chosen], size, storage.passing_files())
    response.headers["Cache-Control"] = "no-store"
    audit.record_reading(actor, EventTag.MY_DATA_DOWNLOADED, subject=export, about_person_id=actor.person_id, form=form)
    return response


@bp.get("/rett")
@requires(Permission.MY_DATA)
def correct() -> ResponseReturnValue:
    """Tell that something is wrong."""
    return render_template("my_data/correct.html", form=CorrectionForm())


@bp.post("/rett")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.MY_DATA)
def send_correction() -> ResponseReturnValue:
    """Send what is wrong and what is right."""
    form = CorrectionForm()
    if not form.validate_on_submit():
        return render_template("my_data/correct.html", form=form), 422
    with transaction() as session:
        about, right = form.wrong.data or "", form.right.data or ""
        service.send_request(session, current_citizen(), form.chosen_id, RequestKind.CORRECTION, about, right)
    flash(gettext("We have received it. The answer comes here."), "success")
    return _to_part("requests")


@bp.get("/sperr")
@requires(Permission.MY_DATA)
def restrict() -> ResponseReturnValue:
    """Ask to have something blocked or deleted."""
    return render_template("my_data/restrict.html", form=RestrictionForm())


@bp.post("/sperr")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.MY_DATA)
def send_restriction() -> ResponseReturnValue:
    """Send what should be blocked or deleted."""
    form = RestrictionForm()
    if not form.validate_on_submit():
        return render_template("my_data/restrict.html", form=form), 422
    with transaction() as session:
        service.send_request(session, current_citizen(), form.chosen_id, form.chosen_kind, form.about.data or "")
    flash(gettext("We have received it. The answer comes here."), "success")
    return _to_part("requests")


@bp.errorhandler(TooManyOrders)
def _say_when_to_order_again(_error: TooManyOrders) -> ResponseReturnValue:
    flash(gettext("You have ordered three copies in a day. Use one of them, or order a new one tomorrow."), "warning")
    return _to_part("copies")


@bp.errorhandler(TooManyRequests)
def _say_that_many_wait(_error: TooManyRequests) -> ResponseReturnValue:
    flash(gettext("Ten of your requests wait for an answer already. Call us if it is urgent."), "warning")
    return _to_part("requests")


@bp.errorhandler(storage.MissingFile)
def _say_that_it_is_gone(_error: storage.MissingFile) -> ResponseReturnValue:
    flash(gettext("The copy is no longer here. Order a new one."), "warning")
    return _to_part("copies")


def _to_part(part: str) -> ResponseReturnValue:
    return redirect(url_for(".overview", _anchor=part), 303)
