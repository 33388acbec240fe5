"""From what we have stored back to Appointment and Encounter: the allow-listed elements and nothing else.

Who the patient is stays with the source: it knows, and a token that went astray shall not tell.
"""

from collections.abc import Mapping
from typing import Any, Final

from citizen_portal.visits.fhir.profile import (
    ACT_CODE_SYSTEM,
    CANCELLATION_CODES,
    CANCELLATION_SYSTEM,
    ORGANISATION_SYSTEM,
    ROLE_WORDS,
)
from citizen_portal.visits.models import VisitReport
from citizen_portal.visits.pushed import PushedReport
from citizen_portal.visits.reports import VisitStatus

_APPOINTMENT_CODES: Final[Mapping[VisitStatus, str]] = {
    VisitStatus.PLANNED: "booked",
    VisitStatus.ON_THE_WAY: "arrived",
    VisitStatus.DONE: "fulfilled",
    VisitStatus.NOT_HOME: "noshow",
    VisitStatus.CANCELLED: "cancelled",
    VisitStatus.ENTERED_IN_ERROR: "entered-in-error",
}
_ENCOUNTER_CODES: Final[Mapping[VisitStatus, str]] = {
    VisitStatus.PLANNED: "planned",
    VisitStatus.ON_THE_WAY: "arrived",
    VisitStatus.ARRIVED: "in-progress",
    VisitStatus.DONE: "finished",
    VisitStatus.CANCELLED: "cancelled",
    VisitStatus.ENTERED_IN_ERROR: "entered-in-error",
}
"""Several of FHIR's statuses are one state of ours: of those, the one that says it most plainly."""


def resource_of(resource_type: str, pushed: PushedReport) -> dict[str, Any]:
    """The resource as it stands here. `meta.lastUpdated` is when it last changed here, which searches go by."""
    report = pushed.report
    meta = {"lastUpdated": report.changed_at.isoformat()}
    if report.source_version is not None:
        meta["versionId"] = str(report.source_version)
    own = _appointment(pushed) if resource_type == "Appointment" else _encounter(pushed)
    identifier = {"system": report.identifier_system, "value": report.identifier_value}
    return {"resourceType": resource_type, "meta": meta, "identifier": [identifier]} | _without_gaps(own)


def _appointment(pushed: PushedReport) -> dict[str, Any]:
    report = pushed.report
    people = [{"actor": {"type": "Patient"}, "status": "accepted"}]
    people += [{"actor": actor, "status": "accepted"} for actor in _organisation(pushed)]
    people += [{**someone, "status": "accepted"} for someone in _visitor(report, "actor")]
    sides = {side: code for code, side in CANCELLATION_CODES.items()}
    reason = (
        {"coding": [{"system": CANCELLATION_SYSTEM, "code": sides[report.cancelled_by]}]}
        if report.cancelled_by
        else None
    )
    return {
        "status": _APPOINTMENT_CODES[report.status],
        "cancelationReason": reason,
        "serviceType": [{"text": report.service}] if report.service else None,
        "start": _instant(report, "starts_at"),
        "end": _instant(report, "ends_at"),
        "patientInstruction": report.patient_note,
        "participant": people,
    }


def _encounter(pushed: PushedReport) -> dict[str, Any]:
    report, visit = pushed.report, pushed.visit
    plan = {"system": visit.identifier_system, "value": visit.identifier_value}
    is_own = (report.identifier_system, report.identifier_value) == tuple(plan.values())
    period = _without_gaps({"start": _instant(report, "starts_at"), "end": _instant(report, "ends_at")})
    return {
        "status": _ENCOUNTER_CODES[report.status],
        "class": {"system": ACT_CODE_SYSTEM, "code": "HH"},
        "serviceType": {"text": report.service} if report.service else None,
        "subject": {"type": "Patient"},
        "appointment": None if is_own else [{"identifier": plan}],
        "participant": _visitor(report, "individual") or None,
        "period": period or None,
        "serviceProvider": next(iter(_organisation(pushed)), None),
    }


def _organisation(pushed: PushedReport) -> list[dict[str, Any]]:
    number = pushed.report.provider
    named = {
        "identifier": {"system": ORGANISATION_SYSTEM, "value": number} if number else None,
        "display": pushed.unit_name,
    }
    return [{"type": "Organization", **_without_gaps(named)}] if number or pushed.unit_name else []


def _visitor(report: VisitReport, reference_name: str) -> list[dict[str, Any]]:
    if not report.visitor_role and not report.visitor_name:
        return []
    word = next((word for word, role in ROLE_WORDS.items() if role is report.visitor_role), None)
    employee = _without_gaps({"type": "Practitioner", "display": report.visitor_name})
    return [_without_gaps({"type": [{"text": word}] if word else None, reference_name: employee})]


def _instant(report: VisitReport, name: str) -> str | None:
    instant = getattr(report, name)
    return instant.isoformat() if instant else None


def _without_gaps(elements: dict[str, Any]) -> dict[str, Any]:
    """FHIR leaves out what has no value."""
    return {name: value for name, value in elements.items() if value is not None}
