"""Files of a posted form: checked, made ready for the archive, and each with an id that makes a repetition count once.

All of this is done before a transaction begins; `service.keep` takes what comes out of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, cast
from uuid import UUID, uuid5

from flask import Response, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.db import new_id, transaction
from citizen_portal.forms import refusal_in_words, upload_limits
from citizen_portal.journal.enclosures import Enclosure, enclose, record_language
from citizen_portal.tenancy.hosts import current_municipality
from citizen_portal.uploads import UploadError, check_upload

Uploads = Sequence[tuple[UUID, Enclosure]]
"""Files made ready, each with its upload id."""
UPLOAD_ID = "-upload"
"""What follows the field's name in the hidden field with the page's own id, see templates/applications/files."""
REMOVE = "remove-file:"
"""What the value of a button that removes a file begins with; its id follows."""


@dataclass(slots=True)
class Received:
    """What came under one field: the files that can be kept, each with its upload id, and why others cannot."""

    uploads: list[tuple[UUID, Enclosure]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def receive(name: str) -> Received:
    """Check the files that were posted under the name, and make them ready: some seconds for a long PDF."""
    received, page_id = Received(), request.form.get(f"{name}{UPLOAD_ID}", type=UUID) or new_id()
    for file in request.files.getlist(name):
        if not file.filename:  # a file field that nothing was chosen in
            continue
        try:
            enclosure = _made_ready(file)
        except UploadError as error:
            received.refusals.append(f"«{file.filename}»: {refusal_in_words(error)}")
        else:
            # By its content, too: a page that the browser goes back to may send another file under the same id.
            received.uploads.append((uuid5(page_id, enclosure.original.sha256), enclosure))
    return received


def take_one(name: str, keep: Callable[[Session, Uploads], object]) -> Response | None:
    """Keep a file that JavaScript sent alone, under the field's name; why not in words, or None when it is kept."""
    received = receive(name)
    if received.refusals:
        return Response(received.refusals[0], 422, mimetype="text/plain")
    try:
        with transaction() as session:
            keep(session, received.uploads)
    except TooManyFiles as refused:
        return Response(no_room(refused.most), 422, mimetype="text/plain")
    return None


def no_room(most: int) -> str:
    """That the field holds as many files as it can."""
    return str(gettext("There is room for %(number)s files here. Remove one before you add another.", number=most))


def file_to_remove() -> UUID | None:
    """The file whose button «Fjern» was pressed, if that is what was pressed."""
    action = request.form.get("action", "")
    try:
        return UUID(action.removeprefix(REMOVE)) if action.startswith(REMOVE) else None
    except ValueError:
        return None


def _made_ready(file: FileStorage) -> Enclosure:
    checked = check_upload(cast(BinaryIO, file.stream), file.filename or "", limits=upload_limits())
    return enclose(checked, record_language(current_municipality()))
