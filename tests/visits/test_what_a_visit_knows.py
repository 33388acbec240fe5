"""Who comes, who called it off, and the words that the sender meant for her: no more than that."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.visits.models import ShownStatus, Visit
from citizen_portal.visits.names import service as names
from citizen_portal.visits.reports import CancelledBy, VisitorRole, VisitStatus
from tests.visits.record import CareRecord, Json, appointment, at, encounter, issues, meta

Stored = Callable[[], list[Visit]]
ActorFor = Callable[..., object]
REASONS = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
PERSONNEL = "urn:oid:2.16.578.1.12.4.1.1.9060"
JONAS = {"type": "Practitioner", "display": "Jonas Berg"}


def _with(plan: Json, *participants: Json) -> Json:
    plan["participant"] += [{"status": "accepted", **participant} for participant in participants]
    return plan


def _plan(of: Person, **changes: object) -> Json:
    return appointment("1", of.national_id, at("13:00"), at("14:00"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([{"text": "Sykepleier"}], VisitorRole.NURSE),
        ([{"text": " helsefagarbeidar "}], VisitorRole.HEALTH_CARE_WORKER),
        ([{"coding": [{"system": PERSONNEL, "code": "VP", "display": "whatever"}]}], VisitorRole.SOCIAL_EDUCATOR),
        ([{"coding": [{"display": "Ergoterapeut"}]}], VisitorRole.OCCUPATIONAL_THERAPIST),
        ([{"text": "primary performer"}, {"text": "Lærling"}], VisitorRole.APPRENTICE),
        ([{"text": "Jonas Berg, sykepleier"}], None),
        ([{"coding": [{"system": "urn:x", "code": "SP"}]}], None),
        ([{"coding": 5}, {"text": 5}], None),
    ],
)
def test_what_a_visitor_works_as_is_read_from_a_closed_list(
    care_record: CareRecord, borghild: Person, stored: Stored, said: object, expected: VisitorRole | None
) -> None:
    answer = care_record.push(_with(_plan(borghild), {"type": said, "actor": JONAS}))
    if answer.status_code == 400:  # it is no FHIR at all
        assert {code for code, _ in issues(answer)} == {"structure"}
        return
    assert [(visit.visitor_role, visit.visitor_name) for visit in stored()] == [(expected, None)]


def test_a_role_that_is_contained_is_found(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "code": [{"text": "Hjelpepleier"}]}
    event = encounter(
        "1",
        borghild.national_id,
        at("08:12"),
        contained=[role],
        participant=[{"individual": {"reference": "#r"}}, {"individual": {"reference": "RelatedPerson/1"}}],
    )
    care_record.must_push(event)
    assert stored()[0].visitor_role is VisitorRole.HEALTH_CARE_WORKER


def test_who_came_counts_before_who_was_to_come(care_record: CareRecord, borghild: Person, stored: Stored) -> None:
    plan = _with(_plan(borghild), {"type": [{"text": "Sykepleier"}], "actor": JONAS})
    came = [{"type": [{"text": "Assistent"}], "individual": JONAS}]
    care_record.must_push(plan, encounter("1", borghild.national_id, at("08:12"), participant=came))
    assert stored()[0].visitor_role is VisitorRole.ASSISTANT


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ({"coding": [{"system": REASONS, "code": "pat"}]}, CancelledBy.PATIENT),
        ({"coding": [{"system": REASONS, "code": "pat-crs"}]}, CancelledBy.PATIENT),
        ({"coding": [{"system": REASONS, "code": "prov-pers", "display": "PLANTED"}]}, CancelledBy.PROVIDER),
        ({"coding": [{"system": REASONS, "code": "weather"}]}, None),
        ({"coding": [{"system": "urn:x", "code": "pat"}], "text": "PLANTED"}, None),
        (..., None),
    ],
)
def test_who_called_it_off_is_kept_and_why_is_not(
    care_record: CareRecord, borghild: Person, stored: Stored, reason: object, expected: CancelledBy | None
) -> None:
    care_record.must_push(_plan(borghild, status="cancelled", cancelationReason=reason, meta=meta(version=1)))
    (visit,) = stored()
    assert (visit.status, visit.cancelled_by) == (VisitStatus.CANCELLED, expected)
    with db.read_only() as session:
        assert "PLANTED" not in str(session.execute(text("SELECT visit_report::text FROM visit_report")).all())
    care_record.must_push(_plan(borghild, cancelationReason=reason, meta=meta(version=2)))
    assert stored()[0].cancelled_by is None


def test_words_to_the_patient_are_kept_only_where_the_sender_marks_them(
    care_record: CareRecord, borghild: Person, stored: Stored
) -> None:
    care_record.must_push(
        _plan(borghild, comment="PLANTED", description="PLANTED", patientInstruction=" Ha\nnøkkelen klar ")
    )
    assert stored()[0].patient_note == "Ha nøkkelen klar"
    place = "Bundle.entry[0].resource.patientInstruction"
    for words, code in (("x" * 301, "too-long"), ("Ring 21879498012", "security"), ("a\u202eb", "too-long")):
        assert issues(care_record.push(_plan(borghild, patientInstruction=words))) == [(code, place)]


@pytest.mark.parametrize(
    ("hours_later", "status", "expected"),
    [
        (0, "booked", ShownStatus.PLANNED),
        (3, "booked", ShownStatus.NOT_SIGNED_OFF),
        (26, "booked", ShownStatus.NOT_SIGNED_OFF),
        (27, "booked", ShownStatus.MISSED),
        (300, "arrived", ShownStatus.NOT_SIGNED_OFF),
        (300, "fulfilled", ShownStatus.DONE),
    ],
)
def test_a_visit_that_nobody_tells_of_is_missed_when_no_late_word_can_come(
    care_record: CareRecord, borghild: Person, stored: Stored, hours_later: int, status: str, expected: ShownStatus
) -> None:
    care_record.must_push(_plan(borghild, status=status))
    assert stored()[0].shown_status(clock.now() + timedelta(hours=hours_later)) is expected


@pytest.fixture
def ragna(actor_for: ActorFor, siri: StaffMember) -> Staff:
    """Who answers for the sources."""
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    return actor


def _say(actor: object, *, allowed: bool) -> None:
    with db.transaction() as session:
        if isinstance(actor, Staff):
            names.let_employees_be_named(session, actor, allowed=allowed)
        else:
            assert isinstance(actor, Citizen)
            names.let_be_named(session, actor, allowed=allowed)


@pytest.mark.parametrize(("by_municipality", "by_her"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_visitor_is_named_only_where_municipality_and_care_recipient_both_say_so(
    care_record: CareRecord,
    borghild: Person,
    kari: Person,
    actor_for: ActorFor,
    ragna: Staff,
    stored: Stored,
    by_municipality: bool,
    by_her: bool,
) -> None:
    _say(ragna, allowed=by_municipality)
    _say(actor_for(borghild), allowed=by_her)
    of_kari = _with(appointment("2", kari.national_id, at("13:00"), at("14:00")), {"actor": JONAS})
    care_record.must_push(_with(_plan(borghild), {"actor": JONAS}), of_kari)
    expected = "Jonas Berg" if by_municipality and by_her else None
    assert [visit.visitor_name for visit in stored()] == [expected, None]


@pytest.mark.parametrize("whose", ["municipality", "her"])
def test_a_no_takes_the_names_away_at_once(
    care_record: CareRecord, borghild: Person, actor_for: ActorFor, ragna: Staff, stored: Stored, whose: str
) -> None:
    herself = actor_for(borghild)
    for actor in (ragna, herself, herself):
        _say(actor, allowed=True)
    care_record.must_push(_with(_plan(borghild), {"actor": JONAS}))
    assert stored()[0].visitor_name == "Jonas Berg"
    _say(ragna if whose == "municipality" else herself, allowed=False)
    assert stored()[0].visitor_name is None
    with db.read_only() as session:
        assert "Jonas" not in str(session.execute(text("SELECT visit_report::text FROM visit_report")).all())
        chosen = select(AuditEvent).where(AuditEvent.tag == EventTag.VISITOR_NAMES_CHOSEN.value)
        told = session.scalars(chosen.order_by(AuditEvent.sequence_number)).all()
    assert [event.details["are_shown"] for event in told] == [True, True, False]


@pytest.mark.parametrize("display", ["x" * 81, "Jonas 21879498012", "Jonas\u202eBerg", " "])
def test_what_is_no_name_is_not_kept_as_one(
    care_record: CareRecord, borghild: Person, actor_for: ActorFor, ragna: Staff, stored: Stored, display: str
) -> None:
    for actor in (ragna, actor_for(borghild)):
        _say(actor, allowed=True)
    answer = care_record.push(_with(_plan(borghild), {"actor": {"type": "Practitioner", "display": display}}))
    if answer.status_code == 200:
        assert stored()[0].visitor_name is None
