"""Kari appeals a decision; it is changed, dismissed or sent on, and the body above us answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from citizen_portal import clock, db
from citizen_portal.applications import queries as applications
from citizen_portal.applications.appeals import queries, service
from citizen_portal.applications.appeals.errors import AppealIncomplete
from citizen_portal.applications.appeals.letters import BodyAnswer
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.terms import AppealState, BodyOutcome
from citizen_portal.applications.decisions.queries import letters_of
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import DECIDED, EventKind, Status
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.errors import NotFound
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person
from citizen_portal.journal import queries as journal
from citizen_portal.journal.models import RegistryEntry
from citizen_portal.journal.terms import EntryType, SignOffMethod
from tests.applications.conftest import Sent, archive, draft, reload, sent
from tests.applications.decisions.conftest import Decide, decide, kari_acts, read_now, send, siri_acts, write
from tests.conftest import ActorFor

__all__ = ["archive", "decide", "draft", "kari_acts", "sent", "siri_acts"]

SAID = {"disagrees_text": "Jeg har falt tre ganger.", "wants_text": "Jeg vil ha alarm."}
BODY = "Statsforvalteren i Innlandet"


@pytest.fixture
def refused(sent: Sent, kari_acts: Citizen, decide: Decide) -> Application:
    """Kari's application, refused, and she has read why."""
    application = sent(kari_acts)
    decide(application, Outcome.REFUSED)
    read_now(kari_acts, application)
    return application


def _appeal(actor: Citizen, application: Application, said: dict[str, str] = SAID) -> Appeal:
    with db.transaction() as session:
        appeal = service.save(session, actor, application.id, said)
    with db.transaction() as session:
        return service.send(session, actor, application.id, appeal.revision)


def _withdraw(actor: Citizen, application: Application) -> None:
    with db.transaction() as session:
        service.withdraw(session, actor, application.id)


def _forward(actor: Staff, application: Application) -> None:
    assert application.case_file_id is not None
    with db.transaction() as session:
        service.forward(session, actor, application.case_file_id, BODY, "61 26 60 00", "Vi mener vedtaket er riktig.")


def _answer(actor: Staff, application: Application, outcome: BodyOutcome, now: Outcome | None = None) -> None:
    assert application.case_file_id is not None
    answer = BodyAnswer(outcome, clock.today(), "De er enige med oss.", now)
    with db.transaction() as session:
        service.register_answer(session, actor, application.case_file_id, answer)


def _entries(application: Application) -> list[RegistryEntry]:
    assert application.case_file_id is not None
    with db.read_only() as session:
        found = journal.entries_of_case(session, application.case_file_id)
        return [journal.registry_entry(session, entry.id) for entry in found]


def _waiting(application: Application) -> int:
    assert application.case_file_id is not None
    with db.read_only() as session:
        return len(journal.entries_waiting_for_answer(session, application.case_file_id))


def _newest(actor: Citizen, application: Application) -> EventKind:
    with db.read_only() as session:
        return applications.timeline(session, application)[0].kind


def test_what_kari_appeals_is_journaled_and_has_an_answer_time_of_its_own(
    refused: Application, kari_acts: Citizen
) -> None:
    with clock.frozen(clock.now() + timedelta(days=10)):
        appeal = _appeal(kari_acts, refused)
        now = reload(kari_acts, refused.id)
        assert now.answer_by_date == now.definition.answer_by(clock.today())
    assert (now.status, now.is_under_way, appeal.is_late) == (Status.APPEALED, True, False)
    assert _newest(kari_acts, refused) is EventKind.APPEALED
    entry = _entries(refused)[-1]
    assert (entry.entry_type, entry.title) == (
        EntryType.INCOMING,
        "Klage på vedtak – Søknad om trygghetsalarm – Borghild Moen",
    )
    assert entry.public_title == "Klage på vedtak – Søknad om trygghetsalarm – *****"
    assert _waiting(refused) == 1


