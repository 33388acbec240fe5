"""What a care record system may get wrong, and what it is answered each time."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest

from citizen_portal import clock, db
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person
from citizen_portal.visits import queries
from citizen_portal.visits.fhir.issues import NO_TIME
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from tests.visits.record import (
    NATIONAL_ID,
    SYSTEM,
    CareRecord,
    appointment,
    at,
    bundle,
    encounter,
    issues,
    meta,
    patient,
)

Stored = Callable[[], list[Visit]]
D_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.2"


@pytest.mark.parametrize(
    ("number", "system"),
    [
        ("01819000049", NATIONAL_ID),
        ("01419000066", NATIONAL_ID),
        ("41819000032", D_NUMBER),
        ("41819000032", NATIONAL_ID),
    ],
    ids=["+80", "+40", "D-number", "D-number in the other system"],
)
def test_every_kind_of_national_id_is_taken_in_and_finds_its_person(
    care_record: CareRecord, stored: Stored, number: str, system: str
) -> None:
    plan = appointment("1", number, at("13:00"), at("14:00"))
    plan["participant"] = [{"actor": patient(number, system), "status": "accepted"}]
    assert care_record.must_push(plan) == ["202 Accepted"]
    with db.read_only() as session:
        assert queries.count_held_visits(session) == 1
    with db.transaction() as session:
        known = identity.register_person(session, national_id=number, name="Ny Innbygger")
    assert care_record.must_push(plan) == ["200 OK"]
    assert stored()[0].care_recipient_id == known.id


@pytest.mark.parametrize(
    "number",
    [
        "12345678901",
        "21879498013",
        "2187949801",
        "218794980122",
        "31023012345",
        "21\u0668\u0667\u0669498012",
        "00000000000",
        "x",
    ],
)
def test_a_number_that_fails_the_check_is_refused_and_not_told_again(
    care_record: CareRecord, stored: Stored, number: str
) -> None:
    place = "Bundle.entry[0].resource.participant[0].actor.identifier.value"
    answer = care_record.push(appointment("1", number, at("13:00"), at("14:00")))
    assert (answer.status_code, issues(answer)) == (400, [("value", place)])
    assert number == "x" or number not in answer.text
    assert stored() == []


def test_fifty_megabytes_and_ten_thousand_entries_are_too_much(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    answer = care_record.send(b'{"resourceType": "Bundle", "x": "' + b"x" * 50 * 1024 * 1024 + b'"}')
    assert (answer.status_code, issues(answer)) == (413, [("too-long", None)])
    many = bundle() | {"entry": [{}] * 10_000}
    answer = care_record.send(many)
    assert (answer.status_code, issues(answer)) == (413, [("too-costly", "Bundle.entry")])
    assert care_record.put_body(b" " * 50 * 1024 * 1024, "Appointment", "identifier=s|1").status_code == 413
    assert stored() == []


@pytest.mark.parametrize("where", ["resource", "list in a resource", "many resources", "bundle", "entry"])
def test_what_would_take_gigabytes_to_judge_is_refused_before(
    care_record: CareRecord, borghild: Person, where: str
) -> None:
    """Three megabytes of wrong values took 2.8 GB and four minutes once: there is an issue for each."""
    event = encounter("1", borghild.national_id, at("08:12"))
    many = {f"x{number}": 0 for number in range(50_000)}
    few = {f"x{number}": 0 for number in range(900)}
    pushed = bundle(event)
    match where:
        case "resource":
            pushed["entry"][0]["resource"] = event | many
        case "list in a resource":
            pushed["entry"][0]["resource"] = event | {"identifier": [*event["identifier"], *many.values()]}
        case "many resources":
            pushed["entry"] = [{**pushed["entry"][0], "resource": event | few}] * 60
        case "bundle":
            pushed |= many
        case _:
            pushed["entry"][0] |= many
    body = json.dumps(pushed).encode()
    tracemalloc.start()
    answer = care_record.send(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == (400 if where == "many resources" else 413)
    assert {code for code, _ in issues(answer)} <= {"structure", "too-costly"}
    assert peak < 25 * len(body)


def test_two_systems_of_one_consumer_that_push_the_same_visit_make_one(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00"), meta=meta(at("06:00")))
    newer = plan | {"status": "cancelled", "meta": meta(at("07:00"))}
    assert care_record.send(bundle(newer), token=care_record.token(client_id="planner")).status_code == 200
    assert care_record.send(bundle(plan), token=care_record.token(client_id="record")).status_code == 200
    assert [visit.status for visit in stored()] == [VisitStatus.CANCELLED]


def test_time_that_goes_backwards_loses_to_the_version_that_says_so(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    number = borghild.national_id
    care_record.must_push(encounter("1", number, at("08:12"), at("08:31"), meta=meta(at("08:32"), 2)))
    with clock.frozen(clock.now() - timedelta(hours=3)):  # our own clock is put back
        begun = encounter("1", number, at("08:12"), status="in-progress", meta=meta(at("08:13"), 1))
        assert care_record.must_push(begun) == ["200 OK"]
    assert [visit.status for visit in stored()] == [VisitStatus.DONE]


def test_a_version_from_the_future_does_not_shut_out_those_that_follow(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00"))
    wrong_clock = plan | {"meta": meta(clock.now() + timedelta(days=365))}
    assert issues(care_record.push(wrong_clock)) == [("business-rule", "Bundle.entry[0].resource.meta.lastUpdated")]
    wrong_zone = plan | {"meta": meta(clock.now() + timedelta(hours=2))}
    care_record.must_push(wrong_zone)
    assert len(stored()) == 1


@pytest.mark.parametrize("status", ["fulfilled", "noshow"])
def test_a_visit_of_another_day_cannot_be_over(
    care_record: CareRecord, borghild: Person, stored: Stored, status: str
) -> None:
    in_a_day, number = timedelta(days=1), borghild.national_id
    early = appointment("1", number, at("13:00") + in_a_day, at("14:00") + in_a_day, status)
    assert issues(care_record.push(early)) == [("business-rule", "Bundle.entry[0].resource.start")]
    in_the_morning = appointment("2", number, at("20:00"), at("21:00"), status)
    assert care_record.must_push(in_the_morning) == ["201 Created"], "it suited them better"


def test_a_visit_that_is_planned_for_days_would_never_be_missed_and_is_refused(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    for_weeks = appointment("1", borghild.national_id, at("13:00"), at("14:00") + timedelta(days=30))
    assert issues(care_record.push(for_weeks)) == [("business-rule", "Bundle.entry[0].resource.end")]
    came = encounter("2", borghild.national_id, at("08:00") - timedelta(days=2), at("08:00"))
    assert care_record.must_push(came) == ["201 Created"], "somebody forgot to end it"


def test_a_visit_is_not_named_by_whom_it_is_to(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    number = borghild.national_id
    named = [{"system": NATIONAL_ID, "value": number}]
    plan = appointment("1", number, at("08:00"), at("09:00"), identifier=named)
    assert issues(care_record.push(plan)) == [("security", "Bundle.entry[0].resource.identifier")]
    assert care_record.put(plan).status_code == 400
    came = encounter("2", number, at("08:10"), appointment=[{"identifier": named[0]}])
    answer = care_record.push(came)
    assert issues(answer) == [("security", "Bundle.entry[0].resource.appointment[0]")]
    assert number not in answer.text
    assert stored() == []


def test_two_entries_with_one_address_leave_a_reference_to_neither(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    number = borghild.national_id
    plans = [appointment(name, number, at("08:00"), at("09:00")) for name in ("morning", "evening")]
    came = encounter("e", number, at("08:10"), appointment=[{"reference": "urn:uuid:1"}])
    pushed = bundle(*plans, came)
    for entry in pushed["entry"][:2]:
        entry["fullUrl"] = "urn:uuid:1"
    assert issues(care_record.send(pushed)) == [("duplicate", "Bundle.entry[1].fullUrl")]


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", 60),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", 60),
    ],
    ids=["the hour that is not", "the hour that comes twice"],
)
def test_the_nights_of_summer_time_are_as_long_as_they_are(
    care_record: CareRecord, borghild: Person, stored: Stored, start: str, end: str, minutes: int
) -> None:
    care_record.must_push(
        appointment("1", borghild.national_id, at("01:00"), at("02:00")) | {"start": start, "end": end}
    )
    (visit,) = stored()
    assert visit.planned_start_at is not None
    assert visit.planned_end_at is not None
    assert visit.planned_end_at - visit.planned_start_at == timedelta(minutes=minutes)
    backwards = appointment("2", borghild.national_id, at("01:00"), at("02:00")) | {"start": end, "end": start}
    assert issues(care_record.push(backwards)) == [("invariant", "Bundle.entry[0].resource.end")]


@pytest.mark.parametrize(
    "time",
    ["2026", "2026-11-24", "2026-11-24T08:00+01:00", "2026-11-24T08:00:00", "2026-02-29T08:00:00Z"]
    + ["2016-12-31T23:59:60Z", "2026-11-24T08:00:00.0123456789Z", "2026-11-24 08:00:00Z", "x"],
)
def test_what_is_no_time_is_refused_in_plain_words(care_record: CareRecord, borghild: Person, time: str) -> None:
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00")) | {"start": time}
    event = encounter("1", borghild.national_id, at("08:12")) | {"period": {"start": time}}
    answer = care_record.push(plan, event)
    told = {(issue["expression"][0], issue["diagnostics"]) for issue in answer.json["issue"]}
    assert told == {
        ("Bundle.entry[0].resource.start", NO_TIME),
        ("Bundle.entry[1].resource.period.start", NO_TIME),
    }


def test_what_changes_the_meaning_is_not_read_past(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    event = encounter("1", borghild.national_id, at("08:12"))
    negated = [{"url": "https://epj.example/did-not-happen", "valueBoolean": True}]
    place = "Bundle.entry[0].resource"
    assert issues(care_record.push(event | {"modifierExtension": negated})) == [
        ("extension", f"{place}.modifierExtension")
    ]
    nurse = [{"individual": {"type": "Practitioner"}, "modifierExtension": negated}]
    assert issues(care_record.push(event | {"participant": nurse})) == [
        ("extension", f"{place}.participant[0].modifierExtension")
    ]
    assert issues(care_record.push(event | {"implicitRules": "https://epj.example/rules"})) == [
        ("not-supported", f"{place}.implicitRules")
    ]
    assert stored() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "AppointmentResponse?identifier=s|1", 405),
        ("PUT", "Patient?identifier=s|1", 404),
        ("POST", "Encounter", 405),
        ("DELETE", "Encounter?identifier=s|1", 405),
        ("GET", "Encounter/1", 404),
    ],
)
def test_other_resources_and_ways_are_told_what_there_is(
    care_record: CareRecord, method: str, path: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {care_record.token()}"}
    answer = care_record.client.open(f"/api/fhir/{path}", method=method, json={}, headers=headers)
    assert (answer.status_code, issues(answer)) == (status, [("not-supported", None)])
    assert "/api/fhir/metadata" in answer.text


def test_a_half_bad_push_is_refused_whole_and_may_be_sent_again_when_mended(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    good = appointment("1", borghild.national_id, at("13:00"), at("14:00"))
    bad = good | {"identifier": [{"system": SYSTEM, "value": "2"}], "status": "nonsense"}
    assert care_record.push(good, bad).status_code == 400
    assert stored() == []
    assert care_record.must_push(good, bad | {"status": "booked"}) == ["201 Created", "201 Created"]
