"""What is wrong with a push, told as FHIR's OperationOutcome.

Never with a value from the push, which may be a national id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from citizen_portal.visits.fhir.profile import LIMITS

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding. `code` is from FHIR's issue-type value set, `expression` a FHIRPath to the element."""

    code: str
    expression: str | None
    diagnostics: str
    severity: Severity = "error"


NO_TIME: Final = "The time needs date, hour, minute, second (00 to 59, at most 9 decimals) and zone."

_TOLD: Final = frozenset(
    (
        *("Appointment", "Bundle", "Encounter", "entry", "fullUrl", "resource", "resourceType", "request", "method"),
        *("url", "ifMatch", "ifNoneMatch", "ifModifiedSince", "ifNoneExist", "meta", "lastUpdated", "versionId"),
        *("identifier", "system", "value", "status", "class", "code", "coding", "display", "text", "type", "start"),
        *("end", "period", "participant", "actor", "individual", "subject", "reference", "appointment", "contained"),
        *("serviceType", "serviceProvider", "patientInstruction", "modifierExtension", "implicitRules"),
    )
)
"""Names of elements that we speak of ourselves. Any other name in a push is the sender's own text."""


def told_of(issue: Issue) -> tuple[str, str, str]:
    """Code, element and diagnostics as they may be kept: the path ends before a name that is none of ours."""
    steps = []
    for step in (issue.expression or "").split("."):
        if step.partition("[")[0] not in _TOLD:
            break
        steps.append(step)
    return issue.code, ".".join(steps), issue.diagnostics


class Refused(Exception):
    """The push is not taken in, for all these reasons. `status` is the HTTP status of the answer."""

    def __init__(self, issues: Iterable[Issue], status: int = 400) -> None:
        self.issues = tuple(issues)
        self.status = status
        super().__init__(f"{len(self.issues)} issues")


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The OperationOutcome resource that lists the issues, up to the limit."""
    issues = list(issues)
    shown = issues[: LIMITS.issues]
    if len(issues) > len(shown):
        rest = f"{len(issues) - len(shown)} more issues are not listed."
        shown.append(Issue("too-costly", None, rest, "information"))
    return {"resourceType": "OperationOutcome", "issue": [_as_json(issue) for issue in shown]}


def _as_json(issue: Issue) -> dict[str, Any]:
    told: dict[str, Any] = {"severity": issue.severity, "code": issue.code, "diagnostics": issue.diagnostics}
    if issue.expression:
        told["expression"] = [issue.expression]
    return told