def test_kari_sends_the_appeal_from_four_tabs_at_once_and_it_is_one(refused: Application, kari_acts: Citizen) -> None:
    with db.transaction() as session:
        written = service.save(session, kari_acts, refused.id, SAID)

    def tap(_tab: int) -> object:
        with db.as_municipality(kari_acts.municipality_id), db.transaction() as session:
            return service.send(session, kari_acts, refused.id, written.revision).id

    with ThreadPoolExecutor(4) as tabs:
        assert set(tabs.map(tap, range(4))) == {written.id}
    assert [entry.entry_type.value for entry in _entries(refused)] == ["incoming", "outgoing", "incoming"]


def test_what_kari_did_not_look_over_is_not_sent(refused: Application, kari_acts: Citizen) -> None:
    with db.transaction() as session:
        seen = service.save(session, kari_acts, refused.id, SAID).revision
    with db.transaction() as session:
        service.save(session, kari_acts, refused.id, {"wants_text": "Noe annet."})
    with pytest.raises(ChangedMeanwhile), db.transaction() as session:
        service.send(session, kari_acts, refused.id, seen)


@pytest.mark.parametrize("lacks", ["disagrees_text", "wants_text"])
def test_an_appeal_says_what_is_wrong_and_what_is_wanted(refused: Application, kari_acts: Citizen, lacks: str) -> None:
    with pytest.raises(AppealIncomplete) as incomplete:
        _appeal(kari_acts, refused, {**SAID, lacks: " "})
    assert incomplete.value.fields == (lacks,)


def test_a_late_appeal_is_taken_but_asks_for_the_reason(refused: Application, kari_acts: Citizen) -> None:
    with db.read_only() as session:
        deadline = queries.appealable_for(session, kari_acts, refused.id).delivery.appeal_deadline
    assert deadline is not None
    with clock.frozen(datetime(deadline.year, deadline.month, deadline.day, 12, tzinfo=UTC) + timedelta(days=1)):
        with pytest.raises(AppealIncomplete) as incomplete:
            _appeal(kari_acts, refused)
        assert incomplete.value.fields == ("late_text",)
        appeal = _appeal(kari_acts, refused, {**SAID, "late_text": "Jeg var på sykehus."})
    assert appeal.is_late
    assert appeal.deadline_date == deadline


def test_on_the_last_day_nothing_is_late(refused: Application, kari_acts: Citizen) -> None:
    with db.read_only() as session:
        deadline = queries.appealable_for(session, kari_acts, refused.id).delivery.appeal_deadline
    assert deadline is not None
    with clock.frozen(datetime(deadline.year, deadline.month, deadline.day, 21, 30, tzinfo=UTC)):
        assert not _appeal(kari_acts, refused).is_late


def test_before_anything_is_decided_there_is_nothing_to_appeal(sent: Sent, kari_acts: Citizen) -> None:
    with pytest.raises(NotFound):
        _appeal(kari_acts, sent(kari_acts))


def test_a_stranger_and_who_acts_in_another_area_come_to_nothing(
    refused: Application, kari: Person, ola: Person, borghild: Person, actor_for: ActorFor
) -> None:
    with db.transaction() as session:
        identity.register_representation(
            session,
            actor_for(borghild),
            principal=session.merge(kari),
            representative=session.merge(borghild),
            basis=Basis.NEXT_OF_KIN,
            areas=[Area.ECONOMY],
        )
    for somebody in (ola, borghild):
        actor = actor_for(somebody)
        assert isinstance(actor, Citizen)
        with pytest.raises(NotFound):
            _appeal(actor, refused)


def test_who_acts_for_kari_appeals_for_her_and_that_is_said(
    refused: Application, kari: Person, ola: Person, actor_for: ActorFor
) -> None:
    with db.transaction() as session:
        identity.register_representation(
            session,
            actor_for(kari),
            principal=session.merge(kari),
            representative=session.merge(ola),
            basis=Basis.NEXT_OF_KIN,
            areas=[Area.HEALTH],
        )
    actor = actor_for(ola)
    assert isinstance(actor, Citizen)
    appeal = _appeal(actor, refused)
    assert appeal.representative_name == "Ola Nordli"
    assert _entries(refused)[-1].parties[0].name == "Kari Moen v/ Ola Nordli"


