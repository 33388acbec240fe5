"""Whether the record system or the nurse tells first: the visit ends the same, with one receipt at most."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from citizen_portal import clock, db
from citizen_portal.auth.actor import Staff
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.rounds import service
from citizen_portal.visits.rounds.models import NotHomeReason, Outcome, VisitSignOff
from citizen_portal.visits.rounds.service import Told
from tests.visits.conftest import NOON
from tests.visits.record import SYSTEM, CareRecord, Json, at, encounter, meta
from tests.visits.rounds.conftest import planned
from tests.visits.test_any_order import _state

BOOKED = 0
"""The number of the version that books the visit: nobody can sign off what is not there."""
PLANS = ("booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error")
EVENTS = ("planned", "arrived", "in-progress", "finished", "cancelled", "entered-in-error")

Happening = tuple[str, int, Any]


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """What the record system and two nurses tell after the visit is booked, as it happens."""
    kinds = draw(st.lists(st.sampled_from(["plan", "event", "sign-off", "undo"]), min_size=1, max_size=7))
    what = {"plan": PLANS, "event": EVENTS, "sign-off": tuple(Outcome), "undo": range(4)}
    return [(kind, number, draw(st.sampled_from(what[kind]))) for number, kind in enumerate(kinds, start=1)]


class Story:
    """Makes things happen to one visit. The ids of sign-offs are the same in every order."""

    def __init__(self, care_record: CareRecord, nurse: Staff, borghild: Person) -> None:
        self.care_record, self.nurse, self.borghild = care_record, nurse, borghild
        self.ids = [new_id() for _ in range(8)]

    def begins(self) -> None:
        """Forget all, and book the visit."""
        with db.transaction() as session:
            session.execute(delete(Visit))  # and all that belongs to it
        self.care_record.must_push(self._plan(BOOKED, "booked"))
        with db.read_only() as session:
            self.visit_id = session.scalars(select(Visit.id)).one()

    def goes(self, happening: Happening) -> None:
        """Let one thing be told."""
        kind, number, what = happening
        if kind == "plan":
            self.care_record.must_push(self._plan(number, what))
        elif kind == "event":
            told = meta(at(f"05:{number:02}"))
            refers = {"appointment": [{"identifier": {"system": SYSTEM, "value": "1"}}]}
            start, end = at("08:12"), at("08:31")
            event = encounter("1", self.borghild.national_id, start, end, what, meta=told, **refers)
            self.care_record.must_push(event)
        elif kind == "sign-off":
            self._sign_off(number, what)
        else:
            self._undo(what)

    def _sign_off(self, number: int, outcome: Outcome) -> None:
        reason = NotHomeReason.AWAY if outcome is Outcome.NOT_HOME else None
        moment = NOON - timedelta(minutes=60 - number)
        with db.transaction() as session:
            told = Told(self.ids[number], self.visit_id, outcome, reason, moment, moment)
            service.sign_off(session, self.nurse, told)

    def _undo(self, number: int) -> None:
        """Take back what was signed off as number; as good as no sign-off when it has not come."""
        with db.transaction() as session:
            if session.get(VisitSignOff, (self.nurse.municipality_id, self.ids[number])):
                service.undo(session, self.nurse, self.visit_id, self.ids[number])

    def _plan(self, number: int, status: str) -> Json:
        told = meta(at(f"05:{number:02}"))
        return planned("1", self.borghild, at("08:00"), at("09:00"), status=status, meta=told)


@pytest.fixture
def story(care_record: CareRecord, nurse: Staff, borghild: Person, home_care: Unit) -> Story:
    """Borghild's morning visit."""
    return Story(care_record, nurse, borghild)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), data=st.data())
def test_pushes_and_sign_offs_in_any_order_end_in_the_same_visit(
    story: Story, history: list[Happening], data: st.DataObject
) -> None:
    tellings = [happening for happening in history if happening[0] != "undo"]
    undos = [happening for happening in history if happening[0] == "undo"]
    arrival = data.draw(st.permutations(tellings))
    repeated = data.draw(st.lists(st.sampled_from(tellings), max_size=3)) if tellings else []
    story.begins()
    for happening in [*tellings, *undos]:
        story.goes(happening)
    in_order = _state()
    assert len(in_order) == 1
    story.begins()
    for happening in [*arrival, *undos, *repeated]:  # nobody can undo what we do not know of
        story.goes(happening)
    assert _state() == in_order


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_records_times_count_where_both_say_done(story: Story, order: tuple[int, ...]) -> None:
    told: list[Happening] = [("event", 1, "finished"), ("sign-off", 2, Outcome.DONE), ("plan", 3, "fulfilled")]
    story.begins()
    for number in order:
        story.goes(told[number])
    with db.read_only() as session:
        (receipt,) = session.scalars(select(VisitReceipt))
    assert (receipt.performed_at, receipt.ended_at) == (at("08:12"), at("08:31"))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([("plan", 1, "cancelled"), ("sign-off", 2, Outcome.DONE)], "done"),
        ([("event", 1, "in-progress"), ("sign-off", 2, Outcome.NOT_HOME)], "not_home"),
        ([("event", 1, "finished"), ("sign-off", 2, Outcome.NOT_HOME)], "done"),
        ([("plan", 1, "fulfilled"), ("sign-off", 2, Outcome.ON_THE_WAY)], "done"),
        ([("sign-off", 1, Outcome.NOT_HOME), ("sign-off", 2, Outcome.ON_THE_WAY)], "on_the_way"),
        ([("sign-off", 1, Outcome.DONE), ("sign-off", 2, Outcome.NOT_HOME)], "done"),
        ([("sign-off", 1, Outcome.DONE), ("undo", 2, 1)], "planned"),
        ([("sign-off", 1, Outcome.DONE), ("plan", 2, "entered-in-error")], "entered_in_error"),
        ([("sign-off", 1, Outcome.DONE), ("plan", 2, "entered-in-error"), ("plan", 3, "booked")], "done"),
        ([("plan", 1, "entered-in-error"), ("sign-off", 2, Outcome.DONE), ("plan", 3, "booked")], "done"),
        ([("sign-off", 1, Outcome.ON_THE_WAY), ("sign-off", 2, Outcome.DONE), ("undo", 3, 2)], "on_the_way"),
    ],
)
def test_who_is_believed(story: Story, told: list[Happening], status: str) -> None:
    story.begins()
    for happening in told:
        story.goes(happening)
    with db.read_only() as session:
        assert session.scalars(select(Visit.status)).one().value == status


def test_a_plan_that_turns_out_to_be_anothers_takes_the_sign_off_along(story: Story, ola: Person) -> None:
    story.begins()
    story.goes(("sign-off", 1, Outcome.DONE))
    story.care_record.must_push(planned("1", ola, at("08:00"), at("09:00"), meta=meta(at("06:00"))))
    with db.read_only() as session:
        visit = session.scalars(select(Visit)).one()
    assert (visit.care_recipient_id, visit.status.value, visit.is_held) == (ola.id, "done", False)


def test_two_nurses_who_both_came_make_one_receipt_with_the_first_time(story: Story, nurse: Staff) -> None:
    story.begins()
    story.goes(("sign-off", 2, Outcome.DONE))
    with clock.frozen(NOON + timedelta(minutes=1)), db.transaction() as session:
        first = Told(new_id(), story.visit_id, Outcome.DONE, None, at("08:10"), at("08:10"))
        service.sign_off(session, replace(nurse), first)
    with db.read_only() as session:
        (receipt,) = session.scalars(select(VisitReceipt))
    assert receipt.performed_at == at("08:10")
