"""HL7's own examples of R4, read where they lie: each is taken in or refused for a stated reason."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from citizen_portal.visits.fhir.issues import Refused
from citizen_portal.visits.fhir.transaction import read_transaction
from citizen_portal.visits.reports import VisitStatus
from tests.visits.record import SYSTEM, Json, bundle, patient

FOLDER = Path(__file__).parents[3] / "shared" / "fhir-r4-examples"
EXAMPLES = sorted(FOLDER.glob("*.json"))
BORGHILD = "21879498012"

REASONS = {
    "Appointment-example.json": {("required", "identifier")},
    "Appointment-examplereq.json": {
        ("required", "start"),
        ("required", "end"),
        ("required", "participant[0].actor.identifier"),
    },
    "Encounter-example.json": {("required", "identifier")},
    "Encounter-f001.json": {("required", "period.start"), ("required", "subject.identifier")},
    "Encounter-home.json": {("required", "identifier")},
}
"""Why each is refused as it stands: what has no identifier cannot be put again, and the patient is nobody to us."""


@pytest.fixture(scope="module", autouse=True)
def _examples_are_there() -> None:
    if not EXAMPLES:
        if os.environ.get("PORTAL_REQUIRE_SCHEMAS") == "1":
            pytest.fail(f"no examples in {FOLDER}")
        pytest.skip("HL7's examples are not on this machine")


def _example(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def _pushed(resource: Json) -> Json:
    identifier = resource.get("identifier") or [{"system": SYSTEM, "value": "1"}]
    pushed = bundle(resource | {"identifier": identifier})
    pushed["entry"][0]["resource"] = resource
    return pushed


def _faults(pushed: Json) -> set[tuple[str, str | None]]:
    try:
        read_transaction(json.dumps(pushed).encode())
    except Refused as refused:
        prefix = "Bundle.entry[0].resource."
        return {(issue.code, (issue.expression or "").removeprefix(prefix)) for issue in refused.issues}
    return set()


@pytest.mark.parametrize("name", sorted(REASONS))
def test_an_example_is_refused_for_what_it_lacks(name: str) -> None:
    assert _faults(_pushed(_example(name))) == REASONS[name]


def test_every_example_of_ours_is_tried() -> None:
    tried = {path.name for path in EXAMPLES if path.name.startswith(("Appointment", "Encounter"))}
    assert tried == set(REASONS)


def _completed(resource: Json) -> Json:
    """The example with what we ask for: an identifier, a patient of ours, a time, and a visit at home."""
    completed = resource | {"identifier": [{"system": SYSTEM, "value": "1"}]}
    if resource["resourceType"] == "Encounter":
        completed |= {"subject": patient(BORGHILD)}
        completed.setdefault("period", {"start": "2015-01-17T16:00:00+10:00"})
        completed["class"] = resource["class"] | {"code": "HH"}
        return completed
    completed["participant"] = [
        participant | {"actor": patient(BORGHILD)} if "Patient" in str(participant.get("actor")) else participant
        for participant in resource["participant"]
    ]
    return {"start": "2016-06-02T08:00:00Z", "end": "2016-06-02T09:00:00Z"} | completed


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Appointment-example.json", VisitStatus.PLANNED),
        ("Appointment-examplereq.json", VisitStatus.PLANNED),
        ("Encounter-example.json", VisitStatus.ARRIVED),
        ("Encounter-f001.json", VisitStatus.DONE),
        ("Encounter-home.json", VisitStatus.DONE),
    ],
)
def test_an_example_is_taken_in_when_it_has_what_we_ask_for(name: str, status: VisitStatus) -> None:
    pushed = _pushed(_completed(_example(name)))
    (report,) = read_transaction(json.dumps(pushed).encode()).reports
    assert (report.status, report.patient) == (status, BORGHILD)
    kept = repr(report)
    for clinical in ("MRI", "burn", "Careful", "Heupel", "Chalmers", "heart valve"):
        assert clinical not in kept


def test_the_example_of_a_transaction_is_refused_entry_by_entry() -> None:
    example = _example("Bundle-bundle-transaction.json")
    with pytest.raises(Refused) as refused:
        read_transaction(json.dumps(example).encode())
    places = {issue.expression for issue in refused.value.issues if issue.code == "not-supported"}
    for number in range(len(example["entry"])):
        assert f"Bundle.entry[{number}].resource.resourceType" in places
