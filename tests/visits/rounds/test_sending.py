"""What waited on a phone without coverage is sent as JSON: each counts once, and each is told what became of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from citizen_portal import clock, db
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.visits.models import VisitReceipt
from citizen_portal.visits.rounds.models import VisitSignOff
from tests.reading import StrictClient
from tests.visits.conftest import NOON, Follow
from tests.visits.record import at
from tests.visits.rounds.conftest import Plan

PAGE, SEND = "/ansatt/runde", "/ansatt/runde/kvitteringer"
Queue = Callable[..., TestResponse]


@pytest.fixture
def phone(client_for: Callable[..., StrictClient], jonas: StaffMember) -> StrictClient:
    """Jonas' phone."""
    return client_for(jonas)


@pytest.fixture
def send(phone: StrictClient, jonas: StaffMember) -> Queue:
    """`send(entry, …)` sends what waited; `send(body=…)` something else."""
    token = phone.page(PAGE).all("//@data-token")[0]

    def post(*waited: dict[str, Any], body: object = ..., token: str = token) -> TestResponse:
        sent = {"staff_id": str(jonas.id), "sign_offs": list(waited)} if body is ... else body
        data = sent if isinstance(sent, bytes) else json.dumps(sent)
        return phone.post(SEND, data=data, headers={"Content-Type": "application/json", "X-CSRFToken": token})

    return post


def entry(visit_id: UUID, performed_at: object = NOON, **changes: Any) -> dict[str, Any]:
    """A sign-off as the phone keeps it."""
    told = performed_at.isoformat() if isinstance(performed_at, datetime) else performed_at
    made = {"id": str(uuid4()), "visit_id": str(visit_id), "outcome": "done", "reason": None}
    return {**made, "performed_at": told, "device_at": told, **changes}


def results(answer: TestResponse) -> list[tuple[str, str | None]]:
    """What became of each."""
    assert answer.status_code == 200, answer.text
    return [(result["state"], result["refusal"]) for result in answer.json["results"]]


def test_what_was_signed_off_without_coverage_is_taken_in_once(
    send: Queue,
    client_for: Callable[..., StrictClient],
    plan: Plan,
    kari: Person,
    borghild: Person,
    follows: Follow,
) -> None:
    follows(kari, borghild)
    waited = entry(plan("1", borghild, "08:00", "09:00"), at("08:12"), device_at=at("08:05").isoformat())
    answer = send(waited)
    assert results(answer) == [("accepted", None)]
    assert answer.json["server_now"] == NOON.astimezone(UTC).isoformat()
    with clock.frozen(NOON + timedelta(minutes=1)):
        assert results(send(waited, waited)) == [("accepted", None)] * 2
    with db.read_only() as session:
        (kept,) = session.scalars(select(VisitSignOff))
        (receipt,) = session.scalars(select(VisitReceipt))
    assert (kept.performed_at, kept.device_at, kept.received_at) == (at("08:12"), at("08:05"), NOON)
    assert (receipt.performed_at, receipt.received_at) == (at("08:12"), NOON)
    assert "08:12 Morgenstell utført" in client_for(kari).page("/min-side/besok").text
    page = client_for(jonas_of(kept)).page(PAGE)
    assert "08:12 Borghild Moen utført Morgenstell · mottatt i dag 12:00" in page.text


def jonas_of(kept: VisitSignOff) -> StaffMember:
    """Who signed it off."""
    with db.read_only() as session:
        return session.get_one(StaffMember, (kept.municipality_id, kept.staff_id))


def test_each_is_refused_for_its_own_reason_and_the_rest_is_taken_in(
    send: Queue, plan: Plan, borghild: Person, ola: Person
) -> None:
    visit_id, other_id = plan("1", borghild, "08:00", "09:00"), plan("2", ola, "08:00", "09:00")
    good = entry(visit_id, at("08:12"))
    answer = send(
        good,
        entry(uuid4()),
        entry(visit_id, NOON + timedelta(minutes=6)),
        entry(visit_id, NOON - timedelta(hours=49)),
        entry(visit_id, NOON - timedelta(hours=40)),  # another day's visit, not this one
        {**good, "visit_id": str(other_id)},
        {**good, "outcome": "on_the_way"},
        entry(other_id, NOON + timedelta(minutes=4), outcome="not_home", reason="away"),
    )
    assert results(answer) == [
        ("accepted", None),
        ("refused", "not_found"),
        ("refused", "not_yet"),
        ("refused", "too_late"),
        ("refused", "not_found"),
        ("refused", "already_used"),
        ("refused", "already_used"),
        ("accepted", None),
    ]
    with db.read_only() as session:
        assert {kept.performed_at for kept in session.scalars(select(VisitSignOff))} == {at("08:12"), NOON}


