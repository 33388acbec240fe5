"""The care record system pushes what it knows; the portal keeps what a relative may see."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Machine
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person
from citizen_portal.migrations.models import metadata
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits import queries, service
from citizen_portal.visits.deviations import watching
from citizen_portal.visits.fhir.transaction import read_transaction
from citizen_portal.visits.models import Visit, VisitReceipt, VisitReport
from citizen_portal.visits.reports import Disposition, VisitStatus
from tests.visits.record import (
    ORGANISATION,
    SYSTEM,
    CareRecord,
    appointment,
    at,
    bundle,
    encounter,
    issues,
    meta,
    patient,
    put,
)

Stored = Callable[[], list[Visit]]
HELP_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.3"


def _receipts() -> list[VisitReceipt]:
    with db.read_only() as session:
        return list(session.scalars(select(VisitReceipt)))


def test_mums_morning_visit_is_planned_and_then_done(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    plan = appointment("771", borghild.national_id, at("08:00"), at("09:00"))
    with clock.frozen(at("07:00")):
        assert care_record.must_push(plan) == ["201 Created"]
    with clock.frozen(at("08:40")):
        assert care_record.must_push(encounter("771", borghild.national_id, at("08:12"), at("08:31"))) == [
            "201 Created"
        ]
    (visit,) = stored()
    assert (visit.care_recipient_id, visit.service, visit.status) == (borghild.id, "Morgenstell", VisitStatus.DONE)
    assert (visit.planned_start_at, visit.planned_end_at) == (at("08:00"), at("09:00"))
    (receipt,) = _receipts()
    assert (receipt.performed_at, receipt.ended_at, receipt.received_at) == (at("08:12"), at("08:31"), at("08:40"))


@pytest.mark.parametrize("reference", ["identifier", "condition", "entry of the bundle"])
def test_a_visit_belongs_to_the_plan_that_it_refers_to(
    care_record: CareRecord, borghild: Person, stored: Stored, reference: str
) -> None:
    plan = appointment("plan-1", borghild.national_id, at("08:00"), at("09:00"))
    refers = {
        "identifier": {"identifier": {"system": SYSTEM, "value": "plan-1"}},
        "condition": {"reference": f"Appointment?identifier={SYSTEM}|plan-1"},
        "entry of the bundle": {"reference": "urn:uuid:6b1c1b7e-2f0f-4a1e-9c58-0d6c3c9d7a01"},
    }[reference]
    event = encounter("event-9", borghild.national_id, at("00:12"), appointment=[refers])
    pushed = bundle(event, plan)
    pushed["entry"][1]["fullUrl"] = "urn:uuid:6b1c1b7e-2f0f-4a1e-9c58-0d6c3c9d7a01"
    assert care_record.send(pushed).status_code == 200
    (visit,) = stored()
    assert (visit.identifier_value, visit.status) == ("plan-1", VisitStatus.DONE)


def test_a_visit_that_turns_out_to_belong_to_a_plan_moves_there(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    event = encounter("9", borghild.national_id, at("00:12"), meta=meta(version=1))
    care_record.must_push(appointment("1", borghild.national_id, at("08:00"), at("09:00")), event)
    assert len(stored()) == 2
    refers = [{"identifier": {"system": SYSTEM, "value": "1"}}]
    care_record.must_push(event | {"appointment": refers, "meta": meta(version=2)})
    care_record.must_push(event)
    (visit,) = (each for each in stored() if each.status is not VisitStatus.ENTERED_IN_ERROR)  # nobody sees the other
    assert visit.status is VisitStatus.DONE
    assert len(_receipts()) == 1


@pytest.mark.parametrize(
    ("appointment_status", "encounter_status", "expected"),
    [
        ("booked", None, VisitStatus.PLANNED),
        ("proposed", None, VisitStatus.PLANNED),
        ("arrived", None, VisitStatus.ON_THE_WAY),
        ("arrived", "arrived", VisitStatus.ON_THE_WAY),
        ("arrived", "in-progress", VisitStatus.ARRIVED),
        ("fulfilled", "finished", VisitStatus.DONE),
        ("fulfilled", None, VisitStatus.DONE),
        ("booked", "finished", VisitStatus.DONE),
        ("cancelled", None, VisitStatus.CANCELLED),
        ("cancelled", "cancelled", VisitStatus.CANCELLED),
        ("booked", "cancelled", VisitStatus.CANCELLED),
        ("noshow", None, VisitStatus.NOT_HOME),
        ("noshow", "in-progress", VisitStatus.NOT_HOME),
        ("entered-in-error", None, VisitStatus.ENTERED_IN_ERROR),
        ("booked", "entered-in-error", VisitStatus.PLANNED),
        ("fulfilled", "entered-in-error", VisitStatus.PLANNED),
        ("fulfilled", "planned", VisitStatus.PLANNED),
        (None, "planned", VisitStatus.PLANNED),
        (None, "finished", VisitStatus.DONE),
        (None, "entered-in-error", VisitStatus.ENTERED_IN_ERROR),
    ],
)
def test_what_happened_is_told_by_plan_and_event_together(
    care_record: CareRecord,
    borghild: Person,
    stored: Stored,
    appointment_status: str | None,
    encounter_status: str | None,
    expected: VisitStatus,
) -> None:
    number = borghild.national_id
    resources = []
    if appointment_status:
        resources.append(appointment("1", number, at("08:00"), at("09:00"), appointment_status))
    if encounter_status:
        resources.append(encounter("1", number, at("00:01"), at("00:20"), encounter_status))
    care_record.must_push(*resources)
    (visit,) = stored()
    assert visit.status is expected
    assert len(_receipts()) == (encounter_status == "finished")


def test_class_ambulatory_is_a_home_visit_too_and_a_hospital_stay_is_not(
    care_record: CareRecord, borghild: Person
) -> None:
    ambulatory = encounter("1", borghild.national_id, at("00:01"))
    ambulatory["class"]["code"] = "AMB"
    assert care_record.must_push(ambulatory) == ["201 Created"]
    stay = encounter("2", borghild.national_id, at("00:01"))
    stay["class"]["code"] = "IMP"
    assert issues(care_record.push(stay)) == [("business-rule", "Bundle.entry[0].resource.class")]


def test_the_same_push_again_changes_nothing(care_record: CareRecord, borghild: Person) -> None:
    resources = (
        appointment("1", borghild.national_id, at("08:00"), at("09:00"), meta=meta(at("06:00"), 1)),
        encounter("1", borghild.national_id, at("00:12"), at("00:31"), meta=meta(at("00:32"), 2)),
    )

    def rows() -> list[object]:
        with db.read_only() as session:
            tables = ("visit", "visit_report", "visit_receipt")
            return [session.execute(text(f"SELECT xmin, * FROM {table} ORDER BY id")).all() for table in tables]

    assert care_record.must_push(*resources) == ["201 Created", "201 Created"]
    before = rows()
    assert care_record.must_push(*resources) == ["200 OK", "200 OK"]
    assert rows() == before


def test_an_older_version_is_ignored_and_said_to_be(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    plan = appointment("1", borghild.national_id, at("08:00"), at("09:00"), meta=meta(at("07:00")))
    care_record.must_push(plan)
    old = appointment("1", borghild.national_id, at("06:00"), at("07:00"), meta=meta(at("05:00")))
    answer = care_record.push(old)
    (entry,) = answer.json["entry"]
    assert entry["response"]["status"] == "200 OK"
    assert entry["response"]["outcome"]["issue"][0]["code"] == "conflict"
    assert stored()[0].planned_start_at == at("08:00")


def test_without_any_version_the_last_to_arrive_counts(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    care_record.must_push(appointment("1", borghild.national_id, at("10:00"), at("11:00")))
    assert stored()[0].planned_start_at == at("10:00")


def test_a_receipt_is_taken_back_when_it_was_entered_in_error(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    care_record.must_push(encounter("1", borghild.national_id, at("00:12"), meta=meta(version=1)))
    bare = {"period": ..., "subject": ...}
    wrong = encounter("1", borghild.national_id, at("00:12"), status="entered-in-error", meta=meta(version=2), **bare)
    care_record.must_push(wrong)
    assert stored()[0].status is VisitStatus.PLANNED
    assert _receipts() == []


def test_visits_of_somebody_unknown_are_held_until_she_is_known(
    care_record: CareRecord, borghild: Person, stored: Stored, ringebu: Municipality
) -> None:
    stranger = "21879498012"
    answer = care_record.push(appointment("1", stranger, at("08:00"), at("09:00")))
    (entry,) = answer.json["entry"]
    assert entry["response"]["status"] == "202 Accepted"
    assert entry["response"]["outcome"]["issue"][0]["severity"] == "warning"
    assert stored()[0].care_recipient_id is None
    with db.read_only() as session:
        assert queries.count_held_visits(session) == 1
    with db.transaction() as session:
        known = identity.register_person(session, national_id=stranger, name="Ny Innbygger")
    care_record.must_push(appointment("2", borghild.national_id, at("08:00"), at("09:00")))
    assert stored()[0].care_recipient_id == known.id
    with db.read_only() as session:
        assert queries.count_held_visits(session) == 0


def test_a_held_visit_is_shown_when_she_is_known_though_its_source_says_nothing_more(
    care_record: CareRecord, stored: Stored
) -> None:
    stranger = "21879498012"
    care_record.must_push(appointment("1", stranger, at("08:00"), at("09:00")))
    with db.transaction() as session:
        known = identity.register_person(session, national_id=stranger, name="Ny Innbygger")
    watching.watch_everywhere(timestamp=0)
    assert stored()[0].care_recipient_id == known.id


def test_visits_of_somebody_with_a_help_number_are_held(care_record: CareRecord, stored: Stored) -> None:
    plan = appointment("1", "x", at("08:00"), at("09:00"))
    plan["participant"] = [{"actor": patient("H-1234", HELP_NUMBER), "status": "accepted"}]
    assert care_record.must_push(plan) == ["202 Accepted"]
    assert stored()[0].is_held


def test_a_visit_whose_reports_name_two_patients_is_shown_to_neither(
    care_record: CareRecord, borghild: Person, kari: Person, stored: Stored
) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    assert care_record.must_push(encounter("1", kari.national_id, at("00:12"))) == ["202 Accepted"]
    assert stored()[0].is_held


def test_the_unit_is_known_by_its_name_and_a_strangers_name_is_not_kept(
    care_record: CareRecord, borghild: Person, home_care: Unit, stored: Stored
) -> None:
    provider = {"identifier": {"system": ORGANISATION, "value": care_record.organisation_number}}
    event = encounter(
        "1", borghild.national_id, at("00:12"), serviceProvider={**provider, "display": "hjemmetjenesten"}
    )
    care_record.must_push(event)
    (visit,) = stored()
    assert (visit.unit_id, visit.provider) == (home_care.id, care_record.organisation_number)
    care_record.must_push(event | {"serviceProvider": {**provider, "display": "Jonas Berg"}})
    assert stored()[0].unit_id is None
    assert "Jonas" not in _everything_stored()


def test_nothing_clinical_and_no_employee_is_stored(care_record: CareRecord, borghild: Person) -> None:
    plan = appointment(
        "1",
        borghild.national_id,
        at("08:00"),
        at("09:00"),
        description="PLANTED description",
        comment="PLANTED comment",
        reasonCode=[{"text": "PLANTED reason"}],
        cancelationReason={"text": "PLANTED cancelation"},
        text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">PLANTED</div>'},
        extension=[{"url": "https://epj.example/notat", "valueString": "PLANTED extension"}],
        contained=[{"resourceType": "Location", "id": "home", "description": "PLANTED location"}],
    )
    plan["participant"] += [
        {"actor": {"type": "Practitioner", "reference": "Practitioner/7", "display": "PLANTED"}, "status": "accepted"},
        {"actor": {"type": "Location", "display": "PLANTED address"}, "status": "accepted"},
    ]
    plan["participant"][0]["actor"]["display"] = "PLANTED patient"
    event = encounter(
        "1",
        borghild.national_id,
        at("00:12"),
        at("00:31"),
        participant=[{"individual": {"display": "PLANTED nurse"}}],
        reasonCode=[{"text": "PLANTED diagnosis"}],
        diagnosis=[{"condition": {"display": "PLANTED condition"}}],
        type=[{"text": "PLANTED type"}],
        basedOn=[{"display": "PLANTED order"}],
        location=[{"location": {"display": "PLANTED place"}}],
        serviceType={"text": "Morgenstell", "coding": [{"display": "PLANTED coding"}]},
    )
    care_record.must_push(plan, event)
    everything = _everything_stored()
    assert "Morgenstell" in everything
    assert "PLANTED" not in everything
    assert borghild.national_id not in everything


def _everything_stored() -> str:
    with db.read_only() as session:
        return "\n".join(
            str(row)
            for table in metadata.tables
            for row in session.execute(text(f"SELECT {table}::text FROM {table}")).scalars()
        )


def test_a_push_is_in_the_audit_log_with_who_pushed_for_whom(care_record: CareRecord, borghild: Person) -> None:
    supplier = {"authority": "iso6523-actorid-upis", "ID": "0192:311046349"}
    body = bundle(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    delegated = care_record.token(supplier=supplier, delegation_source="https://www.altinn.no")
    assert care_record.send(body, token=delegated).status_code == 200
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.VISITS_PUSHED.value))
    assert (event.actor_kind, event.actor_id) == ("machine", "care-record")
    assert event.details == {
        "consumer": care_record.organisation_number,
        "supplier": "311046349",
        "delegation_source": "https://www.altinn.no",
        "held": 0,
        "dispositions": {"created": 1},
    }


def test_a_half_bad_bundle_stores_nothing_and_names_every_fault(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    good = appointment("1", borghild.national_id, at("08:00"), at("09:00"))
    bad_status = encounter("2", borghild.national_id, at("00:12"), status="been-there")
    bad_number = encounter("3", "12345678901", at("00:12"))
    backwards = appointment("4", borghild.national_id, at("10:00"), at("09:00"))
    answer = care_record.push(good, bad_status, bad_number, backwards)
    assert answer.status_code == 400
    assert issues(answer) == [
        ("code-invalid", "Bundle.entry[1].resource.status"),
        ("value", "Bundle.entry[2].resource.subject.identifier.value"),
        ("invariant", "Bundle.entry[3].resource.end"),
    ]
    assert "12345678901" not in answer.text
    assert stored() == []


def test_another_municipalitys_organisation_is_refused_wherever_it_stands(
    care_record: CareRecord, borghild: Person, nord_fron: Municipality, stored: Stored
) -> None:
    neighbour = {"identifier": {"system": ORGANISATION, "value": nord_fron.organisation_number}}
    event = encounter("1", borghild.national_id, at("00:12"), serviceProvider=neighbour)
    plan = appointment("2", borghild.national_id, at("08:00"), at("09:00"))
    plan["contained"] = [{"resourceType": "Organization", "identifier": [neighbour["identifier"]]}]
    answer = care_record.push(event, plan)
    assert answer.status_code == 403
    assert set(issues(answer)) == {
        ("forbidden", "Bundle.entry[0].resource.serviceProvider.identifier.value"),
        ("forbidden", "Bundle.entry[1].resource.contained[0].identifier[0].value"),
    }
    assert stored() == []


def test_a_token_that_does_not_hold_opens_nothing(care_record: CareRecord, stored: Stored, borghild: Person) -> None:
    past = int((clock.now() - timedelta(minutes=10)).timestamp())
    body = bundle(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    for changes in ({"aud": "https://other.example/api"}, {"aud": ...}, {"exp": past}, {"iss": "https://evil.example"}):
        answer = care_record.send(body, token=care_record.token(**changes))
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), changes
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert care_record.send(body, Authorization="Basic cG9ydGFsOg==").status_code == 401
    assert care_record.client.post("/api/fhir", json=body).status_code == 401
    assert stored() == []


def test_a_token_without_the_scope_or_of_the_neighbour_is_forbidden(
    care_record: CareRecord, stored: Stored, borghild: Person, nord_fron: Municipality
) -> None:
    body = bundle(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    neighbour = {"authority": "iso6523-actorid-upis", "ID": f"0192:{nord_fron.organisation_number}"}
    for changes in ({"scope": "portal:visits.read"}, {"scope": "portal:visits.writes"}, {"consumer": neighbour}):
        answer = care_record.send(body, token=care_record.token(**changes))
        assert (answer.status_code, answer.mimetype) == (403, "application/problem+json"), changes
    assert stored() == []


def test_the_neighbours_own_system_reaches_only_the_neighbours_visits(
    care_record: CareRecord, borghild: Person, nord_fron: Municipality, stored: Stored
) -> None:
    plan = appointment("1", borghild.national_id, at("08:00"), at("09:00"))
    care_record.must_push(plan)
    care_record.client.base_url = "http://nord-fron.localhost"
    care_record.organisation_number = nord_fron.organisation_number
    assert care_record.must_push(plan | {"status": "cancelled"}) == ["202 Accepted"]
    assert [visit.status for visit in stored()] == [VisitStatus.PLANNED]


def test_reports_are_filed_once_for_each_resource(care_record: CareRecord, borghild: Person) -> None:
    for hour in range(6, 10):
        care_record.must_push(appointment("1", borghild.national_id, at(f"0{hour}:00"), at("10:00")))
    with db.read_only() as session:
        assert len(list(session.scalars(select(VisitReport)))) == 1


def test_a_push_may_be_empty(care_record: CareRecord) -> None:
    answer = care_record.push()
    assert (answer.status_code, answer.json) == (200, {"resourceType": "Bundle", "type": "transaction-response"})


def test_five_hundred_reports_take_few_statements(
    care_record: CareRecord, borghild: Person, statements: list[str]
) -> None:
    resources = [appointment(str(n), borghild.national_id, at("08:00"), at("09:00")) for n in range(500)]
    statements.clear()
    care_record.must_push(*resources)
    assert len(statements) < 40
    statements.clear()
    care_record.send({"resourceType": "Bundle", "type": "transaction", "entry": [put(r) for r in resources]})
    assert len(statements) < 25


def test_pushes_at_the_same_time_make_one_visit(
    care_record: CareRecord, borghild: Person, home_care: Unit, stored: Stored
) -> None:
    plan = appointment("1", borghild.national_id, at("08:00"), at("09:00"), meta=meta(at("06:00"), 1))
    report = read_transaction(json.dumps(bundle(plan)).encode()).reports
    machine = Machine(home_care.municipality_id, care_record.organisation_number, None, "care-record", frozenset())

    def push(_number: int) -> Disposition:
        with db.as_municipality(home_care.municipality_id), db.transaction() as session:
            (outcome,) = service.receive(session, machine, report)
        return outcome.disposition

    with ThreadPoolExecutor(4) as pool:
        dispositions = Counter(pool.map(push, range(8)))
    assert dispositions == {Disposition.CREATED: 1, Disposition.UNCHANGED: 7}
    assert len(stored()) == 1
