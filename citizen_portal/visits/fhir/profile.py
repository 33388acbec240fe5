"""What we ask of Appointment and Encounter beyond FHIR R4, as data.

Sources: HL7 FHIR R4 (4.0.1), value sets appointmentstatus and encounter-status; HL7 Norway, no-basis naming systems and
its draft guide for municipal health services, which gives home visits class AMB where HL7's own example has HH.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from citizen_portal.visits.reports import VisitStatus

NATIONAL_ID_SYSTEMS: Final = frozenset({"urn:oid:2.16.578.1.12.4.1.4.1", "urn:oid:2.16.578.1.12.4.1.4.2"})
"""Fødselsnummer and D-number: what people log in with."""
OTHER_PATIENT_SYSTEMS: Final = frozenset({"urn:oid:2.16.578.1.12.4.1.4.3", "urn:oid:2.16.578.1.12.4.1.4.5"})
"""Help number (felles hjelpenummer) and DUF number: taken in and held, since nobody logs in with them."""
ORGANISATION_SYSTEM: Final = "urn:oid:2.16.578.1.12.4.1.4.101"
ACT_CODE_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
VISIT_CLASSES: Final = frozenset({"HH", "AMB"})

APPOINTMENT_STATUSES: Final[Mapping[str, VisitStatus]] = {
    "proposed": VisitStatus.PLANNED,
    "pending": VisitStatus.PLANNED,
    "booked": VisitStatus.PLANNED,
    "waitlist": VisitStatus.PLANNED,
    "arrived": VisitStatus.ON_THE_WAY,
    "checked-in": VisitStatus.ON_THE_WAY,
    "fulfilled": VisitStatus.DONE,
    "cancelled": VisitStatus.CANCELLED,
    "noshow": VisitStatus.NOT_HOME,
    "entered-in-error": VisitStatus.ENTERED_IN_ERROR,
}
"""“arrived” is sent both for on the way and for at the door, so the weaker word is believed."""

ENCOUNTER_STATUSES: Final[Mapping[str, VisitStatus]] = {
    "planned": VisitStatus.PLANNED,
    "arrived": VisitStatus.ON_THE_WAY,
    "triaged": VisitStatus.ARRIVED,
    "in-progress": VisitStatus.ARRIVED,
    "onleave": VisitStatus.ARRIVED,
    "finished": VisitStatus.DONE,
    "cancelled": VisitStatus.CANCELLED,
    "entered-in-error": VisitStatus.ENTERED_IN_ERROR,
}
"""R4's “unknown” says nothing about a visit and is refused."""

KEPT_ELEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Appointment": (
        "identifier",
        "meta.lastUpdated",
        "meta.versionId",
        "status",
        "start",
        "end",
        "serviceType.text or coding.display",
        "participant.actor (the patient's identifier; organisation number; name of a unit of the municipality)",
    ),
    "Encounter": (
        "identifier",
        "meta.lastUpdated",
        "meta.versionId",
        "status",
        "class",
        "appointment",
        "period",
        "serviceType.text or coding.display",
        "subject.identifier",
        "serviceProvider (organisation number; name of a unit of the municipality)",
    ),
}
"""The allow-list. Everything else is read past: notes, reasons, diagnoses, locations and who the employee was."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one push may hold."""

    body_bytes: int = 5 * 1024 * 1024
    entries: int = 1000
    depth: int = 40
    issues: int = 100
    identifier_length: int = 200
    service_length: int = 80
    first_year: int = 2000
    last_year: int = 2100
    clock_skew_minutes: int = 5
    pushes: str = "240 per minute"
    """Per consumer and web process."""


LIMITS: Final = Limits()
