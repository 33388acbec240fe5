"""What we answer: a transaction-response Bundle, and the statement of what this server can do."""

from collections.abc import Sequence
from typing import Any

from citizen_portal.visits.fhir.issues import Issue, operation_outcome
from citizen_portal.visits.fhir.profile import APPOINTMENT_STATUSES, ENCOUNTER_STATUSES, KEPT_ELEMENTS, LIMITS
from citizen_portal.visits.fhir.replies import STATES
from citizen_portal.visits.fhir.searching import PARAMETERS
from citizen_portal.visits.reports import Disposition
from citizen_portal.visits.service import Outcome

_STATUS = {
    Disposition.CREATED: "201 Created",
    Disposition.UPDATED: "200 OK",
    Disposition.UNCHANGED: "200 OK",
    Disposition.OUTDATED: "200 OK",
}
_HELD = Issue(
    "not-found",
    None,
    "The visit is kept and shown to nobody: the municipality does not know the patient, or its reports name two.",
    "warning",
)
_OUTDATED = Issue("conflict", None, "A newer version is on file; this one was not stored.", "information")


def update_response(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """Status and OperationOutcome of a single PUT."""
    response = _response(outcome)
    stored = Issue(
        "informational", None, "What the element list of the capability statement names is stored.", "information"
    )
    return int(response["status"][:3]), response.get("outcome") or operation_outcome([stored])


def transaction_response(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """One response per entry, in the order of the request. A held visit is accepted (202), with a warning."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "transaction-response"}
    entries = [{"response": _response(outcome)} for outcome in outcomes]
    return bundle | ({"entry": entries} if entries else {})  # FHIR knows no empty array


def _response(outcome: Outcome) -> dict[str, Any]:
    told = [_HELD] if outcome.is_held else []
    told += [_OUTDATED] if outcome.disposition is Disposition.OUTDATED else []
    response: dict[str, Any] = {"status": "202 Accepted" if outcome.is_held else _STATUS[outcome.disposition]}
    if told:
        response["outcome"] = operation_outcome(told)
    return response


def capability_statement() -> dict[str, Any]:
    """FHIR's CapabilityStatement of this API, which is its documentation too."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-27",
        "kind": "instance",
        "software": {"name": "citizen-portal"},
        "implementation": {"description": "Home-care visits for citizens and those who follow them"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": _DOCUMENTATION,
                "security": {
                    "cors": False,
                    "description": "Bearer token of Maskinporten with scope portal:visits.write. Its aud must be this "
                    "installation's, and its consumer the municipality of the host name.",
                },
                "resource": [
                    _resource("Appointment", ", ".join(APPOINTMENT_STATUSES)),
                    _resource("Encounter", ", ".join(ENCOUNTER_STATUSES)),
                    _REPLIES,
                ],
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resource(resource_type: str, statuses: str) -> dict[str, Any]:
    return {
        "type": resource_type,
        "documentation": f"Stored elements: {'; '.join(KEPT_ELEMENTS[resource_type])}. Statuses: {statuses}.",
        "interaction": [{"code": "update"}, {"code": "search-type"}],
        "versioning": "versioned-update",
        "conditionalUpdate": True,
        "updateCreate": True,
        "searchParam": [
            {"name": name, "type": kind, "documentation": finds} for name, (kind, finds) in PARAMETERS.items()
        ],
    }


_REPLIES = {
    "type": "AppointmentResponse",
    "documentation": "What citizens ask of visits to come: declined asks for it to be cancelled, tentative for another "
    "time in their words, accepted lets it stay: taken back, or refused by the unit. meta.tag tells how it stands: "
    f"{', '.join(STATES.values())}. Confirm by putting the Appointment cancelled, or at its new time.",
    "interaction": [{"code": "search-type"}],
    "searchParam": [
        {"name": "_lastUpdated", "type": "date", "documentation": "Needed: ge and an instant. Follow the link next."}
    ],
}
_DOCUMENTATION = f"""POST a transaction Bundle of at most {LIMITS.entries} entries and {LIMITS.body_bytes} bytes, each
entry PUT Appointment?identifier=system|value or PUT Encounter?identifier=system|value. All of it is stored or nothing.
A plan lasts {LIMITS.longest_plan_hours} hours at most, and no version is {LIMITS.version_ahead_hours} hours ahead.
The same push may be repeated. Versions may arrive in any order: meta.lastUpdated decides, then a numeric
meta.versionId; without both, the last to arrive. An Encounter belongs to the Appointment in Encounter.appointment (by
identifier, by Appointment?identifier=system|value, or by the fullUrl of an entry in the same Bundle), else to the one
with its own identifier, else it is a visit of its own. Appointment needs start, end and one participant who is the
patient; Encounter needs class HH or AMB, subject.identifier, period.start, and period.end while planned;
entered-in-error needs neither. modifierExtension and implicitRules are refused. Visits of patients whom the
municipality does not know are kept, counted and shown to nobody. Elements that are not listed are not stored. A single
resource may be put alone: PUT /Appointment?identifier=system|value. GET /Appointment and GET /Encounter find what the
same consumer has pushed, as it is stored, those that changed here longest ago first, {LIMITS.page} at a time or _count
(at most {LIMITS.longest_page}); follow the link next as it stands. The patient is not told there. Resources are stored
for as long as the municipality keeps visits, 12 months unless it says otherwise. A series is its Appointments, one for
each visit. To send your history, push the largest bundles one after the other, each Appointment together with its
Encounter: of visits that we first hear of more than a day late nobody is alarmed."""