def test_kari_takes_the_appeal_back_and_the_decision_stands_until_she_appeals_again(
    refused: Application, kari_acts: Citizen
) -> None:
    first = _appeal(kari_acts, refused)
    for _tap in range(2):
        _withdraw(kari_acts, refused)
    assert reload(kari_acts, refused.id).status is Status.REFUSED
    with db.read_only() as session:
        newest = applications.timeline(session, refused)[0]
    assert (newest.kind, newest.facts) == (EventKind.WITHDRAWN, {"appeal": str(first.id)})
    assert _waiting(refused) == 0
    assert _appeal(kari_acts, refused).id != first.id


def test_siri_changes_the_decision_and_that_answers_the_appeal(
    refused: Application, kari_acts: Citizen, siri_acts: Staff
) -> None:
    _appeal(kari_acts, refused)
    send(siri_acts, refused, write(siri_acts, refused, Outcome.GRANTED))
    now = reload(kari_acts, refused.id)
    assert now.status is Status.GRANTED
    assert _newest(kari_acts, refused) is EventKind.APPEAL_REVERSED
    [*_earlier, came, answer] = _entries(refused)
    [signed] = came.sign_offs
    assert (signed.method, signed.answer_id) == (SignOffMethod.ANSWERED_BY_LETTER, answer.id)
    assert answer.title.startswith("Svar på klage – ")
    with db.read_only() as session:
        assert [each.state for each in queries.appeals_of(session, refused)] == [AppealState.ANSWERED]
        assert queries.appealable_for(session, kari_acts, refused.id).may_appeal


def test_siri_dismisses_an_appeal_and_the_refusal_stands_but_the_dismissal_can_be_appealed(
    refused: Application, kari_acts: Citizen, siri_acts: Staff
) -> None:
    _appeal(kari_acts, refused)
    send(siri_acts, refused, write(siri_acts, refused, Outcome.DISMISSED))
    assert reload(kari_acts, refused.id).status is Status.REFUSED
    assert _newest(kari_acts, refused) is EventKind.APPEAL_DISMISSED
    _appeal(kari_acts, refused)


def test_an_appeal_is_not_answered_with_a_new_refusal(
    refused: Application, kari_acts: Citizen, siri_acts: Staff
) -> None:
    _appeal(kari_acts, refused)
    with pytest.raises(NotPossibleNow):
        write(siri_acts, refused, Outcome.REFUSED)


def test_siri_upholds_the_decision_and_sends_the_appeal_on_with_a_copy_to_kari(
    refused: Application, kari_acts: Citizen, siri_acts: Staff
) -> None:
    _appeal(kari_acts, refused)
    for _tap in range(2):
        _forward(siri_acts, refused)
    now = reload(kari_acts, refused.id)
    assert now.status is Status.APPEAL_FORWARDED
    with db.read_only() as session:
        steps = applications.timeline(session, refused)
        copies = [letter.title for letter in letters_of(session, refused)]
    assert [step.kind for step in steps[:2]] == [EventKind.APPEAL_FORWARDED, EventKind.APPEAL_UPHELD]
    assert steps[0].facts == {"to": BODY, "contact": "61 26 60 00"}
    assert copies == ["Oversending av klage", "Vedtak: Søknad om trygghetsalarm"]
    outgoing = _entries(refused)[-1]
    assert (outgoing.entry_type, outgoing.parties[0].name) == (EntryType.OUTGOING, BODY)
    assert _waiting(refused) == 0
    with pytest.raises(NotPossibleNow):
        _withdraw(kari_acts, refused)


