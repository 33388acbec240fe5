"""The FHIR API that care record systems push visits to, one by one or many at once, and find them again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import RequestEntityTooLarge

from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import record_reading
from citizen_portal.auth.actor import Machine
from citizen_portal.auth.guards import current_actor, current_machine, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import csrf, limiter
from citizen_portal.visits import service
from citizen_portal.visits.changes import queries as changes
from citizen_portal.visits.fhir import replies
from citizen_portal.visits.fhir.answers import capability_statement, transaction_response, update_response
from citizen_portal.visits.fhir.issues import Issue, Refused, operation_outcome, told_of
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.fhir.searching import read_search, searchset
from citizen_portal.visits.fhir.transaction import Transaction, read_transaction, read_update
from citizen_portal.visits.pushed import pushed_reports
from citizen_portal.visits.service import Outcome
from citizen_portal.visits.sources.service import note_refusal

MEDIA_TYPE = "application/fhir+json"
_PRECONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-None-Exist")

bp = Blueprint("visits_fhir", __name__, url_prefix="/api/fhir")
csrf.exempt(bp)  # no cookie counts here: the bearer token is in a header that no other site can make a browser send


def _consumer() -> str:
    """Whom a push is counted against."""
    actor = current_actor()
    return actor.consumer if isinstance(actor, Machine) else get_remote_address()


_counted = limiter.shared_limit(LIMITS.pushes, scope="fhir", key_func=_consumer)


@bp.post("")
@_counted
@requires(Permission.VISIT_PUSH)
def receive_bundle() -> ResponseReturnValue:
    """Take in a transaction: all of it or nothing."""
    return _answer(200, transaction_response(_take_in(read_transaction(_body()))))


@bp.put("/Appointment", defaults={"resource_type": "Appointment"})
@bp.put("/Encounter", defaults={"resource_type": "Encounter"})
@_counted
@requires(Permission.VISIT_PUSH)
def receive_resource(resource_type: str) -> ResponseReturnValue:
    """Take in one resource, by the identifier in the address."""
    if any(header in request.headers for header in _PRECONDITIONS):
        raise Refused([Issue("not-supported", None, "Preconditions are not supported.")])
    query = request.query_string.decode("latin-1")
    (outcome,) = _take_in(read_update(_body(), resource_type, query))
    return _answer(*update_response(outcome))


@bp.get("/Appointment", defaults={"resource_type": "Appointment"})
@bp.get("/Encounter", defaults={"resource_type": "Encounter"})
@_counted
@requires(Permission.VISIT_SEARCH)
def search(resource_type: str) -> ResponseReturnValue:
    """What the consumer itself has pushed, as it stands here."""
    machine, asked = current_machine(), request.args.to_dict(flat=False)
    wanted = read_search(resource_type, asked)
    with read_only() as session:
        page = pushed_reports(session, machine.consumer, wanted)
    if page.found:
        record_reading(machine, EventTag.VISITS_SEARCHED, resource_type=resource_type, found=len(page.found))
    return _answer(200, searchset(resource_type, asked, request.base_url, page))


@bp.get("/AppointmentResponse")
@_counted
@requires(Permission.VISIT_SEARCH)
def search_replies() -> ResponseReturnValue:
    """What citizens ask of the source's own visits since an instant: cancellations, and wishes for another time."""
    machine, asked = current_machine(), request.args.to_dict(flat=False)
    wanted = replies.read_search(asked)
    with read_only() as session:
        found = changes.for_source(session, machine, wanted.since, wanted.after, replies.PAGE_SIZE)
    if found:
        record_reading(machine, EventTag.VISITS_SEARCHED, resource_type="AppointmentResponse", found=len(found))
    return _answer(200, replies.searchset(found, asked, request.base_url))


@bp.get("/metadata")
@public
def metadata() -> ResponseReturnValue:
    """What this API can do, for developers and their tools."""
    return _answer(200, capability_statement())


@bp.errorhandler(Refused)
def answer_refusal(refused: Refused) -> ResponseReturnValue:
    """Name every element that is wrong, and keep the reasons for those who look after the source."""
    _keep(refused.issues)
    return _answer(refused.status, operation_outcome(refused.issues))


@bp.errorhandler(RequestEntityTooLarge)
def answer_too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Tell the limit."""
    issue = Issue("too-long", None, f"A push has at most {LIMITS.body_bytes} bytes.")
    _keep([issue])
    return _answer(413, operation_outcome([issue]))


def answer_unknown_address(status: int) -> Response:
    """What to do instead, at an address of other resources or by another way to send them."""
    told = (
        "Put an Appointment or an Encounter by identifier, or POST a transaction Bundle of them to /api/fhir. "
        "See /api/fhir/metadata."
    )
    return _answer(status, operation_outcome([Issue("not-supported", None, told)]))


def _take_in(pushed: Transaction) -> list[Outcome]:
    """What became of each report. Raises Refused (403) when another municipality is named."""
    try:
        with transaction() as session:
            return service.receive(session, current_machine(), pushed.reports, pushed.organisations)
    except service.NeighbourClaimed as claim:
        raise Refused(pushed.issues_about(claim.organisation_numbers), status=403) from claim


def _keep(issues: Sequence[Issue]) -> None:
    """Write down why a push was refused: all that it wanted was rolled back, so this is the request's one transaction.

    A search that was refused is nobody's loss, and a GET writes nothing.
    """
    if request.method not in ("GET", "HEAD"):
        with transaction() as session:
            note_refusal(session, current_machine(), map(told_of, issues))


def _body() -> bytes:
    """The request's body. Raises Refused (415) for anything but JSON, RequestEntityTooLarge beyond the limit."""
    request.max_content_length = LIMITS.body_bytes
    if request.mimetype not in (MEDIA_TYPE, "application/json") or request.content_encoding:
        raise Refused([Issue("not-supported", None, f"Send {MEDIA_TYPE}, not compressed.")], status=415)
    return request.get_data()


def _answer(status: int, resource: Mapping[str, Any]) -> Response:
    return Response(json.dumps(resource, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
