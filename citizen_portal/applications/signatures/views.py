"""The citizen's pages: ask somebody to sign, and read and sign what somebody else asks one to."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from citizen_portal.applications import queries as applications
from citizen_portal.applications.answers import in_words, under_headings
from citizen_portal.applications.errors import AlreadySent, ChangedMeanwhile, Incomplete
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures import queries, service
from citizen_portal.applications.signatures.errors import AlreadyAsked, SignerIsApplicant
from citizen_portal.applications.signatures.forms import AskForm, RefuseForm
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.signatures.queries import AskedSignature
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.i18n import content_language
from citizen_portal.security import limiter

bp = Blueprint("signatures", __name__, url_prefix="/min-side")


@bp.get("/soknader/<uuid:application_id>/underskrift")
@requires(Permission.APPLICATION_WRITE)
def ask(application_id: UUID) -> ResponseReturnValue:
    """Who shall sign, once the answers are looked over; or who is asked already and has not signed yet."""
    application, last = _own(application_id)
    if application.is_draft and last is not None and last.holds_for(application.revision):
        return render_template("signatures/asked.html", application=application, last=last)
    if not application.is_draft or request.args.get("utgave", type=int) != application.revision:
        return redirect(url_for("applications.check", application_id=application_id), 303)
    return _ask_page(application, _ask_form(application, revision=str(application.revision)))


@bp.post("/soknader/<uuid:application_id>/underskrift")
@limiter.limit("20 per hour", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def send_request(application_id: UUID) -> ResponseReturnValue:
    """Ask. What comes of it is told without saying whether the portal knows the person."""
    application, _last = _own(application_id)
    form = _ask_form(application)
    if not form.validate_on_submit():
        return _ask_page(application, form), 422
    try:
        with transaction() as session:
            _ask(session, application_id, form)
    except SignerIsApplicant:
        form.refuse_applicant()
        return _ask_page(application, form), 422
    flash(gettext("You have asked for the signature. The application is sent when it is signed."), "success")
    return redirect(url_for(".ask", application_id=application_id), 303)


@bp.post("/soknader/<uuid:application_id>/underskrift/trekk")
@requires(Permission.APPLICATION_WRITE)
def withdraw(application_id: UUID) -> ResponseReturnValue:
    """Ask nobody any more."""
    with transaction() as session:
        service.withdraw(session, current_citizen(), application_id)
    flash(gettext("Nobody is asked to sign any more."), "success")
    return redirect(url_for("applications.check", application_id=application_id), 303)


@bp.get("/underskrifter/<uuid:signature_id>")
@requires(Permission.APPLICATION_READ)
def show(signature_id: UUID) -> ResponseReturnValue:
    """All answers that I am asked to sign; once it is sent, how it stands."""
    return _signer_page(signature_id, RefuseForm())


@bp.post("/underskrifter/<uuid:signature_id>/skriv-under")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.APPLICATION_WRITE)
def sign(signature_id: UUID) -> ResponseReturnValue:
    """Sign what I have looked over. It is sent at once."""
    revision = request.form.get("revision", default=-1, type=int)
    with transaction() as session:
        service.sign(session, current_citizen(), signature_id, revision)
    flash(gettext("You have signed, and the application is sent."), "success")
    return redirect(url_for(".show", signature_id=signature_id), 303)


@bp.post("/underskrifter/<uuid:signature_id>/si-nei")
@requires(Permission.APPLICATION_WRITE)
def refuse(signature_id: UUID) -> ResponseReturnValue:
    """Say no."""
    form = RefuseForm()
    if not form.validate_on_submit():
        return _signer_page(signature_id, form), 422
    with transaction() as session:
        service.refuse(session, current_citizen(), signature_id, form.reason.data)
    flash(gettext("You have said no, and the person who asked you is told."), "success")
    return redirect(url_for("home.overview"), 303)


@bp.errorhandler(NotFound)
def _say_not_asked(_error: NotFound) -> ResponseReturnValue:
    """The same whether it was taken back, deleted, or never there."""
    page = "signatures/not_asked.html" if "signature_id" in (request.view_args or {}) else "errors/error.html"
    return render_template(page, status=404, reference=None), 404


@bp.errorhandler(AlreadyAsked)
def _say_already_asked(_error: AlreadyAsked) -> ResponseReturnValue:
    flash(gettext("Somebody is asked already. Take that back first if somebody else shall sign."), "info")
    return redirect(url_for(".ask", **(request.view_args or {})), 303)


@bp.errorhandler(AlreadySent)
def _say_already_sent(_error: AlreadySent) -> ResponseReturnValue:
    flash(gettext("It is signed already, and the application is sent."), "info")
    return _to_page(sent=True)


@bp.errorhandler(ChangedMeanwhile)
@bp.errorhandler(Incomplete)
def _say_changed(_error: ChangedMeanwhile | Incomplete) -> ResponseReturnValue:
    flash(gettext("The answers were changed meanwhile, so nothing is signed or sent."), "warning")
    return _to_page(sent=False)


def _to_page(*, sent: bool) -> ResponseReturnValue:
    """Back to where the applicant, or the signer, sees how it stands."""
    arguments = request.view_args or {}
    if "signature_id" in arguments:
        return redirect(url_for(".show", **arguments), 303)
    return redirect(url_for(f"applications.{'show' if sent else 'check'}", **arguments), 303)


def _own(application_id: UUID) -> tuple[Application, SignatureRequest | None]:
    with read_only() as session:
        application = applications.application_for(session, current_citizen(), application_id)
        return application, queries.last_request(session, application)


def _ask_form(application: Application, **data: Any) -> AskForm:
    with read_only() as session:
        return AskForm.among(queries.other_parents(session, current_citizen(), application), **data)


def _ask(session: Session, application_id: UUID, form: AskForm) -> None:
    actor, parent, revision = current_citizen(), form.chosen_parent, form.looked_over
    if parent is not None:
        service.ask_parent(session, actor, application_id, revision, parent)
    else:
        number, name = form.national_id.data or "", form.last_name.data or ""
        service.ask_by_number(session, actor, application_id, revision, number, name)


def _ask_page(application: Application, form: AskForm) -> str:
    form.national_id.data = ""  # never shown again
    return render_template("signatures/ask.html", application=application, form=form)


def _signer_page(signature_id: UUID, form: RefuseForm) -> str:
    """The page, also when it is shown again with a mistake to mend: what is shown was read."""
    actor, language = current_citizen(), content_language()
    with read_only() as session:
        asked = queries.asked_signature(session, actor, signature_id)
        is_sent = not asked.application.is_draft
        events = applications.timeline(session, asked.application) if is_sent else ()
    application = asked.application
    if asked.is_void:
        return render_template("signatures/void.html", asked=asked)
    record_reading(actor, EventTag.APPLICATION_READ, subject=application, about_person_id=application.person_id)
    return render_template("signatures/show.html", asked=asked, form=form, events=events, steps=_steps(asked, language))


def _steps(asked: AskedSignature, language: str) -> list[Any]:
    definition, answers = asked.application.definition, asked.application.answers
    said = [(step, in_words(definition, step, answers, language)) for step in definition.steps]
    return [(step, under_headings(lines)) for step, lines in said if lines]
