"""One resource put alone, and a source that finds its own again."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from tests.visits.record import ORGANISATION, SYSTEM, CareRecord, Json, appointment, at, encounter, issues, meta

Stored = Callable[[], list[Visit]]


def _found(answer: TestResponse) -> list[Json]:
    assert answer.status_code == 200, answer.text
    assert answer.json["type"] == "searchset"
    return [entry["resource"] for entry in answer.json.get("entry", [])]


def _numbers(answer: TestResponse) -> list[str]:
    return [resource["identifier"][0]["value"] for resource in _found(answer)]


def test_a_visit_is_put_alone_and_put_again(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00"))
    first, again = care_record.put(plan), care_record.put(plan)
    assert (first.status_code, again.status_code) == (201, 200)
    assert issues(first) == [("informational", None)]
    assert care_record.put(encounter("1", borghild.national_id, at("08:12"))).status_code == 201
    assert [visit.status for visit in stored()] == [VisitStatus.DONE]


def test_a_visit_of_somebody_unknown_is_held_and_an_older_version_told_of(
    care_record: CareRecord, borghild: Person
) -> None:
    assert issues(care_record.put(appointment("1", "21879498012", at("13:00"), at("14:00")))) == [("not-found", None)]
    new = appointment("2", borghild.national_id, at("13:00"), at("14:00"), meta=meta(at("07:00")))
    old = new | {"meta": meta(at("06:00"))}
    assert care_record.put(new).status_code == 201
    answer = care_record.put(old)
    assert (answer.status_code, issues(answer)) == (200, [("conflict", None)])


@pytest.mark.parametrize(
    ("query", "changes", "expected"),
    [
        ("", {}, ("value", None)),
        ("identifier=1", {}, ("value", None)),
        (f"identifier={SYSTEM}|2", {}, ("required", "Appointment.identifier")),
        (f"identifier={SYSTEM}|1&status=booked", {}, ("value", None)),
        (None, {"status": "nonsense"}, ("code-invalid", "Appointment.status")),
        (None, {"resourceType": "Encounter"}, ("structure", "resourceType")),
        (None, {"nonsense": 1}, ("structure", "Appointment.nonsense")),
        (None, {"end": "2026-11-24T00:00:00+01:00"}, ("invariant", "Appointment.end")),
    ],
)
def test_a_single_fault_is_named_by_its_place(
    care_record: CareRecord, borghild: Person, stored: Stored, query: str | None, changes: Json, expected: object
) -> None:
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00")) | changes
    answer = care_record.put(plan, to="Appointment", query=query)
    assert (answer.status_code, issues(answer)) == (400, [expected])
    assert stored() == []


def test_a_single_one_knows_no_preconditions_and_no_neighbour(
    care_record: CareRecord, borghild: Person, nord_fron: Municipality, stored: Stored
) -> None:
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00"))
    assert issues(care_record.put(plan, If_None_Match="*")) == [("not-supported", None)]
    neighbour = {"type": "Organization", "identifier": {"system": ORGANISATION, "value": nord_fron.organisation_number}}
    plan["participant"].append({"actor": neighbour, "status": "accepted"})
    answer = care_record.put(plan)
    assert answer.status_code == 403
    assert issues(answer) == [("forbidden", "Appointment.participant[1].actor.identifier.value")]
    assert care_record.client.put("/api/fhir/Appointment", json=plan).status_code == 401
    assert care_record.client.get("/api/fhir/Appointment").status_code == 401
    assert stored() == []


def test_what_is_found_is_fhir_and_what_was_stored_without_the_patient(
    care_record: CareRecord, borghild: Person, home_care: Unit
) -> None:
    from fhir.resources.R4B.bundle import Bundle

    provider = {"identifier": {"system": ORGANISATION, "value": care_record.organisation_number}}
    provider |= {"type": "Organization", "display": home_care.name}
    number = borghild.national_id
    plan = appointment("p", number, at("13:00"), at("14:00"), "cancelled", meta=meta(at("07:00"), 3))
    plan |= {"patientInstruction": "Ha nøkkelen klar", "comment": "PLANTED"}
    plan["cancelationReason"] = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat"}]
    }
    plan["participant"] += [
        {"actor": provider, "status": "accepted"},
        {
            "type": [{"text": "Sykepleier"}],
            "actor": {"type": "Practitioner", "display": "PLANTED"},
            "status": "accepted",
        },
    ]
    refers = [{"identifier": {"system": SYSTEM, "value": "p"}}]
    care_record.must_push(plan, encounter("e", number, at("08:12"), at("08:31"), appointment=refers))
    answer = care_record.search("Appointment")
    Bundle.model_validate(answer.json)
    (found,) = _found(answer)
    assert found == {
        "resourceType": "Appointment",
        "meta": {"lastUpdated": clock.now().isoformat(), "versionId": "3"},
        "identifier": plan["identifier"],
        "status": "cancelled",
        "cancelationReason": plan["cancelationReason"],
        "serviceType": [{"text": "Morgenstell"}],
        "start": at("13:00").isoformat(),
        "end": at("14:00").isoformat(),
        "patientInstruction": "Ha nøkkelen klar",
        "participant": [
            {"actor": {"type": "Patient"}, "status": "accepted"},
            {"actor": provider, "status": "accepted"},
            {"type": [{"text": "sykepleier"}], "actor": {"type": "Practitioner"}, "status": "accepted"},
        ],
    }
    answer = care_record.search("Encounter")
    Bundle.model_validate(answer.json)
    (event,) = _found(answer)
    assert (event["status"], event["appointment"]) == ("finished", refers)
    assert event["period"] == {"start": at("08:12").isoformat(), "end": at("08:31").isoformat()}
    assert number not in answer.text


def test_a_search_is_narrowed(care_record: CareRecord, borghild: Person) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    number = borghild.national_id
    care_record.must_push(appointment("1", number, at("08:00"), at("09:00"), "fulfilled"))
    with clock.frozen(at("12:10")):
        care_record.must_push(appointment("2", number, at("13:00"), at("14:00")))
    with clock.frozen(at("12:20")):
        care_record.must_push(appointment("3", number, at("00:00", tomorrow), at("00:30", tomorrow), "proposed"))

    def search(query: str) -> list[str]:
        return _numbers(care_record.search("Appointment", query))

    assert search("") == ["1", "2", "3"]
    assert search(f"identifier={SYSTEM}|2") == ["2"]
    assert search("status=booked") == ["2", "3"]
    assert search("status=fulfilled,noshow") == ["1"]
    assert search(f"date={clock.today()}") == ["1", "2"]
    assert search(f"date=gt{clock.today()}") == search(f"date=ge{tomorrow}") == ["3"]
    assert search(f"date=le{clock.today()}") == search(f"date=lt{tomorrow}") == ["1", "2"]
    assert search("date=ge2026-11-24T08:00:00+01:00&date=lt2026-11-24T13:00:00%2B01:00") == ["1"]
    assert search("date=2026-11-24T08:00:00Z") == []
    assert search("date=eq2026-11-24T12:00:00Z") == ["2"]
    assert search(f"_lastUpdated=gt{at('12:10').isoformat().replace('+', '%2B')}") == ["3"]
    assert search(f"_lastUpdated=ge{at('12:10').isoformat()}&status=booked") == ["2", "3"]
    assert _numbers(care_record.search("Encounter")) == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("patient=21879498012", None),
        ("identifier=1", "identifier"),
        ("identifier=s|%00", "identifier"),
        ("identifier=s|1&identifier=s|2", "identifier"),
        ("status=nonsense", "status"),
        ("status=", "status"),
        ("date=2026-13-01", "date"),
        ("date=9999-12-31", "date"),
        ("date=0001-01-01", "date"),
        ("date=ne2026-11-24", "date"),
        ("_lastUpdated=yesterday", "_lastUpdated"),
        ("_count=0", "_count"),
        ("_count=-1", "_count"),
        ("_count=999999999", "_count"),
        ("_after=x", "_after"),
        ("_after=0001-01-01T00:00:00%2B14:00_00000000-0000-7000-8000-000000000000", "_after"),
        ("_after=2026-11-24T08:00:00_00000000-0000-7000-8000-000000000000", "_after"),
    ],
)
def test_what_makes_no_sense_is_not_searched_for(care_record: CareRecord, query: str, place: str | None) -> None:
    answer = care_record.search("Appointment", query)
    assert (answer.status_code, [found for _, found in issues(answer)]) == (400, [place])
    assert "21879498012" not in answer.text


def test_pages_follow_one_another_and_lose_nothing_that_changes_meanwhile(
    care_record: CareRecord, borghild: Person
) -> None:
    plans = [appointment(str(n), borghild.national_id, at("13:00"), at("14:00")) for n in range(5)]
    care_record.must_push(*plans)
    answer = care_record.search("Appointment", "_count=2&status=booked")
    seen = _numbers(answer)
    with clock.frozen(at("12:01")):
        care_record.must_push(plans[int(seen[0])] | {"end": at("15:00").isoformat()})
    while following := [link["url"] for link in answer.json["link"] if link["relation"] == "next"]:
        address = urlsplit(following[0])
        assert address.path == "/api/fhir/Appointment"
        answer = care_record.search("Appointment", address.query)
        seen += _numbers(answer)
    assert sorted(set(seen)) == ["0", "1", "2", "3", "4"]
    assert seen == [*seen[:5], seen[0]]


def test_a_page_has_a_longest_length(care_record: CareRecord, borghild: Person) -> None:
    plans = [
        appointment(str(n), borghild.national_id, at("13:00"), at("14:00")) for n in range(LIMITS.longest_page + 1)
    ]
    care_record.must_push(*plans)
    assert len(_numbers(care_record.search("Appointment", "_count=99999"))) == LIMITS.longest_page
    assert len(_numbers(care_record.search("Appointment"))) == LIMITS.page


def test_nobody_finds_what_another_has_pushed(
    care_record: CareRecord, borghild: Person, nord_fron: Municipality
) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("13:00"), at("14:00")))
    neighbour = {"authority": "iso6523-actorid-upis", "ID": f"0192:{nord_fron.organisation_number}"}
    assert care_record.search("Appointment", consumer=neighbour).status_code == 403
    assert care_record.search("Appointment", scope="portal:visits.read").status_code == 403
    care_record.client.base_url = "http://nord-fron.localhost"
    care_record.organisation_number = nord_fron.organisation_number
    assert _numbers(care_record.search("Appointment")) == []


def test_a_search_that_finds_something_is_written_down(care_record: CareRecord, borghild: Person) -> None:
    care_record.search("Appointment")
    care_record.must_push(appointment("1", borghild.national_id, at("13:00"), at("14:00")))
    care_record.search("Appointment")
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.VISITS_SEARCHED.value))
    assert (event.actor_kind, event.details["found"]) == ("machine", 1)


def test_the_capability_statement_tells_of_it(care_record: CareRecord) -> None:
    resource = care_record.client.get("/api/fhir/metadata").json["rest"][0]["resource"][0]
    assert [each["code"] for each in resource["interaction"]] == ["update", "search-type"]
    assert [each["name"] for each in resource["searchParam"]] == ["identifier", "status", "date", "_lastUpdated"]
