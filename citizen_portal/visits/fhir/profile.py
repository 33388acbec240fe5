"""What we ask of Appointment and Encounter beyond FHIR R4, as data.

Sources: HL7 FHIR R4 (4.0.1), value sets appointmentstatus and encounter-status; HL7 Norway, no-basis naming systems and
its draft guide for municipal health services, which gives home visits class AMB where HL7's own example has HH.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from citizen_portal.visits.reports import CancelledBy, VisitorRole, VisitStatus

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

CANCELLATION_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
CANCELLATION_CODES: Final[Mapping[str, CancelledBy]] = {"pat": CancelledBy.PATIENT, "prov": CancelledBy.PROVIDER}
"""By what stands before the first hyphen: all of «pat-…» is the patient's side. What follows it is a reason, such as
«pat-dec» for deceased, and is not kept."""

HEALTH_PERSONNEL_SYSTEM: Final = "urn:oid:2.16.578.1.12.4.1.1.9060"
"""Kategori helsepersonell (Volven 9060)."""
ROLE_CODES: Final[Mapping[str, VisitorRole]] = {
    "SP": VisitorRole.NURSE,
    "HF": VisitorRole.HEALTH_CARE_WORKER,
    "HP": VisitorRole.HEALTH_CARE_WORKER,
    "OA": VisitorRole.HEALTH_CARE_WORKER,
    "VP": VisitorRole.SOCIAL_EDUCATOR,
    "LE": VisitorRole.DOCTOR,
    "FT": VisitorRole.PHYSIOTHERAPIST,
    "ET": VisitorRole.OCCUPATIONAL_THERAPIST,
}
ROLE_WORDS: Final[Mapping[str, VisitorRole]] = {
    "sykepleier": VisitorRole.NURSE,
    "sjukepleiar": VisitorRole.NURSE,
    "helsefagarbeider": VisitorRole.HEALTH_CARE_WORKER,
    "helsefagarbeidar": VisitorRole.HEALTH_CARE_WORKER,
    "hjelpepleier": VisitorRole.HEALTH_CARE_WORKER,
    "hjelpepleiar": VisitorRole.HEALTH_CARE_WORKER,
    "omsorgsarbeider": VisitorRole.HEALTH_CARE_WORKER,
    "omsorgsarbeidar": VisitorRole.HEALTH_CARE_WORKER,
    "vernepleier": VisitorRole.SOCIAL_EDUCATOR,
    "vernepleiar": VisitorRole.SOCIAL_EDUCATOR,
    "hjemmehjelp": VisitorRole.HOME_HELP,
    "hjemmehjelper": VisitorRole.HOME_HELP,
    "heimehjelp": VisitorRole.HOME_HELP,
    "heimehjelpar": VisitorRole.HOME_HELP,
    "lege": VisitorRole.DOCTOR,
    "fysioterapeut": VisitorRole.PHYSIOTHERAPIST,
    "ergoterapeut": VisitorRole.OCCUPATIONAL_THERAPIST,
    "assistent": VisitorRole.ASSISTANT,
    "pleieassistent": VisitorRole.ASSISTANT,
    "lærling": VisitorRole.APPRENTICE,
}
"""In small letters. Other words are read past: they may be somebody's name."""

_VISITOR: Final = (
    "{} of an employee, or code of a contained PractitionerRole (Volven 9060, or the plain word for the profession); "
    "{}.display of an employee only where the municipality and the patient both allow names"
)
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
        _VISITOR.format("participant.type", "participant.actor"),
        f"cancelationReason (who cancelled: pat or prov of {CANCELLATION_SYSTEM}, never why)",
        "patientInstruction (shown to the patient and those who follow her)",
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
        _VISITOR.format("participant.type", "participant.individual"),
    ),
}
"""The allow-list. Everything else is read past: notes, reasons, diagnoses and locations. R4 has nothing to keep of a
series: each visit of a recurring plan is an Appointment of its own, and a change of the series a change of each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one push may hold."""

    body_bytes: int = 5 * 1024 * 1024
    entries: int = 1000
    depth: int = 40
    values: int = 5000
    """In one resource, all its elements counted; a visit has some sixty. Each wrong one is an issue to tell."""
    issues: int = 100
    identifier_length: int = 200
    service_length: int = 80
    name_length: int = 80
    note_length: int = 300
    page: int = 100
    """Matches on one page of a search that does not say how many it wants."""
    longest_page: int = 500
    first_year: int = 2000
    last_year: int = 2100
    clock_skew_minutes: int = 5
    version_ahead_hours: int = 24
    """A source's clock may be wrong by its time zone; what it says of its own order still holds."""
    longest_plan_hours: int = 24
    early_hours: int = 12
    """How long before its planned start a visit can be over."""
    pushes: str = "240 per minute"
    """Per consumer and web process; single PUTs and searches count too."""


LIMITS: Final = Limits()
