"""The caseworker's page of the preliminary reply: read it over, change it, send it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications.preliminary import queries, service
from citizen_portal.applications.preliminary.errors import AlreadyReplied, DateMissing
from citizen_portal.applications.preliminary.forms import ReplyForm
from citizen_portal.applications.preliminary.queries import ReplyPage
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.identity.grounds import ground_for
from citizen_portal.security import limiter

bp = Blueprint("preliminary_staff", __name__, url_prefix="/ansatt/saker/<uuid:case_file_id>/forelopig-svar")


@bp.get("")
@requires(Permission.CASE_HANDLE)
def show(case_file_id: UUID) -> ResponseReturnValue:
    """The reply as it is proposed, or as somebody has changed it."""
    page = _load(case_file_id)
    return _reply_page(page, ReplyForm(data={"text": page.text}))


@bp.post("")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.CASE_HANDLE)
def write(case_file_id: UUID) -> ResponseReturnValue:
    """Keep the text, and send it when that is the button."""
    page, form = _load(case_file_id), ReplyForm()
    if not form.validate_on_submit():
        return _reply_page(page, form), 422
    sends = request.form.get("action") == "send"
    change = service.send if sends else service.save
    try:
        with transaction() as session:
            change(session, current_staff(), page.case.application.id, form.text.data or "")
    except DateMissing:
        form.demand_date()
        return _reply_page(page, form), 422
    done = gettext("The preliminary reply is sent.") if sends else gettext("The text is saved. It is not sent yet.")
    flash(done, "success")
    return redirect(url_for("staff.case" if sends else ".show", case_file_id=case_file_id), 303)


@bp.errorhandler(AlreadyReplied)
def _say_replied(_error: AlreadyReplied) -> ResponseReturnValue:
    flash(gettext("The case was changed meanwhile. Below you see how it stands."), "info")
    return redirect(url_for("staff.case", **(request.view_args or {})), 303)


def _load(case_file_id: UUID) -> ReplyPage:
    with read_only() as session:
        page = queries.reply_page(session, current_staff(), case_file_id)
    if page.case.application.unit_id != current_staff().unit_id:
        raise NotFound
    return page


def _reply_page(page: ReplyPage, form: ReplyForm) -> str:
    application, case_file = page.case.application, page.case.case_file
    with transaction() as session:  # the read log
        ground = ground_for(session, current_staff(), application.unit_id, application.person_id)
        facts = {"case_number": case_file.number if case_file else "", **ground.facts}
        tag, about = EventTag.APPLICATION_READ, application.person_id
        audit.record(session, current_staff(), tag, subject=application, about_person_id=about, **facts)
    return render_template("applications/preliminary/staff_show.html", page=page, form=form)
