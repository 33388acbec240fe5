"""What happens in the demo's cases, each a story that is played in the order of time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import service as applications
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.applications.tasks import service as tasks
from citizen_portal.applications.tasks.models import Slot, answer_by
from citizen_portal.applications.tasks.service import Asked
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id, transaction
from citizen_portal.demo.seed import decisions, letters
from citizen_portal.demo.seed.pictures import photo_of_paper
from citizen_portal.demo.seed.timeline import Story, any_hour, office_hours
from citizen_portal.identity.grounds import ground_for
from citizen_portal.identity.models import Person
from citizen_portal.journal.enclosures import enclose
from citizen_portal.messages import queries as message_queries
from citizen_portal.messages import service as messages
from citizen_portal.uploads import check_upload

SERVICE = "trygghetsalarm"
ENDINGS = (
    Status.RECEIVED,
    Status.IN_PROGRESS,
    Status.WAITING_FOR_CITIZEN,
    Status.WAITING_FOR_OTHERS,
    Status.GRANTED,
    Status.PARTLY_GRANTED,
    Status.REFUSED,
    Status.CLOSED,
    Status.WITHDRAWN,
)
"""How an application stands today; the stories go round them, so each is there."""

NOTES: Mapping[Status, str] = {
    Status.WAITING_FOR_OTHERS: "Vi venter på svar fra fastlegen.",
    Status.CLOSED: "Du trenger ikke alarmen lenger, så vi avslutter saken slik vi ble enige om.",
}
OUTCOMES: Mapping[Status, Outcome] = {
    Status.GRANTED: Outcome.GRANTED,
    Status.PARTLY_GRANTED: Outcome.PARTLY_GRANTED,
    Status.REFUSED: Outcome.REFUSED,
}


def answers(person: Person, randomness: Random, *, for_mother: str | None = None) -> list[dict[str, Any]]:
    """The three steps of the form, filled in."""
    whom: dict[str, Any] = {"for_whom": "self"}
    if for_mother:
        whom = {
            "for_whom": "other",
            "other_name": for_mother,
            "other_birth_date": "03.09.1941",
            "other_relation": "Mor",
            "other_agrees": "agrees",
        }
    needs = {"needs": randomness.choice(letters.NEEDS), "lives_alone": "yes", "key_holder": "key_safe"}
    contact = {
        "contact_phone": person.phone,
        "contact_email": person.email,
        "health_information": randomness.choice(("yes", "no")),
        "declaration": "yes",
    }
    return [whom, needs, contact]


def draft(citizen: Citizen, person: Person, at: datetime, randomness: Random) -> Story:
    """Somebody begins an application and stops after the first step."""
    yield at
    with transaction() as session:
        application = applications.start_draft(session, citizen, SERVICE, "nb")
        applications.save_step(session, citizen, application.id, 1, answers(person, randomness)[0], "nb")


def application(
    citizen: Citizen,
    person: Person,
    caseworker: Staff,
    start: datetime,
    ending: Status,
    randomness: Random,
    *,
    for_mother: str | None = None,
) -> Story:
    """Somebody applies; the caseworker picks it up, asks, gets an answer, and it comes to how it stands today."""
    yield any_hour(start, randomness)
    sent = send(citizen, answers(person, randomness, for_mother=for_mother))
    if ending is Status.WITHDRAWN:
        yield start + timedelta(days=1, hours=13)
        with transaction() as session:
            applications.withdraw(session, citizen, sent.id)
    elif ending is not Status.RECEIVED:
        yield from _handled(citizen, caseworker, sent, start + timedelta(days=1), ending, randomness)


def _handled(
    citizen: Citizen, caseworker: Staff, sent: Application, start: datetime, ending: Status, randomness: Random
) -> Story:
    """The caseworker takes the application and asks; unless somebody is waited for, it goes on to its end."""
    picked_up = office_hours(start, randomness)
    yield picked_up
    with transaction() as session:
        applications.pick_up(session, caseworker, sent.id)
    asked = office_hours(picked_up + timedelta(minutes=30), randomness)
    yield asked
    _write(caseworker, sent, randomness.choice(letters.QUESTIONS_FROM_STAFF), randomness)
    if ending in (Status.WAITING_FOR_CITIZEN, Status.WAITING_FOR_OTHERS):
        yield asked + timedelta(minutes=4)
        if ending is Status.WAITING_FOR_CITIZEN:
            _ask(caseworker, sent)
        else:
            _set_status(caseworker, sent, ending)
        return
    answered = any_hour(asked + timedelta(days=1), randomness)
    yield answered
    has_photo = randomness.random() < 0.5
    _answer(citizen, sent, randomness.choice(letters.ANSWERS_FROM_CITIZENS), randomness, photo=has_photo)
    if ending is not Status.IN_PROGRESS:
        yield from _decided(citizen, caseworker, sent, answered + timedelta(days=4), ending, randomness)


def _decided(
    citizen: Citizen, caseworker: Staff, sent: Application, start: datetime, ending: Status, randomness: Random
) -> Story:
    """The caseworker decides; most read it the day after, and some of those refused appeal. Some need no decision."""
    decided = office_hours(start, randomness)
    yield decided
    _write(caseworker, sent, randomness.choice(letters.MORE_FROM_STAFF), randomness)
    if ending is Status.CLOSED:
        _set_status(caseworker, sent, ending)
        return
    decisions.decide(caseworker, sent, OUTCOMES[ending])
    if ending is not Status.GRANTED:
        yield any_hour(decided + timedelta(days=1), randomness)
        decisions.read(citizen, sent)
    if ending is Status.REFUSED and randomness.random() < 0.5:
        yield any_hour(decided + timedelta(days=3), randomness)
        decisions.appeal(citizen, sent)


def long_conversation(
    citizen: Citizen, person: Person, caseworker: Staff, start: datetime, randomness: Random
) -> Story:
    """Ten messages back and forth over some weeks."""
    yield any_hour(start, randomness)
    sent = send(citizen, answers(person, randomness))
    moment = office_hours(start + timedelta(days=1), randomness)
    yield moment
    with transaction() as session:
        applications.pick_up(session, caseworker, sent.id)
    for number, text in enumerate(letters.LONG_THREAD):
        if number % 2 == 0:
            moment = any_hour(moment + timedelta(days=1), randomness)
            yield moment
            _answer(citizen, sent, text, randomness, photo=False)
        else:
            moment = office_hours(moment + timedelta(hours=2), randomness)
            yield moment
            _write(caseworker, sent, text, randomness)


def karis_application(kari: Citizen, person: Person, siri: Staff, now: datetime, randomness: Random) -> Story:
    """Kari has applied on behalf of her mother; Siri wrote to her this morning, and she has not read it yet."""
    yield now - timedelta(days=5, hours=3)
    sent = send(kari, answers(person, randomness, for_mother="Borghild Moen"))
    yield office_hours(now - timedelta(days=4), randomness)
    with transaction() as session:
        applications.pick_up(session, siri, sent.id)
    yield now - timedelta(minutes=26)
    _write(siri, sent, letters.KARIS_QUESTION, randomness)
    yield now - timedelta(minutes=25)
    _ask(siri, sent)


def karis_answers(kari: Citizen, person: Person, siri: Staff, now: datetime, randomness: Random) -> Story:
    """Kari was refused an alarm for herself and has read why, so that she can still appeal; and she has got an answer
    today that she has not read."""
    yield now - timedelta(days=30)
    refused = send(kari, answers(person, randomness))
    yield now - timedelta(days=12)
    granted = send(kari, answers(person, randomness, for_mother="Borghild Moen"))
    yield now - timedelta(days=6)
    decisions.decide(siri, refused, Outcome.REFUSED)
    yield now - timedelta(days=5)
    decisions.read(kari, refused)
    yield now - timedelta(hours=2)
    decisions.decide(siri, granted, Outcome.GRANTED)


def fill_in(session: Session, citizen: Citizen, steps: list[dict[str, Any]], service: str) -> Application:
    """A draft with every step answered."""
    made = applications.start_draft(session, citizen, service, "nb")
    for number, typed in enumerate(steps, start=1):
        made, problems = applications.save_step(session, citizen, made.id, number, typed, "nb")
        if problems:
            raise ValueError(f"the demo's answers are wrong: {problems}")
    return made


def send(citizen: Citizen, steps: list[dict[str, Any]], service: str = SERVICE) -> Application:
    """Apply."""
    with transaction() as session:
        made = fill_in(session, citizen, steps, service)
        return applications.submit(session, citizen, made.id, made.revision)


def _set_status(caseworker: Staff, sent: Application, status: Status) -> None:
    with transaction() as session:
        applications.change_status(session, caseworker, sent.id, status, NOTES.get(status))


def _ask(caseworker: Staff, sent: Application) -> None:
    """For the doctor's statement, within two weeks."""
    slots = (Slot("Legeerklæring", is_required=True), Slot("Andre papirer om helsen", is_required=False))
    text = "Vi trenger legeerklæringen før vi kan svare. Ta gjerne bilde av den med telefonen."
    asked = Asked(new_id(), "Send inn legeerklæring", text, slots, answer_by(clock.today()))
    with transaction() as session:
        tasks.give(session, caseworker, sent.id, asked)


def _write(caseworker: Staff, sent: Application, text: str, randomness: Random) -> None:
    with transaction() as session:
        _read(session, caseworker, sent)
        messages.write_to_citizen(session, caseworker, _case_file_id(sent), text, _message_id(randomness))


def _answer(citizen: Citizen, sent: Application, text: str, randomness: Random, *, photo: bool) -> None:
    files = [check_upload(photo_of_paper(randomness), "legeerklæring.jpg")] if photo else []
    enclosures = [enclose(file, "nb") for file in files]
    with transaction() as session:
        _read(session, citizen, sent)
        messages.write_about_case(session, citizen, _case_file_id(sent), text, _message_id(randomness), enclosures)


def _read(session: Session, reader: Citizen | Staff, sent: Application) -> None:
    conversation = message_queries.conversation_about(session, reader, _case_file_id(sent))
    ground = ground_for(session, reader, sent.unit_id, sent.person_id)
    messages.note_reading(session, reader, conversation, ground)


def _case_file_id(sent: Application) -> UUID:
    if sent.case_file_id is None:
        raise ValueError("not sent")
    return sent.case_file_id


def _message_id(randomness: Random) -> UUID:
    return UUID(int=randomness.getrandbits(128), version=4)
