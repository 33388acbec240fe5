"""Ask the citizen for something, and take her answer. Each verb works in the caller's transaction.

The application's row is the lock of everything about its tasks: a task withdrawn, answered and decided about in three
windows at once has one truth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock, deadlines
from citizen_portal.applications import correspondence
from citizen_portal.applications import queries as applications
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.files import queries as files
from citizen_portal.applications.files import service as file_service
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.applications.tasks import letters, queries
from citizen_portal.applications.tasks.errors import IdTaken, NoLongerAsked, NotADeadline
from citizen_portal.applications.tasks.models import MOST_FILES, Slot, Task
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.models import Municipality

LONGEST_TIME: Final = timedelta(days=365)
"""How far away a deadline can lie."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the citizen has typed and chosen: files made ready, each with its upload id, by the slot's number."""

    text: str
    has_nothing: bool = False
    uploads: Mapping[int, Sequence[tuple[UUID, Enclosure]]] = field(default_factory=dict)
    removed_file_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The task, and why nothing was sent: the numbers of what lacks (0: words) and of slots with too many files."""

    task: Task
    lacks: tuple[int, ...] = ()
    full: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caseworker asks for. The form chooses the id, so that sent twice it counts once."""

    id: UUID
    title: str
    text: str
    slots: tuple[Slot, ...]
    due_date: date


def give(session: Session, actor: Staff, application_id: UUID, asked: Asked) -> Task:
    """Ask the citizen for something: a letter, a notice, and the answer time stands still until she has answered.

    Raises NotFound, IdTaken, NotADeadline, CaseFileIsClosed, or NotPossibleNow for an application that is decided.
    """
    application = applications.application_for(session, actor, application_id, lock=True)
    if (already := session.get(Task, (current_municipality_id(), asked.id))) is not None:
        if already.application_id != application.id:
            raise IdTaken
        return already
    demand_deadline(asked.due_date)
    at = clock.now()
    task = Task(
        id=asked.id,
        application_id=application.id,
        title=asked.title,
        text=asked.text,
        slots=[{"name": slot.name, "required": slot.is_required} for slot in asked.slots],
        given_at=at,
        given_by_name=actor.name,
        unit_name=actor.unit_name,
        answer_text="",
        has_nothing=False,
    )
    task.set_deadline(asked.due_date, clock.to_oslo(at).date())
    event = _wait(application, actor, task)
    letter = letters.request(_language(session, application), task.title, task.text, task.asked_slots, task.due_date)
    task.request_entry_id = correspondence.send(session, actor, application, letter).id
    session.add(task)
    _note(session, actor, application, task, event, EventTag.TASK_GIVEN)
    notifications.enqueue(session, Occasion.TASK_GIVEN, application.person_id)
    return task


def move_deadline(session: Session, actor: Staff, application_id: UUID, task_id: UUID, due_date: date) -> Task:
    """Give the citizen more or less time; to the same day again is no change.

    Raises NotFound, NotADeadline, or NoLongerAsked.
    """
    application, task = _locked(session, actor, application_id, task_id)
    if task.due_date == due_date:
        return task
    if not task.waits_in(application):
        raise NoLongerAsked
    demand_deadline(due_date)
    before = task.due_date
    task.set_deadline(due_date, clock.today())
    facts = {**task.facts, "before": before.isoformat()}
    event = application.note(EventKind.WAITING_FOR_CITIZEN, clock.now(), actor=actor, facts=facts)
    _note(session, actor, application, task, event, EventTag.TASK_CHANGED)
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return task


def withdraw(session: Session, actor: Staff, application_id: UUID, task_id: UUID) -> Task:
    """Say that we do not need it any more; again is no change. With the last one the clock goes on.

    Raises NotFound, or NoLongerAsked when it was answered or the application came to its end meanwhile.
    """
    application, task = _locked(session, actor, application_id, task_id)
    if task.withdrawn_at is None:
        if not task.waits_in(application):
            raise NoLongerAsked
        at = clock.now()
        event = _stop_waiting(session, application, actor, task, EventKind.TASK_WITHDRAWN)
        task.be_withdrawn(actor, at)
        _note(session, actor, application, task, event, EventTag.TASK_CHANGED)
        notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return task


def save_draft(session: Session, actor: Citizen, application_id: UUID, task_id: UUID, text: str) -> Task:
    """Keep what was typed so far; nothing of an answer that was sent is changed. Raises NotFound."""
    _application, task = _locked(session, actor, application_id, task_id)
    if task.answered_at is None:
        task.keep(text, clock.now())
    return task


def answer(
    session: Session, actor: Citizen, application_id: UUID, task_id: UUID, attempt: Attempt, *, sends: bool
) -> Answered:
    """Keep what was typed and chosen so far, right or wrong, and with `sends` send it, however late.

    Sent, it is journaled, the task is closed, and with the last one the clock goes on. Nothing is sent when something
    lacks, or when it is not asked for any more: see what comes back. Of a task that is answered nothing changes.
    Raises NotFound or CaseFileIsClosed.
    """
    application, task = _locked(session, actor, application_id, task_id)
    if task.answered_at is not None:
        return Answered(task)
    task.keep(attempt.text, clock.now())
    task.has_nothing = attempt.has_nothing
    full = _keep_files(session, actor, application, task, attempt)
    if full or not sends or not task.waits_in(application):
        return Answered(task, full=full)
    in_slots = files_of_task(session, application, task)
    infected = tuple(number for number, kept in in_slots.items() if any(file.is_infected for file in kept))
    lacks = infected or task.lacks({number for number, kept in in_slots.items() if kept})
    if not lacks:
        _send(session, actor, application, task, [file for kept in in_slots.values() for file in kept])
    return Answered(task, lacks=lacks)


