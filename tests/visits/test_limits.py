"""What the address itself refuses, before anything is read."""

from collections.abc import Callable

import pytest

from citizen_portal import db
from citizen_portal.config import Settings
from citizen_portal.identity.models import Person
from citizen_portal.security import limiter
from citizen_portal.visits.fhir.profile import APPOINTMENT_STATUSES, LIMITS
from citizen_portal.visits.models import Visit
from tests.conftest import strict_app
from tests.reading import StrictClient
from tests.visits.record import CareRecord, appointment, at, bundle, issues

Stored = Callable[[], list[Visit]]


def test_a_body_beyond_the_limit_is_refused(care_record: CareRecord, stored: Stored) -> None:
    answer = care_record.send(b" " * (LIMITS.body_bytes + 1))
    assert answer.status_code == 413
    assert issues(answer) == [("too-long", None)]
    assert stored() == []


def test_only_uncompressed_json_is_read(care_record: CareRecord, borghild: Person) -> None:
    body = bundle(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    for headers in (
        {"Content_Type": "application/fhir+xml"},
        {"Content_Type": "text/plain"},
        {"Content_Encoding": "gzip"},
    ):
        answer = care_record.send(body, **headers)
        assert answer.status_code == 415
        assert issues(answer) == [("not-supported", None)]
    for media_type in ("application/json", "application/fhir+json; charset=utf-8; fhirVersion=4.0"):
        assert care_record.send(body, Content_Type=media_type).status_code == 200


def test_everybody_can_read_what_the_api_can_do(care_record: CareRecord) -> None:
    answer = care_record.client.get("/api/fhir/metadata")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    statement = answer.json
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    resources = {resource["type"]: resource for resource in statement["rest"][0]["resource"]}
    assert set(resources) == {"Appointment", "AppointmentResponse", "Encounter"}
    assert all(status in resources["Appointment"]["documentation"] for status in APPOINTMENT_STATUSES)


def test_the_capability_statement_is_fhir(care_record: CareRecord) -> None:
    from fhir.resources.R4B.capabilitystatement import CapabilityStatement

    CapabilityStatement.model_validate(care_record.client.get("/api/fhir/metadata").json)


def test_what_we_answer_is_fhir(care_record: CareRecord, borghild: Person) -> None:
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.operationoutcome import OperationOutcome

    plan = appointment("1", borghild.national_id, at("08:00"), at("09:00"))
    unknown = appointment("2", "21879498012", at("08:00"), at("09:00"))
    Bundle.model_validate(care_record.push(plan, unknown).json)
    OperationOutcome.model_validate(care_record.push(plan | {"status": "nonsense"}).json)


def test_a_consumer_that_pushes_too_often_has_to_wait(
    settings: Settings, care_record: CareRecord, borghild: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # as it was: it is one for all applications of a process
    eager = strict_app(settings.model_copy(update={"environment": "demo"})).test_client()
    assert isinstance(eager, StrictClient)
    eager.base_url = "http://ringebu.localhost"
    record = CareRecord(eager, settings, care_record.organisation_number)
    allowed = int(LIMITS.pushes.partition(" ")[0])
    answers = [record.send(b"{}").status_code for _ in range(allowed + 1)]
    db.dispose()
    assert answers == [400] * allowed + [429]