ONE: dict[str, Any] = entry(uuid4())


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b"null", ""),
        ({"staff_id": str(uuid4()), "sign_offs": []}, "/sign_offs"),
        ({"staff_id": str(uuid4()), "sign_offs": [ONE] * 101}, "/sign_offs"),
        ({"staff_id": "x", "sign_offs": [ONE]}, "/staff_id"),
        ({"staff_id": str(uuid4()), "sign_offs": [{**ONE, "outcome": "cancelled"}]}, "/sign_offs/0/outcome"),
        ({"staff_id": str(uuid4()), "sign_offs": [{**ONE, "outcome": "not_home"}]}, "/sign_offs/0"),
        ({"staff_id": str(uuid4()), "sign_offs": [{**ONE, "reason": "away"}]}, "/sign_offs/0"),
        ({"staff_id": str(uuid4()), "sign_offs": [{**ONE, "name": "Borghild"}]}, "/sign_offs/0/name"),
        ({"staff_id": str(uuid4()), "sign_offs": [{**ONE, "performed_at": "2026-11-24T08:12"}]}, "/performed_at"),
    ],
)
def test_what_no_phone_of_ours_sends_is_refused_by_its_place_and_never_by_its_value(
    send: Queue, body: object, pointer: str
) -> None:
    answer = send(body=body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["status"] == 422
    assert any(fault["pointer"].endswith(pointer) for fault in answer.json["errors"]), answer.json
    assert "Borghild" not in answer.text


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 0, 1e300])
def test_no_time_is_too_odd_to_be_answered(send: Queue, plan: Plan, borghild: Person, told: object) -> None:
    visit_id = plan("1", borghild, "08:00", "09:00")
    answer = send(entry(visit_id, performed_at=told))
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert results(answer)[0][0] == "refused"


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_phone_whose_clock_is_beyond_all_years_does_not_stop_the_round(
    send: Queue, phone: StrictClient, plan: Plan, borghild: Person, told: str
) -> None:
    assert send(entry(plan("1", borghild, "08:00", "09:00"), device_at=told)).status_code == 422
    phone.page(PAGE)


def test_one_nurses_sign_offs_are_never_taken_for_anothers(send: Queue, plan: Plan, borghild: Person) -> None:
    waited = entry(plan("1", borghild, "08:00", "09:00"))
    answer = send(body={"staff_id": str(uuid4()), "sign_offs": [waited]})
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    with db.read_only() as session:
        assert not session.scalars(select(VisitSignOff)).all()


def test_a_login_that_is_over_and_a_page_of_another_login_are_told_as_problems(
    send: Queue, client_for: Callable[..., StrictClient], plan: Plan, borghild: Person, siri: StaffMember
) -> None:
    waited = entry(plan("1", borghild, "08:00", "09:00"))
    stale = send(waited, token="another")
    assert (stale.status_code, stale.mimetype) == (400, "application/problem+json")
    stranger = client_for()
    token = stranger.page("/").all("//input[@name='csrf_token']/@value")[0]
    headers = {"Content-Type": "application/json", "X-CSRFToken": token}
    answer = stranger.post(SEND, data=json.dumps({}), headers=headers)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert "WWW-Authenticate" not in answer.headers
    caseworker = client_for(siri)
    token = caseworker.page("/ansatt").all("//input[@name='csrf_token']/@value")[0]
    answer = caseworker.post(SEND, data=b"{}", headers={**headers, "X-CSRFToken": token})
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


def test_the_page_that_a_phone_keeps_holds_nobodys_name(
    phone: StrictClient, client_for: Callable[..., StrictClient], plan: Plan, borghild: Person, jonas: StaffMember
) -> None:
    plan("1", borghild, "08:00", "09:00")
    for browser in (phone, client_for()):
        page = browser.page(f"{PAGE}/uten-nett?sprak=nn")
        assert page.h1 == "Runden i dag"
        for secret in ("Borghild", "Jonas", str(jonas.id), "Morgenstell"):
            assert secret not in page.html


def test_the_worker_is_for_this_page_alone_and_may_speak_to_us(phone: StrictClient) -> None:
    worker = phone.get(f"{PAGE}/arbeider.js")
    assert worker.headers["Service-Worker-Allowed"] == PAGE
    assert worker.mimetype == "text/javascript"
    assert "connect-src 'self'" in worker.headers["Content-Security-Policy"]
