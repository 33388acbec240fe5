"""The journal as the archivist reads it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.guards import current_staff, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.downloads import send_stored
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.grounds import record_keeping_ground
from citizen_portal.journal import queries
from citizen_portal.journal.models import RegistryEntry
from citizen_portal.journal.queries import JournalPosition
from citizen_portal.journal.scans import service as scans
from citizen_portal.journal.terms import EntryType

bp = Blueprint("archive", __name__, url_prefix="/ansatt/journal")

PAGE_SIZE = 50
_MEDIA_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}


@bp.get("/")
@requires(Permission.JOURNAL_READ)
def journal() -> ResponseReturnValue:
    """The journal, newest first."""
    entry_type = _entry_type()
    with read_only() as session:
        found = queries.journal_page(session, before=_position(), entry_type=entry_type, size=PAGE_SIZE + 1)
        hidden = reach.protected_among(session, {e.case_file.citizen_id for e in found if e.case_file.citizen_id})
    shown, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    older = url_for(".journal", type=entry_type, etter=_after(shown[-1])) if more else None
    newest = url_for(".journal", type=entry_type) if "etter" in request.args else None
    return render_template(
        "archive/journal.html",
        entries=shown,
        hidden=hidden,
        knows_of_protected=reach.may_know_of_protected(current_staff()),
        types=EntryType,
        chosen=entry_type,
        older=older,
        newest=newest,
    )


@bp.get("/<uuid:entry_id>")
@requires(Permission.JOURNAL_READ)
def entry(entry_id: UUID) -> ResponseReturnValue:
    """One entry with its documents. Reading it is logged."""
    with read_only() as session:
        found = _entry(session, entry_id)
    _note_reading(EventTag.ENTRY_READ, found)
    return render_template("archive/entry.html", entry=found)


@bp.get("/<uuid:entry_id>/dokument/<uuid:file_id>")
@requires(Permission.JOURNAL_READ)
def document(entry_id: UUID, file_id: UUID) -> Response:
    """Download one file of an entry. Reading it is logged."""
    with read_only() as session:
        found = _entry(session, entry_id)
        description, file = queries.document_file(session, entry_id, file_id)
        scans.demand_open(session, file.sha256)
    name = f"{found.journal_year}-{found.journal_sequence_number}-{description.document_number}.{file.format}"
    media_type = _MEDIA_TYPES.get(file.format, "application/octet-stream")
    response = send_stored(file.sha256, name, media_type, file.size_bytes)
    _note_reading(EventTag.DOCUMENT_READ, found, file=str(file_id))
    return response


def _entry(session: Session, entry_id: UUID) -> RegistryEntry:
    """The entry. Raises NotFound where its person has a protected address, or ReasonNeeded for the few who may."""
    try:
        return queries.registry_entry(session, entry_id, reader=current_staff())
    except NotFound:
        reach.demand_reason(session, current_staff(), queries.citizen_of_entry(session, entry_id))
        raise


def _note_reading(tag: EventTag, found: RegistryEntry, **facts: Any) -> None:
    actor, person_id = current_staff(), found.case_file.citizen_id
    with transaction() as session:  # the read log: the one thing that this GET writes (design §4 rule 4)
        facts |= record_keeping_ground(session, actor, person_id).facts
        audit.record(
            session,
            actor,
            tag,
            subject=found,
            about_person_id=person_id,
            case_number=found.case_file.number,
            **facts,
        )


def _entry_type() -> EntryType | None:
    wanted = request.args.get("type")
    if wanted is None:
        return None
    try:
        return EntryType(wanted)
    except ValueError:
        raise NotFound from None


def _position() -> JournalPosition | None:
    """Where the page begins, as `2026-17`: below that entry."""
    wanted = request.args.get("etter")
    if wanted is None:
        return None
    year, _, number = wanted.partition("-")
    if not (year.isascii() and year.isdigit() and number.isascii() and number.isdigit() and len(wanted) < 15):
        raise NotFound
    return JournalPosition(min(int(year), 9999), min(int(number), 2**31 - 1))


def _after(last: RegistryEntry) -> str:
    return f"{last.journal_year}-{last.journal_sequence_number}"
