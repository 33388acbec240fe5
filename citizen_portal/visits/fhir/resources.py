"""From Appointment and Encounter to what we keep of them: the allow-list, written as code."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from citizen_portal import clock
from citizen_portal.visits.fhir.elements import (
    Element,
    Findings,
    check_names_no_person,
    identifier_in_search,
    identifier_of,
    is_patient,
    read_organisation,
    read_patient,
    read_period,
    read_service,
    read_version,
    read_words,
)
from citizen_portal.visits.fhir.profile import (
    ACT_CODE_SYSTEM,
    APPOINTMENT_STATUSES,
    CANCELLATION_CODES,
    CANCELLATION_SYSTEM,
    ENCOUNTER_STATUSES,
    LIMITS,
    ORGANISATION_SYSTEM,
    VISIT_CLASSES,
)
from citizen_portal.visits.fhir.visitors import read_visitor
from citizen_portal.visits.reports import CancelledBy, Identifier, Report, ReportKind, VisitStatus

AppointmentsInBundle = Mapping[str, Identifier]
"""fullUrl of each Appointment entry -> its identifier."""

_AHEAD_OF_PLAN: Final = dict.fromkeys((VisitStatus.DONE, VisitStatus.NOT_HOME), timedelta(hours=LIMITS.early_hours))
_AHEAD_OF_CLOCK: Final = dict.fromkeys(
    (VisitStatus.ARRIVED, VisitStatus.DONE), timedelta(minutes=LIMITS.clock_skew_minutes)
)
"""How far ahead a visit may begin in the plan, and in fact, that is said to have come so far."""

Reader = Callable[[Element, Identifier, AppointmentsInBundle, Findings], Report | None]


def read_appointment(
    resource: Element, identifier: Identifier, _appointments: AppointmentsInBundle, findings: Findings
) -> Report | None:
    """The plan that an Appointment tells of; None when there are findings."""
    before = len(findings)
    status = _status(resource, APPOINTMENT_STATUSES, findings)
    is_error = status is VisitStatus.ENTERED_IN_ERROR
    actors = [participant["actor"] for participant in resource.each("participant")]
    patients = [actor for actor in actors if is_patient(actor)]
    if len(patients) != 1 and not is_error:
        findings.add("required", f"{resource.path}.participant", "Exactly one participant must be the patient.")
    provider, unit_name = _organisation_among(actors)
    starts_at, ends_at = read_period(
        resource["start"], resource["end"], findings, start_required=not is_error, is_plan=not is_error
    )
    _check_not_to_come(status, starts_at, resource["start"], _AHEAD_OF_PLAN, findings)
    patient = read_patient(patients[0], findings) if len(patients) == 1 else None
    service = read_service(resource.each("serviceType"), findings)
    note = read_words(resource["patientInstruction"], LIMITS.note_length, findings)
    version, visitor = read_version(resource, findings), read_visitor(resource, "actor")
    if status is None or len(findings) > before:
        return None
    return Report(
        kind=ReportKind.PLAN,
        identifier=identifier,
        visit=identifier,
        status=status,
        patient=patient,
        starts_at=starts_at,
        ends_at=ends_at,
        service=service,
        provider=provider,
        unit_name=unit_name,
        version=version,
        cancelled_by=_cancelled_by(resource["cancelationReason"]) if status is VisitStatus.CANCELLED else None,
        visitor_role=visitor.role,
        visitor_name=visitor.name,
        patient_note=note,
    )


def read_encounter(
    resource: Element, identifier: Identifier, appointments: AppointmentsInBundle, findings: Findings
) -> Report | None:
    """The event that an Encounter tells of; None when there are findings."""
    before = len(findings)
    status = _status(resource, ENCOUNTER_STATUSES, findings)
    is_error = status is VisitStatus.ENTERED_IN_ERROR
    _check_class(resource["class"], findings)
    patient = None if is_error and resource["subject"].value is None else read_patient(resource["subject"], findings)
    starts_at, ends_at = read_period(
        resource["period"]["start"],
        resource["period"]["end"],
        findings,
        start_required=not is_error,
        is_plan=status is VisitStatus.PLANNED,
    )
    _check_not_to_come(status, starts_at, resource["period"]["start"], _AHEAD_OF_CLOCK, findings)
    visit = _appointment_of(resource, appointments, findings) or identifier
    service = read_service([resource["serviceType"]], findings)
    provider, unit_name = read_organisation(resource["serviceProvider"])
    version = read_version(resource, findings)
    visitor = read_visitor(resource, "individual")
    if status is None or len(findings) > before:
        return None
    return Report(
        kind=ReportKind.EVENT,
        identifier=identifier,
        visit=visit,
        status=status,
        patient=patient,
        starts_at=starts_at,
        ends_at=ends_at,
        service=service,
        provider=provider,
        unit_name=unit_name,
        version=version,
        visitor_role=visitor.role,
        visitor_name=visitor.name,
    )


READERS: Final[Mapping[str, Reader]] = {"Appointment": read_appointment, "Encounter": read_encounter}


def _status(resource: Element, statuses: Mapping[str, VisitStatus], findings: Findings) -> VisitStatus | None:
    status = statuses.get(resource["status"].text)
    if status is None:
        findings.add("code-invalid", resource["status"].path, f"The status must be one of: {', '.join(statuses)}.")
    return status


def _cancelled_by(reason: Element) -> CancelledBy | None:
    """Who cancelled, by FHIR's own codes; None where the source says something else, or nothing."""
    for coding in reason.each("coding"):
        side = CANCELLATION_CODES.get(coding["code"].text.partition("-")[0])
        if side and coding["system"].text == CANCELLATION_SYSTEM:
            return side
    return None


def _check_class(coding: Element, findings: Findings) -> None:
    if coding["system"].text != ACT_CODE_SYSTEM or coding["code"].text not in VISIT_CLASSES:
        told = f"A home visit has class {' or '.join(sorted(VISIT_CLASSES))} of {ACT_CODE_SYSTEM}."
        findings.add("business-rule", coding.path, told)


def _organisation_among(actors: list[Element]) -> tuple[str | None, str | None]:
    for actor in actors:
        is_organisation = actor["type"].text in ("Organization", "HealthcareService")
        if is_organisation or actor["identifier"]["system"].text == ORGANISATION_SYSTEM:
            return read_organisation(actor)
    return None, None


def _check_not_to_come(
    status: VisitStatus | None,
    starts_at: datetime | None,
    element: Element,
    allowed: Mapping[VisitStatus, timedelta],
    findings: Findings,
) -> None:
    ahead = allowed.get(status) if status else None
    if ahead is not None and starts_at and starts_at > clock.now() + ahead:
        findings.add("business-rule", element.path, "What has begun cannot begin in the future.")


def _appointment_of(resource: Element, appointments: AppointmentsInBundle, findings: Findings) -> Identifier | None:
    """The plan that the event belongs to: referred to by identifier, by condition, or as an entry of the bundle."""
    references = resource.each("appointment")
    if not references:
        return None
    if len(references) > 1:
        findings.add("not-supported", references[1].path, "A visit belongs to one Appointment.")
        return None
    reference = references[0]
    address = reference["reference"].text
    found = (
        identifier_of(reference["identifier"])
        or appointments.get(address)
        or identifier_in_search(address, "Appointment")
    )
    if found is None:
        told = "Refer to it by identifier, by Appointment?identifier=system|value, or by the fullUrl of an entry here."
        findings.add("not-found", reference.path, told)
    else:
        check_names_no_person(found, reference.path, findings)
    return found
