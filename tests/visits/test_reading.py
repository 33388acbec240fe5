"""A push is read strictly: what is wrong is named by its place, never by its value."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from citizen_portal import clock
from citizen_portal.visits.fhir.issues import Issue, Refused, operation_outcome
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.fhir.transaction import read_transaction
from tests.visits.record import NATIONAL_ID, SYSTEM, Json, appointment, at, bundle, encounter, meta, put

BORGHILD = "21879498012"
ENTRY = "Bundle.entry[0]"


def plan(**changes: Any) -> Json:
    return appointment("1", BORGHILD, at("08:00"), at("09:00"), **changes)


def event(**changes: Any) -> Json:
    return encounter("1", BORGHILD, at("08:12"), at("08:31"), **changes)


def found(body: bytes | Json) -> list[tuple[str, str | None]]:
    """Code and place of each issue; an empty list when the push is read."""
    try:
        read_transaction(body if isinstance(body, bytes) else json.dumps(body).encode())
    except Refused as refused:
        told = json.dumps(operation_outcome(refused.issues))
        assert BORGHILD not in told
        return [(issue.code, issue.expression) for issue in refused.issues]
    return []


def test_a_good_push_is_read() -> None:
    assert found(bundle(plan(), event())) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": "\\ud800"}', "character"),
        (b'{"a": "x\\u0000y"}', "character"),
        (b'{"\\u0000": 1}', "character"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too large"),
        (b"[" * 100_000, "too deep"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "too deep"),
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_transaction(body)
    (issue,) = refused.value.issues
    assert said in issue.diagnostics
    assert issue.severity == "fatal"


def test_huge_numbers_that_are_not_kept_do_no_harm() -> None:
    assert found(bundle(event(length={"value": 10**400}))) == []
    assert found(b'{"resourceType": "Bundle", "type": "transaction", "total": 1e999}') == [("value", "Bundle.total")]


Change = Callable[[Json], Any]


def _request(**changes: Any) -> Change:
    return lambda pushed: pushed["entry"][0]["request"].update(changes)


def _resource(**changes: Any) -> Change:
    return lambda pushed: pushed["entry"][0]["resource"].update(changes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda b: b.update(type="batch"), [("not-supported", "Bundle.type")]),
        (lambda b: b.update(resourceType="Parameters"), [("structure", "resourceType")]),
        (lambda b: b.update(entry=5), [("structure", "Bundle.entry")]),
        (_request(method="POST"), [("not-supported", f"{ENTRY}.request.method")]),
        (_request(method="DELETE"), [("not-supported", f"{ENTRY}.request.method")]),
        (_request(ifMatch='W/"1"'), [("not-supported", f"{ENTRY}.request.ifMatch")]),
        (_request(url="Appointment/1"), [("value", f"{ENTRY}.request.url")]),
        (_request(url=f"Encounter?identifier={SYSTEM}|1"), [("value", f"{ENTRY}.request.url")]),
        (_request(url="Appointment?identifier=1"), [("value", f"{ENTRY}.request.url")]),
        (_request(url=f"https://other.example/Appointment?identifier={SYSTEM}|1"), [("value", f"{ENTRY}.request.url")]),
        (_request(url=f"Appointment?identifier={SYSTEM}|1&status=booked"), [("value", f"{ENTRY}.request.url")]),
        (_request(url=f"Appointment?identifier={SYSTEM}|2"), [("required", f"{ENTRY}.resource.identifier")]),
        (_resource(resourceType="Patient"), [("not-supported", f"{ENTRY}.resource.resourceType")]),
        (lambda b: b["entry"][0].pop("resource"), [("not-supported", f"{ENTRY}.resource.resourceType")]),
        (_resource(status="nonsense"), [("code-invalid", f"{ENTRY}.resource.status")]),
        (_resource(status=None), [("required", f"{ENTRY}.resource.status")]),
        (_resource(status=7), [("structure", f"{ENTRY}.resource.status")]),
        (_resource(nonsense="x"), [("structure", f"{ENTRY}.resource.nonsense")]),
        (_resource(**{BORGHILD: "x"}), [("structure", f"{ENTRY}.resource")]),
        (_resource(start=None), [("required", f"{ENTRY}.resource.start")]),
        (_resource(end=None), [("required", f"{ENTRY}.resource.end")]),
        (_resource(start="2026-11-24"), [("value", f"{ENTRY}.resource.start")]),
        (_resource(start="2026-11-24T08:00:00"), [("value", f"{ENTRY}.resource.start")]),
        (_resource(start="1999-12-31T08:00:00Z"), [("value", f"{ENTRY}.resource.start")]),
        (_resource(start=1787212800), [("value", f"{ENTRY}.resource.start")]),
        (_resource(end="2026-11-24T00:00:00+01:00"), [("invariant", f"{ENTRY}.resource.end")]),
        (_resource(status="entered-in-error", start=None), [("required", f"{ENTRY}.resource.start")]),
        (_request(url="//[Appointment?identifier=s|1"), [("value", f"{ENTRY}.request.url")]),
        (_resource(meta={"lastUpdated": "yesterday"}), [("value", f"{ENTRY}.resource.meta.lastUpdated")]),
        (_resource(serviceType=[{"text": "x" * 81}]), [("too-long", f"{ENTRY}.resource.serviceType[0].text")]),
        (_resource(serviceType=[{"text": f"for {BORGHILD}"}]), [("security", f"{ENTRY}.resource.serviceType[0].text")]),
        (_resource(serviceType=[{"text": "snu\u202emeg"}]), [("too-long", f"{ENTRY}.resource.serviceType[0].text")]),
        (_resource(contained=[{"resourceType": "Nonsense"}]), [("structure", f"{ENTRY}.resource")]),
    ],
)
def test_each_fault_of_a_plan_is_named_by_its_place(change: Change, expected: list[tuple[str, str]]) -> None:
    pushed = bundle(plan())
    change(pushed)
    assert found(pushed) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"class": {"code": "HH"}}, ("business-rule", "class")),
        ({"class": ...}, ("required", "class")),
        ({"status": "unknown"}, ("code-invalid", "status")),
        ({"subject": ...}, ("required", "subject.identifier")),
        ({"subject": {"reference": "Patient/1"}}, ("required", "subject.identifier")),
        (
            {"subject": {"identifier": {"system": "urn:oid:1.2.3", "value": "1"}}},
            ("not-supported", "subject.identifier.system"),
        ),
        (
            {"subject": {"identifier": {"system": NATIONAL_ID, "value": "30108299938"}}},
            ("value", "subject.identifier.value"),
        ),
        ({"period": ...}, ("required", "period.start")),
        ({"status": "planned", "period": {"start": "2026-11-24T08:00:00Z"}}, ("required", "period.end")),
        ({"appointment": [{"reference": "urn:uuid:unknown"}]}, ("not-found", "appointment[0]")),
        ({"appointment": [{"reference": "Appointment/1"}]}, ("not-found", "appointment[0]")),
        (
            {"appointment": [{"identifier": {"system": SYSTEM, "value": str(n)}} for n in range(2)]},
            ("not-supported", "appointment[1]"),
        ),
    ],
)
def test_each_fault_of_an_event_is_named_by_its_place(changes: Json, expected: tuple[str, str]) -> None:
    code, place = expected
    assert found(bundle(event(**changes))) == [(code, f"{ENTRY}.resource.{place}")]


def test_a_plan_is_about_exactly_one_patient() -> None:
    for participants in ([], plan()["participant"] * 2):
        participants = participants or [{"actor": {"display": "nobody"}, "status": "accepted"}]
        assert found(bundle(plan(participant=participants))) == [("required", f"{ENTRY}.resource.participant")]


def test_a_practitioner_with_a_national_id_is_not_taken_for_the_patient() -> None:
    nurse = {"actor": {"type": "Practitioner", "identifier": {"system": NATIONAL_ID, "value": "10850199405"}}}
    pushed = plan()
    pushed["participant"].append(nurse | {"status": "accepted"})
    (report,) = read_transaction(json.dumps(bundle(pushed)).encode()).reports
    assert report.patient == BORGHILD
    assert BORGHILD not in repr(report)


def test_a_patient_may_be_referred_to_by_condition() -> None:
    pushed = event(subject={"reference": f"Patient?identifier={NATIONAL_ID}|{BORGHILD}"})
    (report,) = read_transaction(json.dumps(bundle(pushed)).encode()).reports
    assert report.patient == BORGHILD


def test_nobody_has_been_there_in_the_future() -> None:
    soon = clock.now() + timedelta(minutes=LIMITS.clock_skew_minutes + 1)
    assert found(bundle(encounter("1", BORGHILD, soon))) == [("business-rule", f"{ENTRY}.resource.period.start")]
    assert found(bundle(encounter("1", BORGHILD, clock.now() + timedelta(minutes=2)))) == []


def test_one_transaction_names_a_resource_once() -> None:
    assert found(bundle(plan(), event(), plan())) == [("duplicate", "Bundle.entry[2].resource.identifier")]


def test_all_faults_are_told_at_once_up_to_the_limit() -> None:
    pushed = bundle(*[plan(status="nonsense") for _ in range(LIMITS.issues + 20)])
    for number, entry in enumerate(pushed["entry"]):
        entry.update(put(entry["resource"] | {"identifier": [{"system": SYSTEM, "value": str(number)}]}))
    assert len(found(pushed)) == LIMITS.issues + 20
    outcome = operation_outcome([Issue("value", None, "x")] * (LIMITS.issues + 20))
    assert len(outcome["issue"]) == LIMITS.issues + 1
    assert outcome["issue"][-1]["diagnostics"].startswith("20 more")


def test_too_many_entries_are_too_large() -> None:
    with pytest.raises(Refused) as refused:
        read_transaction(
            json.dumps(bundle(*[{"resourceType": "X", "identifier": [{"system": "s", "value": "v"}]}] * 1001)).encode()
        )
    assert refused.value.status == 413


def test_an_address_may_be_written_with_escapes() -> None:
    pushed = bundle(plan())
    pushed["entry"][0]["request"]["url"] = "Appointment?identifier=https%3A%2F%2Fepj.example%2Fbesok%7C1"
    assert found(pushed) == []


def test_a_version_that_is_no_number_is_read_past() -> None:
    (report,) = read_transaction(json.dumps(bundle(plan(meta={"versionId": "abc-1"}))).encode()).reports
    assert report.version.number is None
    (report,) = read_transaction(json.dumps(bundle(plan(meta=meta(at("07:00"), 3)))).encode()).reports
    assert (report.version.updated_at, report.version.number) == (at("07:00"), 3)
