"""The citizen's messages."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal import clock
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.guards import actor_key, current_citizen, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.forms import upload_limits
from citizen_portal.messages import queries, service
from citizen_portal.messages.downloads import send_attachment
from citizen_portal.messages.forms import MessageForm
from citizen_portal.messages.queries import Conversation, ThreadPosition
from citizen_portal.security import limiter
from citizen_portal.templating import clock_time

bp = Blueprint("messages", __name__, url_prefix="/min-side/meldinger")

PAGE_SIZE = 20


@bp.get("")
@requires(Permission.MESSAGE_READ)
def overview() -> ResponseReturnValue:
    """The inbox, newest first."""
    actor = current_citizen()
    with read_only() as session:
        lines = queries.own_threads(session, actor, before=_page_start(), size=PAGE_SIZE + 1)
    if actor.acting_for:
        record_reading(actor, EventTag.OVERVIEW_READ, about_person_id=actor.subject_id)
    shown, more = lines[:PAGE_SIZE], len(lines) > PAGE_SIZE
    older = url_for(".overview", etter=shown[-1].position.as_text) if more else None
    newest = url_for(".overview") if "etter" in request.args else None
    return render_template("messages/overview.html", lines=shown, older=older, newest=newest)


@bp.get("/<uuid:thread_id>")
@requires(Permission.MESSAGE_READ)
def show(thread_id: UUID) -> ResponseReturnValue:
    """A thread, newest at the bottom. Reading it is noted."""
    actor = current_citizen()
    with read_only() as session:
        conversation = queries.conversation(session, actor, thread_id, before=request.args.get("for", type=int))
    _note_reading(conversation)
    return _thread_page(conversation, MessageForm.with_draft(conversation.draft))


@bp.post("/<uuid:thread_id>")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.MESSAGE_WRITE)
def reply(thread_id: UUID) -> ResponseReturnValue:
    """Answer in the thread."""
    form = MessageForm()
    if not form.validate_on_submit():
        with read_only() as session:
            conversation = queries.conversation(session, current_citizen(), thread_id)
        return _thread_page(conversation, form), 422
    with transaction() as session:
        message = service.reply(session, current_citizen(), thread_id, form.text, form.chosen_id, form.enclosures)
    return _to_message(message.thread_id)


@bp.get("/om-sak/<uuid:case_file_id>")
@requires(Permission.MESSAGE_READ)
def about_case(case_file_id: UUID) -> ResponseReturnValue:
    """The thread about a case; a page for the first message while there is none."""
    with read_only() as session:
        conversation = queries.conversation_about(session, current_citizen(), case_file_id)
    if conversation.thread is not None:
        return redirect(url_for(".show", thread_id=conversation.thread.id, _anchor="write"), 303)
    return _thread_page(conversation, MessageForm.with_draft(conversation.draft))


@bp.post("/om-sak/<uuid:case_file_id>")
@limiter.limit("30 per minute", key_func=actor_key)
@requires(Permission.MESSAGE_WRITE)
def write_first(case_file_id: UUID) -> ResponseReturnValue:
    """Send the first message about a case."""
    form = MessageForm()
    if not form.validate_on_submit():
        with read_only() as session:
            conversation = queries.conversation_about(session, current_citizen(), case_file_id)
        return _thread_page(conversation, form), 422
    with transaction() as session:
        message = service.write_about_case(
            session, current_citizen(), case_file_id, form.text, form.chosen_id, form.enclosures
        )
    return _to_message(message.thread_id)


@bp.post("/om-sak/<uuid:case_file_id>/utkast")
@limiter.limit("120 per minute", key_func=actor_key)
@requires(Permission.MESSAGE_WRITE)
def save_draft(case_file_id: UUID) -> ResponseReturnValue:
    """Keep what was typed so far; answers with the line that says when."""
    with transaction() as session:
        service.save_draft(session, current_citizen(), case_file_id, request.form.get("body", ""))
    return Response(gettext("Saved %(time)s", time=clock_time(clock.now())), mimetype="text/plain")


@bp.get("/vedlegg/<uuid:attachment_id>")
@requires(Permission.MESSAGE_READ)
def attachment(attachment_id: UUID) -> ResponseReturnValue:
    """Download a file of the citizen's own threads, as it was sent."""
    return send_attachment(current_citizen(), attachment_id)


def _thread_page(conversation: Conversation, form: MessageForm) -> str:
    return render_template(
        "messages/show.html",
        conversation=conversation,
        form=form,
        me=current_citizen(),
        max_bytes=upload_limits().max_bytes,
    )


def _note_reading(conversation: Conversation) -> None:
    """The read log's own short transaction: the one thing that this GET writes (design §4 rule 4)."""
    with transaction() as session:
        service.note_reading(session, current_citizen(), conversation)


def _to_message(thread_id: UUID) -> ResponseReturnValue:
    return redirect(url_for(".show", thread_id=thread_id, _anchor="newest"), 303)


def _page_start() -> ThreadPosition | None:
    position = request.args.get("etter")
    return None if position is None else ThreadPosition.from_text(position)
