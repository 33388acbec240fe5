"""What is wrong with a push, told as FHIR's OperationOutcome.

Never with a value from the push, which may be a national id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from citizen_portal.visits.fhir.profile import LIMITS

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding. `code` is from FHIR's issue-type value set, `expression` a FHIRPath to the element."""

    code: str
    expression: str | None
    diagnostics: str
    severity: Severity = "error"


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
