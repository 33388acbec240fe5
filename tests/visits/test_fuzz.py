"""Whatever is sent, the answer is an OperationOutcome or a result: never a 500, and never half a transaction."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_portal.identity.models import Person
from citizen_portal.visits.models import Visit
from tests.visits.record import CareRecord, Json, appointment, at, bundle, encounter

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "2026-13-45T99:99:99Z",
            "2026-11-24T08:00:60Z",
            "urn:uuid:0",
            "Patient?identifier=",
            "Appointment?identifier=|",
            "http://[",
            "\ud800",
            "a\0b",
            10**30,
            -1,
            [],
            {},
            [[]],
            [None],
            {"identifier": []},
            {"coding": [None]},
            {"resourceType": "Bundle"},
            {"extension": [{"url": "x", "valueDecimal": 1e300}]},
        ]
    ),
)
NAMES = st.sampled_from(
    [
        "status",
        "start",
        "end",
        "period",
        "meta",
        "identifier",
        "participant",
        "subject",
        "actor",
        "class",
        "appointment",
        "serviceType",
        "contained",
        "entry",
        "resource",
        "request",
        "url",
        "method",
        "fullUrl",
        "text",
        "type",
        "system",
        "value",
        "reference",
        "extension",
        "_status",
        "lastUpdated",
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, child in inner for place in _places(child, (*path, name)))]


@st.composite
def mutated(draw: st.DrawFn, original: Json) -> Any:
    """The push with one to four places replaced, removed, doubled or added to."""
    pushed: Any = json.loads(json.dumps(original))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(_places(pushed)))
        if not place:
            continue
        parent = pushed
        for step in place[:-1]:
            parent = parent[step]
        action = draw(st.sampled_from(["replace", "replace", "remove", "add", "double"]))
        if action == "replace":
            parent[place[-1]] = deepcopy(draw(JUNK))  # never the same list inside itself
        elif action == "remove":
            del parent[place[-1]]
        elif action == "add" and isinstance(parent, dict):
            parent[draw(NAMES)] = deepcopy(draw(JUNK))
        elif action == "double" and isinstance(parent, list):
            parent.append(deepcopy(parent[place[-1]]))
    return pushed


DAY = date(2026, 11, 24)
ORIGINAL = bundle(
    appointment("1", "21879498012", at("08:00", DAY), at("09:00", DAY)),
    encounter("1", "21879498012", at("05:12", DAY), appointment=[{"identifier": {"system": "s", "value": "1"}}]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pushed=mutated(ORIGINAL))
def test_a_mutated_push_is_taken_in_or_refused_and_never_an_accident(care_record: CareRecord, pushed: Any) -> None:
    answer = care_record.send(json.dumps(pushed).encode())
    assert answer.status_code in (200, 400)
    assert answer.mimetype == "application/fhir+json"
    if answer.status_code == 400:
        assert answer.json["issue"]
        assert "21879498012" not in answer.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_bytes_that_are_no_push_are_refused(care_record: CareRecord, body: bytes) -> None:
    assert care_record.send(body).status_code == 400


def test_a_refused_push_leaves_nothing(
    care_record: CareRecord, borghild: Person, stored: Callable[[], list[Visit]]
) -> None:
    pushed = bundle(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    pushed["entry"].append({"resource": None})
    assert care_record.send(pushed).status_code == 400
    assert stored() == []