@pytest.mark.parametrize(
    ("outcome", "now", "status", "waiting"),
    [
        (BodyOutcome.UPHELD, None, Status.REFUSED, 0),
        (BodyOutcome.CHANGED, Outcome.PARTLY_GRANTED, Status.PARTLY_GRANTED, 0),
        (BodyOutcome.SENT_BACK, None, Status.IN_PROGRESS, 1),
    ],
)
def test_the_body_above_us_answers_and_that_is_how_it_stands(
    refused: Application,
    kari_acts: Citizen,
    siri_acts: Staff,
    outcome: BodyOutcome,
    now: Outcome | None,
    status: Status,
    waiting: int,
) -> None:
    _appeal(kari_acts, refused)
    _forward(siri_acts, refused)
    for _tap in range(2):
        _answer(siri_acts, refused, outcome, now)
    assert reload(kari_acts, refused.id).status is status
    assert _newest(kari_acts, refused) is EventKind.APPEAL_DECIDED
    assert _entries(refused)[-1].parties[0].name == BODY
    assert _waiting(refused) == waiting
    with pytest.raises(NotPossibleNow):
        _appeal(kari_acts, refused)


def test_what_was_sent_back_is_decided_anew_and_that_answers_the_body(
    refused: Application, kari_acts: Citizen, siri_acts: Staff
) -> None:
    _appeal(kari_acts, refused)
    _forward(siri_acts, refused)
    _answer(siri_acts, refused, BodyOutcome.SENT_BACK)
    send(siri_acts, refused, write(siri_acts, refused, Outcome.REFUSED))
    assert _newest(kari_acts, refused) is EventKind.REFUSED
    assert _waiting(refused) == 0


def test_what_was_appealed_is_never_changed(refused: Application, kari_acts: Citizen) -> None:
    appeal = _appeal(kari_acts, refused)
    with pytest.raises(DBAPIError, match="neither changed nor deleted"), db.transaction() as session:
        session.execute(text("UPDATE appeal SET wants_text = 'x' WHERE id = :id"), {"id": appeal.id})


STEPS = ("grant", "refuse", "dismiss", "appeal", "withdraw", "forward", "uphold", "change", "send back", "read")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=8))
def test_in_any_order_timeline_status_clock_and_journal_tell_the_same(
    sent: Sent, kari_acts: Citizen, siri_acts: Staff, steps: list[str]
) -> None:
    application = sent(kari_acts)
    does = {
        "grant": lambda: send(siri_acts, application, write(siri_acts, application, Outcome.GRANTED)),
        "refuse": lambda: send(siri_acts, application, write(siri_acts, application, Outcome.REFUSED)),
        "dismiss": lambda: send(siri_acts, application, write(siri_acts, application, Outcome.DISMISSED)),
        "appeal": lambda: _appeal(kari_acts, application),
        "withdraw": lambda: _withdraw(kari_acts, application),
        "forward": lambda: _forward(siri_acts, application),
        "uphold": lambda: _answer(siri_acts, application, BodyOutcome.UPHELD),
        "change": lambda: _answer(siri_acts, application, BodyOutcome.CHANGED, Outcome.GRANTED),
        "send back": lambda: _answer(siri_acts, application, BodyOutcome.SENT_BACK),
        "read": lambda: read_now(kari_acts, application),
    }
    for step in steps:
        before = reload(kari_acts, application.id).status
        try:
            does[step]()
        except (NotPossibleNow, NotFound, IndexError):
            assert reload(kari_acts, application.id).status is before
        _demand_one_truth(kari_acts, application)


def _demand_one_truth(kari_acts: Citizen, application: Application) -> None:
    now = reload(kari_acts, application.id)
    with db.read_only() as session:
        appeals = queries.appeals_of(session, now)
    states = [appeal.state for appeal in appeals]
    assert states.count(AppealState.RECEIVED) == (now.status is Status.APPEALED)
    assert states.count(AppealState.FORWARDED) == (now.status is Status.APPEAL_FORWARDED)
    assert (now.decided_at is None) == (now.status is Status.RECEIVED)
    assert now.answer_by_date is not None
    assert _waiting(application) == (1 if now.is_under_way else 0)
    numbers = [entry.entry_number for entry in _entries(application)]
    assert numbers == list(range(1, len(numbers) + 1))
    if now.status in DECIDED:
        assert all(not appeal.waits_for_decision for appeal in appeals)
