"""Siri decides Kari's application; what she writes is good enough to send."""

from collections.abc import Callable, Mapping

import pytest

from citizen_portal import clock, db
from citizen_portal.applications.decisions import service
from citizen_portal.applications.decisions.models import Decision
from citizen_portal.applications.decisions.queries import letters_of
from citizen_portal.applications.decisions.reaching import note_opening
from citizen_portal.applications.decisions.terms import Outcome, Part
from citizen_portal.applications.definitions import Definition
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.identity.models import Person, StaffMember
from tests.conftest import ActorFor

WORDS: Mapping[Part, str] = {
    Part.DECIDED: "Du får trygghetsalarm fra 1. desember 2026.",
    Part.FACTS: "Du har falt to ganger i høst.",
    Part.REASONS: "Du er utrygg hjemme, og alarmen gjør at du får hjelp raskt.",
}

Decide = Callable[..., Decision]


@pytest.fixture
def kari_acts(actor_for: ActorFor, kari: Person) -> Citizen:
    """Kari, logged in."""
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    return actor


@pytest.fixture
def siri_acts(actor_for: ActorFor, siri: StaffMember) -> Staff:
    """Siri, logged in."""
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    return actor


@pytest.fixture
def needs_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit demands that a second person approves."""

    def demanding(self: Application) -> Definition:
        found = _definition(self)
        assert found.decision is not None
        return found.model_copy(update={"decision": found.decision.model_copy(update={"needs_approval": True})})

    _definition: Callable[[Application], Definition] = Application.definition.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Application, "definition", property(demanding))


def write(
    actor: Staff,
    application: Application,
    outcome: Outcome | None,
    words: Mapping[Part, str] = WORDS,
    *,
    language: str = "nb",
    shown: Outcome | None = None,
) -> Decision:
    """What somebody writes of a decision, saved."""
    assert application.case_file_id is not None
    with db.transaction() as session:
        return service.save(session, actor, application.case_file_id, outcome, language, words, shown=shown)


def send(actor: Staff, application: Application, decision: Decision) -> Decision:
    """The decision, sent as it was written last."""
    assert application.case_file_id is not None
    with db.transaction() as session:
        return service.send(session, actor, application.case_file_id, decision.id, decision.revision)


@pytest.fixture
def decide(siri_acts: Staff) -> Decide:
    """`decide(application, Outcome.REFUSED)` is a decision of Siri's that was sent."""

    def decided(application: Application, outcome: Outcome = Outcome.REFUSED) -> Decision:
        return send(siri_acts, application, write(siri_acts, application, outcome))

    return decided


def read_now(actor: Citizen, application: Application) -> None:
    """The citizen opens her newest letter."""
    with db.read_only() as session:
        newest = letters_of(session, application)[0]
    note_opening(actor, application, newest.delivery)
    assert newest.delivery.opened_at is not None
    assert newest.delivery.opened_at <= clock.now()
