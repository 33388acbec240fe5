"""What source systems and nurses tell us about visits, and how many reports become one visit.

A care record system speaks of a visit in two kinds of report: the plan (FHIR Appointment) and the event (FHIR
Encounter). A nurse may tell how it went in the portal itself (`visits.rounds`). All of them may repeat themselves,
correct themselves and deliver in any order. So a visit is never changed step by step: it is settled anew from the
newest report of each resource, and the same reports in any order settle in the same visit.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar


class VisitStatus(StrEnum):
    """How far a visit has come. Values are stored: never rename one."""

    PLANNED = "planned"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    DONE = "done"
    NOT_HOME = "not_home"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


class ReportKind(StrEnum):
    """Plan or event of a source system, or what nurses signed off here. Values are stored: never rename one."""

    PLAN = "plan"
    EVENT = "event"
    SIGN_OFF = "sign_off"


class CancelledBy(StrEnum):
    """Who called a visit off, where the source says so. Why is not kept. Values are stored: never rename one."""

    PATIENT = "patient"
    PROVIDER = "provider"


class Disposition(StrEnum):
    """What became of a report that was received."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"


class VisitorRole(StrEnum):
    """What somebody who visits works as. Values are stored: never rename one.

    A closed list, so that no text of the sender's, which may be an employee's name, is taken for a role.
    """

    NURSE = "nurse"
    HEALTH_CARE_WORKER = "health_care_worker"
    SOCIAL_EDUCATOR = "social_educator"
    HOME_HELP = "home_help"
    DOCTOR = "doctor"
    PHYSIOTHERAPIST = "physiotherapist"
    OCCUPATIONAL_THERAPIST = "occupational_therapist"
    ASSISTANT = "assistant"
    APPRENTICE = "apprentice"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name that a source system gives: the system's URI and a value within it."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Version:
    """Which of a report's versions it is, as far as the source says."""

    updated_at: datetime | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report as received: only what a relative may see, and what it takes to file it."""

    kind: ReportKind
    identifier: Identifier
    visit: Identifier
    """Which visit it belongs to: a plan names it, and an event refers to its plan or stands alone."""
    status: VisitStatus
    patient: str | None = field(repr=False)
    """National id, or another identifier by which nobody logs in; None in what was entered in error."""
    starts_at: datetime | None
    ends_at: datetime | None
    service: str | None
    provider: str | None
    """Organisation number of who carries out the visit."""
    unit_name: str | None
    version: Version
    cancelled_by: CancelledBy | None = None
    visitor_role: VisitorRole | None = None
    visitor_name: str | None = field(default=None, repr=False)
    """As the source says it; whether it is kept is for the municipality and the care recipient to say."""
    patient_note: str | None = None
    """What the sender has marked as words to the patient."""

    def digest(self, patient_hash: bytes | None) -> bytes:
        """SHA-256 of the contents, with the patient by keyed hash: tells a repetition from a change.

        What was added to the contents later stands last, and only where there is any, so that older digests hold. The
        visitor's name is left out: the digest of a name that is not kept would be a trace of it.
        """
        times = [instant and instant.timestamp() for instant in (self.starts_at, self.ends_at)]
        words = [self.visit.system, self.visit.value, self.status.value, self.service, self.provider, self.unit_name]
        content = [*words, *times, patient_hash and patient_hash.hex()]
        later = [self.cancelled_by, self.visitor_role, self.patient_note]
        content += later if any(later) else []
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).digest()


class Filed(Protocol):
    """A report as it is kept."""

    kind: ReportKind
    status: VisitStatus
    starts_at: datetime | None
    identifier_value: str


FiledReport = TypeVar("FiledReport", bound=Filed)


def supersedes(new: tuple[Version, VisitStatus, bytes], old: tuple[Version, VisitStatus, bytes]) -> bool:
    """Whether a report takes the place of another of the same resource, each given by version, status and digest.

    The source's own time decides, then its version number. Two reports of the same version that differ (two changes
    within a second) are put in order by how far the visit had come, so that arrival decides only where the source gives
    neither time nor number.
    """
    new_version, old_version = new[0], old[0]
    is_told = False
    if new_version.updated_at is not None and old_version.updated_at is not None:
        is_told = True
        if new_version.updated_at != old_version.updated_at:
            return new_version.updated_at > old_version.updated_at
    if new_version.number is not None and old_version.number is not None:
        is_told = True
        if new_version.number != old_version.number:
            return new_version.number > old_version.number
    return not is_told or _progress(*new[1:]) > _progress(*old[1:])


def plan_and_event(reports: Iterable[FiledReport]) -> tuple[FiledReport | None, FiledReport | None]:
    """The plan that a source tells of, and of its events the one that tells most: two nurses may each report one."""
    plan, event = None, None
    for report in sorted(reports, key=lambda r: (_TELLING.index(r.status), r.identifier_value)):
        if report.kind is ReportKind.PLAN:
            plan = report
        elif report.kind is ReportKind.EVENT and event is None:
            event = report
    return plan, event


def outcome_of(reports: Sequence[FiledReport]) -> FiledReport | None:
    """The report that tells how the visit went: the source's event, unless what was signed off here tells more.

    Where both tell the same the source's counts, because it has the times that the record has.
    """
    plan, event = plan_and_event(reports)
    told = [event] if event else []
    told += [r for r in reports if r.kind is ReportKind.SIGN_OFF and _counts(r.status, plan or event, plan)]
    return min(told, key=lambda report: _OUTCOMES.index(report.status), default=None)


def _counts(signed_off: VisitStatus, source: Filed | None, plan: Filed | None) -> bool:
    """Whether a sign-off says anything: not of what the source has taken back, nor that she sets out who has come."""
    if source is None or source.status is VisitStatus.ENTERED_IN_ERROR:
        return False
    has_come = plan is not None and plan.status is VisitStatus.DONE
    return signed_off is not VisitStatus.ON_THE_WAY or not has_come


def settled_status(plan: VisitStatus | None, event: VisitStatus | None) -> VisitStatus:
    """The visit's status by the status of its plan and of its event. In doubt the weaker claim is made."""
    match plan, event:
        case _, VisitStatus.DONE:
            return VisitStatus.DONE
        case (VisitStatus.CANCELLED | VisitStatus.NOT_HOME | VisitStatus.ENTERED_IN_ERROR) as called_off, _:
            return called_off
        case _, None:
            return plan or VisitStatus.ENTERED_IN_ERROR
        case None, VisitStatus.ENTERED_IN_ERROR:
            return VisitStatus.ENTERED_IN_ERROR
        case VisitStatus.ON_THE_WAY, VisitStatus.PLANNED | VisitStatus.ENTERED_IN_ERROR:
            return VisitStatus.ON_THE_WAY
        case _, VisitStatus.ENTERED_IN_ERROR:  # a plan that says "fulfilled" by an event that did not happen
            return VisitStatus.PLANNED
    return event or VisitStatus.PLANNED


_TELLING: Sequence[VisitStatus] = (
    VisitStatus.DONE,
    VisitStatus.ARRIVED,
    VisitStatus.ON_THE_WAY,
    VisitStatus.PLANNED,
    VisitStatus.NOT_HOME,
    VisitStatus.CANCELLED,
    VisitStatus.ENTERED_IN_ERROR,
)

_OUTCOMES: Sequence[VisitStatus] = (
    VisitStatus.DONE,
    VisitStatus.NOT_HOME,
    *(status for status in _TELLING if status not in (VisitStatus.DONE, VisitStatus.NOT_HOME)),
)
"""That nobody was home is told at the door only: it says more than that somebody was on the way there."""


def _progress(status: VisitStatus, digest: bytes) -> tuple[int, bytes]:
    return list(VisitStatus).index(status), digest
