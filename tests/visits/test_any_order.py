"""However a visit's history arrives, mixed and repeated, the visit ends as if it had arrived in order."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, exists, select

from citizen_portal import db
from citizen_portal.identity.models import Person
from citizen_portal.visits.fhir.profile import CANCELLATION_SYSTEM
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.reports import Version, VisitStatus, supersedes
from tests.visits.record import SYSTEM, CareRecord, Json, appointment, at, encounter, meta

APPOINTMENTS = ("proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error")
ENCOUNTERS = ("planned", "arrived", "in-progress", "finished", "cancelled", "entered-in-error")
FORMS = ("time", "number", "both")


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[str, int, str, int]], list[int], str]:
    """The versions of two resources, an order of arrival with repetitions, and how the source counts versions."""
    kinds = draw(st.lists(st.sampled_from(["Appointment", "Encounter"]), min_size=1, max_size=7))
    versions = [
        (
            kind,
            number,
            draw(st.sampled_from(APPOINTMENTS if kind == "Appointment" else ENCOUNTERS)),
            draw(st.integers(0, 3)),
        )
        for number, kind in enumerate(kinds)
    ]
    order = draw(st.permutations(range(len(versions))))
    repeated = draw(st.lists(st.integers(0, len(versions) - 1), max_size=4))
    return versions, [*order, *repeated], draw(st.sampled_from(FORMS))


def _resource(version: tuple[str, int, str, int], form: str, national_id: str) -> Json:
    kind, number, status, shift = version
    extra: Json = {}
    if shift % 2:
        code = "pat" if number % 2 else "prov-pers"
        extra = {"cancelationReason": {"coding": [{"system": CANCELLATION_SYSTEM, "code": code}]}}
        extra["patientInstruction"] = f"Beskjed {number}"
    told = meta(
        at(f"05:{number:02}") if form in ("time", "both") else None, number if form in ("number", "both") else None
    )
    start, end = at(f"0{6 + shift}:00"), at(f"0{6 + shift}:45")
    if kind == "Appointment":
        return appointment("plan", national_id, start, end, status, meta=told, **extra)
    nurse = [{"type": [{"text": "Sykepleier" if number % 2 else "Assistent"}], "individual": {"type": "Practitioner"}}]
    refers = {} if shift == 3 else {"appointment": [{"identifier": {"system": SYSTEM, "value": "plan"}}]}
    return encounter("event", national_id, start, end, status, meta=told, participant=nurse, **refers)


def _state() -> list[tuple[Any, ...]]:
    with db.read_only() as session:
        return [
            (
                visit.identifier_value,
                visit.status,
                visit.planned_start_at,
                visit.planned_end_at,
                visit.occurs_at,
                visit.care_recipient_id,
                visit.cancelled_by,
                visit.visitor_role,
                visit.patient_note,
                receipt and (receipt.performed_at, receipt.ended_at),
            )
            for visit, receipt in session.execute(
                select(Visit, VisitReceipt)
                .outerjoin(VisitReceipt, VisitReceipt.visit_id == Visit.id)
                .where(exists().where(VisitReport.visit_id == Visit.id))  # the others are shown to nobody
                .order_by(Visit.identifier_value)
            )
        ]


def _forget_all() -> None:
    with db.transaction() as session:
        for table in (VisitReceipt, VisitReport, Visit):
            session.execute(delete(table))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_any_order_of_arrival_ends_in_the_same_visit(
    care_record: CareRecord, borghild: Person, history: tuple[list[tuple[str, int, str, int]], list[int], str]
) -> None:
    versions, arrival, form = history
    resources = [_resource(version, form, borghild.national_id) for version in versions]
    _forget_all()
    for resource in resources:
        care_record.must_push(resource)
    in_order = _state()
    _forget_all()
    for number in arrival:
        care_record.must_push(resources[number])
    assert _state() == in_order
    _forget_all()
    for together in _bundles(versions, arrival):
        care_record.must_push(*(resources[number] for number in together))
    assert _state() == in_order


def _bundles(versions: list[tuple[str, int, str, int]], arrival: list[int]) -> list[list[int]]:
    """The same arrival, with as much in each push as a transaction may hold: each resource once."""
    bundles: list[list[int]] = []
    for number in arrival:
        if not bundles or versions[number][0] in {versions[other][0] for other in bundles[-1]}:
            bundles.append([])
        bundles[-1].append(number)
    return bundles


@given(
    reports=st.lists(
        st.tuples(st.just(at("05:00")), st.integers(0, 2), st.sampled_from(VisitStatus), st.binary(max_size=1)),
        min_size=3,
        max_size=3,
    )
)
def test_versions_are_in_one_order(reports: list[tuple[Any, int, VisitStatus, bytes]]) -> None:
    filed = [(Version(time, number), status, digest) for time, number, status, digest in reports]
    ordered: list[tuple[Version, VisitStatus, bytes]] = []
    for report in filed:  # insertion by `supersedes` alone
        place = sum(supersedes(report, other) for other in ordered)
        ordered.insert(place, report)
    for older, newer in pairwise(ordered):
        assert not supersedes(older, newer)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (Version(at("06:00"), 1), Version(at("05:00"), 9), True),
        (Version(at("05:00"), 2), Version(at("05:00"), 1), True),
        (Version(None, 1), Version(None, 2), False),
        (Version(), Version(), True),
        (Version(at("05:00")), Version(None, 7), True),
    ],
)
def test_time_decides_before_number_and_arrival_last(new: Version, old: Version, expected: bool) -> None:
    assert supersedes((new, VisitStatus.PLANNED, b""), (old, VisitStatus.DONE, b"")) is expected
