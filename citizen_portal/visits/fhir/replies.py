"""What citizens ask of their visits, as FHIR AppointmentResponse: the source polls for them and does as they say.

`declined` asks for the visit to be cancelled and `tentative` for another time, in the citizen's words (`comment`).
`accepted` is said when she has taken it back, or the unit has refused: the visit stays. How it stands is in `meta.tag`.
https://hl7.org/fhir/R4/appointmentresponse.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from citizen_portal import clock
from citizen_portal.visits.changes.models import ChangeKind, ChangeRequest, ChangeState
from citizen_portal.visits.fhir.elements import Element, Findings, read_instant
from citizen_portal.visits.fhir.issues import Issue, Refused
from citizen_portal.visits.fhir.searching import bundle_of, place_in
from citizen_portal.visits.models import Visit
from citizen_portal.visits.pushed import Place
from citizen_portal.visits.service import UUID_SYSTEM

PAGE_SIZE: Final = 100
_SUBJECT: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "SBJ"}
STATE_SYSTEM: Final = "urn:citizen-portal:visit-change-state"
STATES: Final = {
    ChangeState.ASKED: "asked",
    ChangeState.CONFIRMED: "confirmed",
    ChangeState.DECLINED: "refused",
    ChangeState.WITHDRAWN: "withdrawn",
}
"""How it stands, as `meta.tag` says it: `declined` is taken, and means that the citizen does not want the visit."""
_STATUS: Final = {ChangeKind.CANCEL: "declined", ChangeKind.MOVE: "tentative"}


@dataclass(frozen=True, slots=True)
class ReplySearch:
    """What a poll asks for: what changed since an instant, after the page before."""

    since: datetime
    after: Place | None


def read_search(parameters: Mapping[str, Sequence[str]]) -> ReplySearch:
    """What the parameters ask for. Raises Refused."""
    findings = Findings()
    first = {name: values[0] for name, values in parameters.items()}
    told = first.get("_lastUpdated", "")
    instant = Element(told.removeprefix("ge").replace(" ", "+"), "_lastUpdated")
    since = read_instant(instant, findings, is_required=True) if told.startswith("ge") else None
    after = place_in(first, findings)
    if since is None or findings:
        needed = Issue("value", "_lastUpdated", "The search needs _lastUpdated=ge and an instant with a zone.")
        raise Refused(findings or [needed])
    return ReplySearch(since, after)


def searchset(
    found: Sequence[tuple[ChangeRequest, Visit]], parameters: Mapping[str, Sequence[str]], address: str
) -> dict[str, Any]:
    """A page of what is asked, and where the next one is: `found` holds one more than a page when there is one."""
    shown = found[:PAGE_SIZE]
    last = shown[-1][0] if len(found) > PAGE_SIZE else None
    next_after = Place(last.updated_at, last.id) if last else None
    return bundle_of(
        [(request.id, _reply(request, visit)) for request, visit in shown], parameters, address, next_after
    )


def _reply(request: ChangeRequest, visit: Visit) -> dict[str, Any]:
    state = request.state_of(visit)
    stays = state in (ChangeState.WITHDRAWN, ChangeState.DECLINED)
    reply: dict[str, Any] = {
        "resourceType": "AppointmentResponse",
        "id": str(request.id),
        "meta": {
            "lastUpdated": clock.to_oslo(request.updated_at).isoformat(),
            "tag": [{"system": STATE_SYSTEM, "code": STATES[state]}],
        },
        "identifier": [{"system": UUID_SYSTEM, "value": request.id.urn}],
        "appointment": {
            "type": "Appointment",
            "identifier": {"system": visit.identifier_system, "value": visit.identifier_value},
        },
        "participantType": [{"coding": [_SUBJECT]}],
        "participantStatus": "accepted" if stays else _STATUS[request.kind],
    }
    return reply | ({"comment": request.wish} if request.wish and not stays else {})
