"""What is decided in the demo's cases, and what people do about it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from citizen_portal.applications.appeals import service as appeals
from citizen_portal.applications.decisions import service
from citizen_portal.applications.decisions.queries import desk, letters_of
from citizen_portal.applications.decisions.reaching import note_opening
from citizen_portal.applications.decisions.terms import Outcome, Part
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import read_only, transaction

_WORDS: Final[Mapping[Outcome, Mapping[Part, str]]] = {
    Outcome.GRANTED: {
        Part.DECIDED: "Du får trygghetsalarm. Montøren ringer deg for å avtale når den skal settes opp.",
        Part.FACTS: "Du er utrygg hjemme og har falt i høst.",
        Part.REASONS: "Alarmen gjør at du raskt får hjelp hvis du faller igjen, og at du kan bli boende hjemme.",
        Part.CONDITIONS: "Du må ha en nøkkelboks ved døra, eller en som bor i nærheten og har nøkkel.",
    },
    Outcome.PARTLY_GRANTED: {
        Part.DECIDED: "Du får trygghetsalarm som virker hjemme. Du får ikke alarm med mobilkort.",
        Part.FACTS: "Du har falt hjemme. Du går sjelden ut alene.",
        Part.REASONS: "Hjemme trenger du å kunne få hjelp raskt. Ute har du følge, så der er behovet dekket.",
    },
    Outcome.REFUSED: {
        Part.DECIDED: "Du får ikke trygghetsalarm nå.",
        Part.FACTS: "Du bor sammen med en som kan hjelpe deg, og du har ikke falt det siste året.",
        Part.REASONS: (
            "Alarmen er for dem som ikke kan tilkalle hjelp på annen måte. Du kan ringe, og du er sjelden alene.\n\n"
            "Endrer situasjonen seg, kan du søke på nytt når som helst."
        ),
    },
}


def decide(caseworker: Staff, sent: Application, outcome: Outcome, said: Mapping[Part, str] | None = None) -> None:
    """The caseworker writes a decision and sends it; about a safety alarm when nothing else is said."""
    case_file_id = _case_file_id(sent)
    with transaction() as session:
        words = said or _WORDS[outcome]
        written = service.save(session, caseworker, case_file_id, outcome, "nb", words, shown=None)
        service.send(session, caseworker, case_file_id, written.id, written.revision)


def ask_for_approval(caseworker: Staff, sent: Application, outcome: Outcome, said: Mapping[Part, str]) -> None:
    """The caseworker writes a decision, and a manager must look it over."""
    case_file_id = _case_file_id(sent)
    with transaction() as session:
        written = service.save(session, caseworker, case_file_id, outcome, "nb", said, shown=None)
        service.ask_for_approval(session, caseworker, case_file_id, written.revision)


def approve(manager: Staff, caseworker: Staff, sent: Application) -> None:
    """The manager approves it, and the caseworker sends it."""
    case_file_id = _case_file_id(sent)
    with transaction() as session:
        decision = desk(session, manager, case_file_id).decision
        assert decision is not None  # noqa: S101  it was just written
        service.approve(session, manager, case_file_id, decision.revision)
    with transaction() as session:
        service.send(session, caseworker, case_file_id, decision.id, decision.revision)


def read(citizen: Citizen, sent: Application) -> None:
    """The citizen opens the newest letter of the case."""
    with read_only() as session:
        newest = letters_of(session, sent)[0]
    note_opening(citizen, sent, newest.delivery)


def appeal(citizen: Citizen, sent: Application) -> None:
    """The citizen appeals."""
    said = {
        "disagrees_text": "Dere skriver at jeg sjelden er alene. Mannen min er på jobb hele dagen.",
        "wants_text": "Jeg vil ha trygghetsalarm.",
    }
    with transaction() as session:
        written = appeals.save(session, citizen, sent.id, said)
        appeals.send(session, citizen, sent.id, written.revision)


def _case_file_id(sent: Application) -> UUID:
    if sent.case_file_id is None:
        raise ValueError("not sent")
    return sent.case_file_id
