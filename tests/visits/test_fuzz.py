"""Whatever is sent, the answer is an OperationOutcome or a result: never a 500, and never half a transaction.

`PORTAL_FUZZ_CALLS=10000 pytest --timeout 0 tests/visits/test_fuzz.py` makes so many calls in all.
"""

import json
import os
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_portal.identity.models import Person
from citizen_portal.visits.models import Visit
from tests.visits.record import SYSTEM, CareRecord, Json, appointment, at, bundle, encounter

CALLS = int(os.environ.get("PORTAL_FUZZ_CALLS", "300"))
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


QUERIES = st.tuples(
    st.sampled_from(["Appointment", "Encounter"]),
    st.sampled_from(
        [f"identifier={quote(SYSTEM)}|1", f"identifier={quote(SYSTEM)}|1", "identifier=%00|1", "x", "", "%ff"]
    ),
)
PARAMETER_NAMES = st.sampled_from(
    ["identifier", "status", "date", "_lastUpdated", "_count", "_after", "patient", "_sort"]
)
PARAMETER_VALUES = st.one_of(
    st.text(max_size=20),
    st.builds("{}{}".format, st.sampled_from(["", "ge", "gt", "le", "lt", "eq", "ne"]), st.dates()),
    st.builds(
        lambda prefix, moment: f"{prefix}{moment.isoformat()}Z",
        st.sampled_from(["", "ge", "lt"]),
        st.datetimes(),
    ),
    st.builds(lambda moment, name: f"{moment.isoformat()}+00:00_{name}", st.datetimes(), st.uuids()),
    st.integers().map(str),
    st.sampled_from(["booked", "finished,planned", f"{SYSTEM}|1", "|", "s|\0", "0001-01-01", "9999-12-31"]),
)
DAY = date(2026, 11, 24)
ORIGINAL = bundle(
    appointment("1", "21879498012", at("08:00", DAY), at("09:00", DAY)),
    encounter("1", "21879498012", at("05:12", DAY), appointment=[{"identifier": {"system": "s", "value": "1"}}]),
)


def _examples(percent: int) -> settings:
    """That part of the calls."""
    health = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=CALLS * percent // 100, deadline=None, suppress_health_check=health)


@_examples(50)
@given(pushed=mutated(ORIGINAL))
def test_a_mutated_push_is_taken_in_or_refused_and_never_an_accident(care_record: CareRecord, pushed: Any) -> None:
    answer = care_record.send(json.dumps(pushed).encode())
    assert answer.status_code in (200, 400)
    assert answer.mimetype == "application/fhir+json"
    if answer.status_code == 400:
        assert answer.json["issue"]
        assert "21879498012" not in answer.text


@_examples(20)
@given(pushed=mutated({"entry": [ORIGINAL["entry"][0]["resource"], ORIGINAL["entry"][1]["resource"]]}), which=QUERIES)
def test_a_mutated_resource_put_alone_is_no_accident_either(
    care_record: CareRecord, pushed: Any, which: tuple[str, str]
) -> None:
    resource_type, query = which
    resources = pushed.get("entry") if isinstance(pushed, dict) else None
    resource = next(
        (each for each in resources if isinstance(each, dict) and each.get("resourceType") == resource_type), resources
    ) if isinstance(resources, list) else resources  # fmt: skip
    answer = care_record.put_body(json.dumps(resource).encode(), resource_type, query)
    assert answer.status_code in (200, 201, 202, 400)
    assert answer.json["resourceType"] == "OperationOutcome"
    assert "21879498012" not in answer.text


@_examples(20)
@given(
    resource_type=st.sampled_from(["Appointment", "Encounter"]),
    parameters=st.lists(st.tuples(PARAMETER_NAMES, PARAMETER_VALUES), max_size=4),
)
def test_whatever_is_searched_for_is_found_or_refused(
    care_record: CareRecord, resource_type: str, parameters: list[tuple[str, str]]
) -> None:
    answer = care_record.search(resource_type, urlencode(parameters, errors="replace"))
    assert answer.status_code in (200, 400)
    assert answer.json["resourceType"] == ("Bundle" if answer.status_code == 200 else "OperationOutcome")


@_examples(10)
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
