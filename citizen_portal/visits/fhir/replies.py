"""What citizens ask of their visits, as FHIR AppointmentResponse: the source polls for them and does as they say.

`declined` asks for the visit to be cancelled and `tentative` for another time, in the citizen's words (`comment`).
`accepted` is said when she has taken it back. https://hl7.org/fhir/R4/appointmentresponse.html
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from citizen_portal import clock
from citizen_portal.visits.changes.models import ChangeKind, ChangeRequest, ChangeState
from citizen_portal.visits.fhir.issues import Issue, Refused
from citizen_portal.visits.models import Visit
from citizen_portal.visits.service import UUID_SYSTEM

PAGE_SIZE: Final = 100
_SUBJECT: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "SBJ"}
_STATUS: Final = {ChangeKind.CANCEL: "declined", ChangeKind.MOVE: "tentative"}


def searchset(found: Sequence[tuple[ChangeRequest, Visit]], base: str) -> dict[str, Any]:
    """A page of what is asked, and where the next one is: `found` holds one more than a page when there is one."""
    shown = found[:PAGE_SIZE]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": _reply(*one), "search": {"mode": "match"}} for one in shown],
    }
    if len(found) > PAGE_SIZE:
        last = shown[-1][0]
        query = urlencode({"_lastUpdated": f"ge{last.updated_at.isoformat()}", "_after": str(last.id)})
        bundle["link"] = [{"relation": "next", "url": f"{base}?{query}"}]
    return bundle if shown else {name: value for name, value in bundle.items() if name != "entry"}


def read_since(value: str) -> datetime:
    """The instant in `_lastUpdated=ge…`. Raises Refused."""
    try:
        since = datetime.fromisoformat(value.removeprefix("ge").replace(" ", "+"))
    except ValueError:
        since = None
    if since is None or since.tzinfo is None or not value.startswith("ge"):
        told = "The search needs _lastUpdated=ge and an instant with a zone."
        raise Refused([Issue("value", None, told)], status=400)
    return since


def read_after(value: str | None) -> UUID | None:
    """The id in `_after`, which only our own links carry. Raises Refused."""
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Refused([Issue("value", None, "Follow the link as it was given.")], status=400) from None


def _reply(request: ChangeRequest, visit: Visit) -> dict[str, Any]:
    is_withdrawn = request.state_of(visit) is ChangeState.WITHDRAWN
    reply: dict[str, Any] = {
        "resourceType": "AppointmentResponse",
        "id": str(request.id),
        "meta": {"lastUpdated": clock.to_oslo(request.updated_at).isoformat()},
        "identifier": [{"system": UUID_SYSTEM, "value": request.id.urn}],
        "appointment": {
            "type": "Appointment",
            "identifier": {"system": visit.identifier_system, "value": visit.identifier_value},
        },
        "participantType": [{"coding": [_SUBJECT]}],
        "participantStatus": "accepted" if is_withdrawn else _STATUS[request.kind],
    }
    return reply | ({"comment": request.wish} if request.wish and not is_withdrawn else {})
