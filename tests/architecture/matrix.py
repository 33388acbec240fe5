"""The access matrix: what each endpoint that takes an id answers to whom, tried on the running application.

A new endpoint comes in by itself when its arguments are known below. An argument that is not known stops the test:
add one line to `OBJECTS`, or to `OF_ENDPOINT` when the same name means something else there.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from citizen_portal.auth.guards import permission_of

OBJECTS: Final[Mapping[str, str]] = {
    "appeal_id": "appeal",
    "application_id": "application",
    "attachment_id": "attachment",
    "case_file_id": "case file",
    "complaint_id": "question about a reading",
    "delivery_id": "letter",
    "deviation_id": "deviation",
    "entry_id": "entry",
    "export_id": "copy of my data",
    "file_id": "application's file",
    "follower_id": "follower",
    "form_id": "held form",
    "grant_id": "leave to look",
    "number": "first",
    "person_id": "person",
    "representation_id": "representation",
    "request_id": "request about my data",
    "role_id": "colleague's role",
    "sequence_number": "reading",
    "signature_id": "signature request",
    "staff_id": "colleague",
    "task_id": "task",
    "thread_id": "thread",
    "unit_id": "unit",
    "visit_id": "visit",
}
"""Argument of a path -> which object of the world (`tests.architecture.world`) stands there."""

_DRAFTS: Final = ("autosave", "check", "delete_draft", "resume", "save_step", "step", "submit")
_OF_APPEALS: Final = ("autosave", "check", "document", "receipt", "save", "send", "upload", "withdraw", "write")
_OF_APPEALS_FOR_STAFF: Final = ("document", "forward", "register_answer", "show")
OF_ENDPOINT: Final[Mapping[tuple[str, str], str]] = {
    ("archive.document", "file_id"): "entry's file",
    ("application_files.download", "file_id"): "kept file",
    ("application_files_staff.download", "file_id"): "kept file",
    ("application_files.save_step", "application_id"): "draft",
    ("application_files.upload", "application_id"): "draft",
    **{(f"applications.{name}", "application_id"): "draft" for name in _DRAFTS},
    **{(f"signatures.{name}", "application_id"): "draft" for name in ("ask", "send_request", "withdraw")},
    **{(f"appeals.{name}", "application_id"): "appealed application" for name in _OF_APPEALS},
    **{(f"appeals_staff.{name}", "case_file_id"): "appealed case file" for name in _OF_APPEALS_FOR_STAFF},
}
"""(endpoint, argument) -> object, where it is another one than `OBJECTS` says."""

OF_NOBODY: Final = frozenset({"definition_id", "filename", "form", "name", "service", "version"})
"""Arguments that name nothing of anybody's."""

YES, NOT_FOUND, NO_ROLE, LOG_IN, STEP_UP, REASON = "yes", "404", "role", "log in", "level high", "reason"
FORM: Final = {"body": "Hei", "status": "closed", "revision": "1"}
"""Enough to be written, and not to open access: what one person opened would let her in on the next line."""


@dataclass(frozen=True)
class Column:
    """Somebody in a relation to whom the objects belong to."""

    label: str
    audience: str
    client: FlaskClient
    owner: str
    """Whose objects are tried: those of somebody ordinary, or of somebody with a protected address."""
    is_outside: bool = False
    """Must never come to anything, whatever the printed table says."""
    form_token: str = ""


Objects = Callable[[str, str], object]
"""(owner, object) -> its id."""

_addresses = count(1)


def ids_in(rule: Rule) -> set[str]:
    """The arguments of a path that name somebody's object."""
    return set(rule.arguments) - OF_NOBODY - set(rule.defaults or ())


def rules_with_ids(app: Flask) -> list[Rule]:
    """The rules of the url map that name somebody's object, by path."""
    rules = [rule for rule in app.url_map.iter_rules() if ids_in(rule)]
    return sorted(rules, key=lambda rule: (rule.rule, rule.endpoint))


def unknown_arguments(app: Flask) -> list[str]:
    """Arguments of the url map of which nobody has said what they are."""
    return sorted(
        f"{rule.endpoint}: {argument}"
        for rule in rules_with_ids(app)
        for argument in ids_in(rule)
        if argument not in OBJECTS and (rule.endpoint, argument) not in OF_ENDPOINT
    )


def audience_of(app: Flask, rule: Rule) -> str:
    """Whose pages it is among: `citizen`, `staff`, `machine`, or `everybody`."""
    permission = permission_of(app, rule.endpoint)
    return permission.audience if permission else "everybody"


def outcome(rule: Rule, method: str, column: Column, objects: Objects) -> str:
    """What the column's person is answered."""
    arguments = {
        name: objects(column.owner, OF_ENDPOINT.get((rule.endpoint, name)) or OBJECTS[name]) for name in ids_in(rule)
    }
    _, path = rule.build({**dict.fromkeys(OF_NOBODY, "x"), **arguments}, append_unknown=False) or ("", "")
    data = {"csrf_token": column.form_token, **FORM} if method == "POST" and column.form_token else None
    address = next(_addresses)  # each request from its own, so that no limit is met
    environ = {"REMOTE_ADDR": f"10.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"}
    return _class_of(column.client.open(path, method=method, data=data, environ_base=environ))


def _class_of(response: TestResponse) -> str:
    where = response.headers.get("Location", "")
    asked = where if response.status_code == 303 else response.text if response.status_code == 401 else ""
    if re.search(r"/logg-inn\b", asked):
        return STEP_UP if "niva=high" in asked else LOG_IN
    if response.status_code == 303 and re.search(r"^/ansatt/finn-person/[^/]+/grunn", where):
        return REASON
    if response.status_code == 403 and re.search(r'href="/ansatt/finn-person/[^"/]+/grunn"', response.text):
        return REASON
    known = {200: YES, 204: YES, 303: YES, 409: YES, 422: YES, 404: NOT_FOUND, 403: NO_ROLE}
    return known.get(response.status_code, str(response.status_code))


Matrix = dict[tuple[str, str, str], dict[str, str]]
"""(audience, method, rule) -> column's label -> outcome."""


def measured(app: Flask, columns: Iterable[Column], objects: Objects) -> Matrix:
    """Try every endpoint with ids as everybody."""
    columns = list(columns)
    return {
        (audience_of(app, rule), method, f"{rule.endpoint} {rule.rule}"): {
            column.label: outcome(rule, method, column, objects) for column in columns
        }
        for rule in rules_with_ids(app)
        if not rule.rule.startswith("/static/")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def as_table(matrix: Matrix, audience: str, columns: Iterable[Column]) -> list[str]:
    """The matrix of one audience as lines of Markdown."""
    labels = [column.label for column in columns if column.audience == audience]
    lines = [f"| Endpoint | {' | '.join(labels)} |", "|---" * (len(labels) + 1) + "|"]
    for (of, method, rule), cells in matrix.items():
        if of == audience:
            endpoint = rule.partition(" ")[0]
            lines.append(f"| {method} `{endpoint}` | {' | '.join(cells[label] for label in labels)} |")
    return lines
