"""The FHIR API that care record systems push visits to: `POST /api/fhir` and `GET /api/fhir/metadata`."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import RequestEntityTooLarge

from citizen_portal.auth.actor import Machine
from citizen_portal.auth.guards import current_actor, current_machine, public, requires
from citizen_portal.auth.permissions import Permission
from citizen_portal.db import read_only, transaction
from citizen_portal.security import csrf, limiter
from citizen_portal.visits import service
from citizen_portal.visits.changes import queries as changes
from citizen_portal.visits.fhir.answers import capability_statement, transaction_response
from citizen_portal.visits.fhir.issues import Issue, Refused, operation_outcome
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.fhir.replies import PAGE_SIZE, read_after, read_since, searchset
from citizen_portal.visits.fhir.transaction import read_transaction

MEDIA_TYPE = "application/fhir+json"

bp = Blueprint("visits_fhir", __name__, url_prefix="/api/fhir")
csrf.exempt(bp)  # no cookie counts here: the bearer token is in a header that no other site can make a browser send


def _consumer() -> str:
    """Whom a push is counted against."""
    actor = current_actor()
    return actor.consumer if isinstance(actor, Machine) else get_remote_address()


@bp.post("")
@limiter.limit(LIMITS.pushes, key_func=_consumer)
@requires(Permission.VISIT_PUSH)
def receive_bundle() -> ResponseReturnValue:
    """Take in a transaction: all of it or nothing."""
    pushed = read_transaction(_body())
    try:
        with transaction() as session:
            outcomes = service.receive(session, current_machine(), pushed.reports, pushed.organisations)
    except service.NeighbourClaimed as claim:
        raise Refused(pushed.issues_about(claim.organisation_numbers), status=403) from claim
    return _answer(200, transaction_response(outcomes))


@bp.get("/AppointmentResponse")
@limiter.limit(LIMITS.pushes, key_func=_consumer)
@requires(Permission.VISIT_PUSH)
def search_replies() -> ResponseReturnValue:
    """What citizens ask of the source's own visits since an instant: cancellations, and wishes for another time."""
    since, after = read_since(request.args.get("_lastUpdated", "")), read_after(request.args.get("_after"))
    with read_only() as session:
        page_after = (since, after) if after else None
        found = changes.for_source(session, current_machine(), since, page_after, PAGE_SIZE)
    return _answer(200, searchset(found, request.base_url))


@bp.get("/metadata")
@public
def metadata() -> ResponseReturnValue:
    """What this API can do, for developers and their tools."""
    return _answer(200, capability_statement())


@bp.errorhandler(Refused)
def answer_refusal(refused: Refused) -> ResponseReturnValue:
    """Name every element that is wrong."""
    return _answer(refused.status, operation_outcome(refused.issues))


@bp.errorhandler(RequestEntityTooLarge)
def answer_too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Tell the limit."""
    return _answer(413, operation_outcome([Issue("too-long", None, f"A push has at most {LIMITS.body_bytes} bytes.")]))


def _body() -> bytes:
    """The request's body. Raises Refused (415) for anything but JSON, RequestEntityTooLarge beyond the limit."""
    request.max_content_length = LIMITS.body_bytes
    if request.mimetype not in (MEDIA_TYPE, "application/json") or request.content_encoding:
        raise Refused([Issue("not-supported", None, f"Send {MEDIA_TYPE}, not compressed.")], status=415)
    return request.get_data()


def _answer(status: int, resource: Mapping[str, Any]) -> Response:
    return Response(json.dumps(resource, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
