"""Staff's pages for a service's definition: write, preview, publish, roll back. For superusers."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.applications.definitions import DefinitionError, Finding, definition
from citizen_portal.applications.definitions.models import OwnDefinition
from citizen_portal.applications.definitions.offered import source_of
from citizen_portal.applications.editor import queries, service
from citizen_portal.applications.editor.changes import changes_between
from citizen_portal.applications.editor.errors import ChangedByColleague
from citizen_portal.applications.editor.forms import PublishForm, RevisionForm, RollBackForm, SourceForm
from citizen_portal.applications.forms import StepForm
from citizen_portal.auth.guards import actor_key, current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.errors import NotFound
from citizen_portal.i18n import content_language
from citizen_portal.security import limiter

bp = Blueprint("form_editor", __name__, url_prefix="/ansatt/skjema")

PREVIEWED: Final = ("nb", "nn", "en")
"""The languages in which a form is written."""


@bp.get("")
@requires(Permission.FORM_EDIT)
def overview() -> ResponseReturnValue:
    """All services: which version is offered, and who changed what last."""
    with read_only() as session:
        services = queries.services(session)
    return render_template("applications/editor/overview.html", services=services)


@bp.get("/<name>")
@requires(Permission.FORM_EDIT)
def show(name: str) -> ResponseReturnValue:
    """One service: what is offered, the draft of the next version, and the history."""
    with read_only() as session:
        found, withdrawal = queries.service_by_id(session, name), queries.withdrawal(session, name)
    return render_template("applications/editor/show.html", service=found, withdrawal=withdrawal)


@bp.get("/<name>/rediger")
@requires(Permission.FORM_EDIT)
def edit(name: str) -> ResponseReturnValue:
    """The draft as text, with what must be mended; without a draft the text of the version to begin with."""
    with read_only() as session:
        found, draft = queries.service_by_id(session, name), queries.draft_of(session, name)
        findings = service.findings_in(session, draft) if draft else ()
    if draft:
        form = SourceForm(formdata=None, source=draft.source, revision=draft.revision)
    else:
        start = request.args.get("fra", default=found.definition.version, type=int)
        form = SourceForm(formdata=None, source=service.numbered(source_of(name, start), found.next_version))
    return _edit_page(found, form, findings)


@bp.post("/<name>/rediger")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.FORM_EDIT)
def save(name: str) -> ResponseReturnValue:
    """Keep the text as the draft, right or wrong."""
    form = SourceForm()
    if not form.validate_on_submit():
        return _edit_page(_service(name), form), 422
    try:
        with transaction() as session:
            draft = service.save_draft(session, current_staff(), name, form.source.data or "", form.revision.data or 0)
            findings = service.findings_in(session, draft)
    except ChangedByColleague as error:
        return _changed_meanwhile(name, form, error), 409
    flash(gettext("The draft is saved."), "success")
    return redirect(url_for(".edit" if findings else ".draft", name=name), 303)


@bp.get("/<name>/utkast")
@requires(Permission.FORM_EDIT)
def draft(name: str) -> ResponseReturnValue:
    """What the draft changes, and the ways on from it."""
    found, draft, findings = _draft(name)
    changes = list(changes_between(source_of(name, found.definition.version), draft.source))
    form = RevisionForm(formdata=None, revision=draft.revision)
    return render_template(
        "applications/editor/draft.html", service=found, draft=draft, findings=findings, changes=changes, form=form
    )


@bp.post("/<name>/forkast")
@requires(Permission.FORM_EDIT)
def discard(name: str) -> ResponseReturnValue:
    """Throw the draft away."""
    with transaction() as session:
        service.discard_draft(session, current_staff(), name, RevisionForm().revision.data or 0)
    flash(gettext("The draft is thrown away."), "success")
    return redirect(url_for(".show", name=name), 303)


@bp.get("/<name>/publiser")
@requires(Permission.FORM_EDIT)
def confirm(name: str) -> ResponseReturnValue:
    """What publishing means, and a note about what is changed."""
    found, draft, findings = _draft(name)
    if findings:
        return redirect(url_for(".edit", name=name), 303)
    form = PublishForm(formdata=None, version=draft.version, revision=draft.revision)
    return render_template("applications/editor/publish.html", service=found, form=form)


@bp.post("/<name>/publiser")
@limiter.limit("10 per minute", key_func=actor_key)
@requires(Permission.FORM_EDIT)
def publish(name: str) -> ResponseReturnValue:
    """Let the draft be what the next citizen meets."""
    form = PublishForm()
    if not form.validate_on_submit():
        return render_template("applications/editor/publish.html", service=_service(name), form=form), 422
    with transaction() as session:
        version, revision = form.version.data or 0, form.revision.data or 0
        made = service.publish(session, current_staff(), name, version, revision, (form.note.data or "").strip())
    flash(gettext("Version %(number)s is published.", number=made.version), "success")
    return redirect(url_for(".show", name=name), 303)


@bp.get("/<name>/versjon/<int:version>")
@requires(Permission.FORM_EDIT)
def show_version(name: str, version: int) -> ResponseReturnValue:
    """One published version: how it differs from the one that holds, and its text."""
    found, text = _service(name), source_of(name, version)
    changes = list(changes_between(text, source_of(name, found.definition.version)))
    own = next((one for one in found.history if one.version == version), None)
    return render_template(
        "applications/editor/version.html", service=found, version=version, own=own, text=text, changes=changes
    )


@bp.get("/<name>/forhandsvis")
@requires(Permission.FORM_EDIT)
def preview(name: str) -> ResponseReturnValue:
    """A page of the form as a citizen meets it: of the draft, or of a version. Nothing is filled in, nothing kept."""
    number = request.args.get("versjon", type=int)
    try:
        shown = definition(name, number) if number else service.readable(_draft(name)[1])
    except DefinitionError:
        return redirect(url_for(".edit", name=name), 303)
    chosen = request.args.get("sprak")
    language = chosen if chosen in PREVIEWED else content_language()
    form = StepForm(shown, request.args.get("side", default=1, type=int), {}, language, is_preview=True)
    address = {"name": name, "versjon": number, "sprak": language}
    return render_template("applications/editor/preview.html", form=form, address=address, languages=PREVIEWED)


@bp.post("/<name>/tilbake")
@requires(Permission.FORM_EDIT)
def roll_back(name: str) -> ResponseReturnValue:
    """Let an earlier version hold again."""
    form = RollBackForm()
    with transaction() as session:
        service.roll_back(session, current_staff(), name, form.version.data or 0, form.newest.data or 0)
    flash(gettext("Version %(number)s holds again.", number=form.version.data or 0), "success")
    return redirect(url_for(".show", name=name), 303)


@bp.post("/<name>/trekk-tilbake")
@requires(Permission.FORM_EDIT)
def withdraw(name: str) -> ResponseReturnValue:
    """Offer the service no more."""
    with transaction() as session:
        service.withdraw(session, current_staff(), name)
    flash(gettext("The service is no longer offered."), "success")
    return redirect(url_for(".show", name=name), 303)


@bp.post("/<name>/tilby")
@requires(Permission.FORM_EDIT)
def offer(name: str) -> ResponseReturnValue:
    """Offer the service again."""
    with transaction() as session:
        service.offer(session, current_staff(), name)
    flash(gettext("The service is offered again."), "success")
    return redirect(url_for(".show", name=name), 303)


@bp.errorhandler(ChangedByColleague)
def _say_changed(error: ChangedByColleague) -> ResponseReturnValue:
    who = error.by or gettext("a colleague")
    words = gettext(
        "Nothing is done: %(name)s has changed this since you opened the page. See how it stands now.", name=who
    )
    flash(words, "warning")
    return redirect(url_for(".show", name=(request.view_args or {})["name"]), 303)


@bp.errorhandler(DefinitionError)
def _say_unfinished(_error: DefinitionError) -> ResponseReturnValue:
    return redirect(url_for(".edit", name=(request.view_args or {})["name"]), 303)


def _service(name: str) -> queries.Service:
    with read_only() as session:
        return queries.service_by_id(session, name)


def _draft(name: str) -> tuple[queries.Service, OwnDefinition, Sequence[Finding]]:
    """The service, its draft, and what must be mended before it can be published. Raises NotFound."""
    with read_only() as session:
        found, draft = queries.service_by_id(session, name), queries.draft_of(session, name)
        if draft is None:
            raise NotFound
        return found, draft, service.findings_in(session, draft)


def _edit_page(found: queries.Service, form: SourceForm, findings: Sequence[Finding] = (), **facts: Any) -> str:
    lines = (form.source.data or "").split("\n")
    said = [
        (one.line, f"{one.place}: {gettext(one.reason, **one.facts)}", lines[one.line - 1].strip()) for one in findings
    ]
    return render_template("applications/editor/edit.html", service=found, form=form, findings=said, **facts)


def _changed_meanwhile(name: str, form: SourceForm, error: ChangedByColleague) -> str:
    """The page again with what was typed, what the colleague has written, and the choice to go on all the same."""
    with read_only() as session:
        found, theirs = queries.service_by_id(session, name), queries.draft_of(session, name)
    form.revision.data = theirs.revision if theirs else 0
    form.revision.raw_data = None
    text = theirs.source if theirs else source_of(name, found.definition.version)
    changes = list(changes_between(text, form.source.data or ""))
    return _edit_page(found, form, changed_by=error.by, changes=changes)