def keep_file(
    session: Session,
    actor: Citizen,
    application_id: UUID,
    task_id: UUID,
    number: int,
    uploads: Sequence[tuple[UUID, Enclosure]],
) -> None:
    """Keep what was chosen for one slot while the answer is written. Of a task that is answered nothing changes.

    Raises NotFound, also for a slot that the task does not have, or TooManyFiles.
    """
    application, task = _locked(session, actor, application_id, task_id)
    if number not in task.slot_numbers:
        raise NotFound
    if task.answered_at is None:
        for upload_id, enclosure in uploads:
            file_service.keep(session, actor, application, task.purpose(number), enclosure, upload_id, MOST_FILES)


def note_news_seen(session: Session, actor: Staff, application_id: UUID) -> Application:
    """Say that somebody has looked at what the citizen sent. Raises NotFound."""
    application = applications.application_for(session, actor, application_id, lock=True)
    application.news_at = None
    return application


def demand_deadline(due_date: date) -> None:
    """Raise NotADeadline for a day that is not to come, a day off, or too far away."""
    today = clock.today()
    if not today < due_date <= today + LONGEST_TIME or not deadlines.is_working_day(due_date, eves_are_off=True):
        raise NotADeadline


def files_of_task(session: Session, application: Application, task: Task) -> dict[int, list[ApplicationFile]]:
    """The files in each of the task's slots, by the slot's number."""
    by_purpose = files.files_by_purpose(session, application)
    return {number: by_purpose[task.purpose(number)] for number in task.slot_numbers}


def _keep_files(
    session: Session, actor: Citizen, application: Application, task: Task, attempt: Attempt
) -> tuple[int, ...]:
    """Take away and keep files; answers with the numbers of the slots that had no room for all."""
    for number, kept in files_of_task(session, application, task).items():
        if any(file.id == attempt.removed_file_id for file in kept) and attempt.removed_file_id is not None:
            file_service.remove(session, actor, application, task.purpose(number), attempt.removed_file_id)
    full = []
    for number in task.slot_numbers:
        try:
            for upload_id, enclosure in attempt.uploads.get(number, ()):
                file_service.keep(session, actor, application, task.purpose(number), enclosure, upload_id, MOST_FILES)
        except TooManyFiles:
            full.append(number)
    return tuple(full)


def _send(
    session: Session, actor: Citizen, application: Application, task: Task, sent: Sequence[ApplicationFile]
) -> None:
    at, applicant = clock.now(), identity.person(session, application.person_id)
    event = _stop_waiting(session, application, actor, task, EventKind.TASK_ANSWERED)
    if actor.person_id != applicant.id:
        event.facts = {**event.facts, "for": applicant.name}
    language = _language(session, application)
    names = [file.filename for file in sent]
    letter = letters.answer(language, task.title, task.answer_text, has_nothing=task.has_nothing, filenames=names)
    enclosures = file_service.as_documents(sent, letters.ENCLOSED.in_language(language))
    entry = correspondence.receive(session, actor, application, applicant, letter, enclosures)
    task.be_answered(actor, entry.id, at)
    _note(session, actor, application, task, event, EventTag.TASK_ANSWERED)


def _locked(session: Session, actor: Citizen | Staff, application_id: UUID, task_id: UUID) -> tuple[Application, Task]:
    application = applications.application_for(session, actor, application_id, lock=True)
    return application, queries.task_of(session, application, task_id)


def _wait(application: Application, actor: Staff, task: Task) -> ApplicationEvent:
    """Stop the clock, unless it stands still already."""
    at, kind, facts = task.given_at, EventKind.WAITING_FOR_CITIZEN, task.facts
    if application.status is Status.WAITING_FOR_CITIZEN:
        return application.note(kind, at, actor=actor, facts=facts)
    return application.go_on(kind, Status.WAITING_FOR_CITIZEN, at, actor=actor, facts=facts)


def _stop_waiting(
    session: Session, application: Application, actor: Citizen | Staff, task: Task, kind: EventKind
) -> ApplicationEvent:
    """Let the clock go on, unless we wait for something else or a caseworker has gone on already."""
    at, facts = clock.now(), {"task": str(task.id), "title": task.title}
    if application.status is not Status.WAITING_FOR_CITIZEN or queries.others_wait(session, application, task):
        return application.note(kind, at, actor=actor, facts=facts)
    return application.go_on(kind, Status.IN_PROGRESS, at, actor=actor, facts=facts)


def _note(
    session: Session,
    actor: Citizen | Staff,
    application: Application,
    task: Task,
    event: ApplicationEvent,
    tag: EventTag,
) -> None:
    session.add(event)
    session.flush()
    facts: dict[str, Any] = {"about_person_id": application.person_id, "status": application.status.value}
    audit.record(session, actor, tag, subject=task, **facts)


def _language(session: Session, application: Application) -> str:
    municipality = session.get_one(Municipality, current_municipality_id())
    return correspondence.letter_language(application, municipality)
