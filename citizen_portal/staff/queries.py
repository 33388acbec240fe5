"""What caseworkers see: the work list, and one case with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, joinedload

from citizen_portal.applications import queries as applications
from citizen_portal.applications import work_list as work_lists
from citizen_portal.applications.decisions.queries import count_for_approval
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.handling.queries import count_of_notes
from citizen_portal.applications.models import Application
from citizen_portal.applications.tasks.models import Task
from citizen_portal.applications.work_list import Queue, WorkListPosition, WorkListRow
from citizen_portal.auth.actor import Staff
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.grounds import Ground, ground_of, leave
from citizen_portal.identity.models import Person
from citizen_portal.journal import queries as journal
from citizen_portal.journal.models import CaseFile, DocumentDescription, DocumentObject, RegistryEntry
from citizen_portal.journal.terms import DocumentRole, Variant
from citizen_portal.messages import queries as messages
from citizen_portal.messages.models import Thread
from citizen_portal.messages.queries import Conversation
from citizen_portal.representation.queries import count_due, who_may_act_in_case
from citizen_portal.tenancy.models import Unit


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A line of the work list: the application, and the conversation about it if there is one."""

    row: WorkListRow
    thread: Thread | None

    @property
    def citizen_waits(self) -> bool:
        """Whether the citizen had the last word in the conversation."""
        return self.thread is not None and self.thread.waits_for_staff

    @property
    def message_is_last(self) -> bool:
        """Whether the last thing that happened is a message."""
        return self.thread is not None and self.thread.last_message_at > self.row.status_changed_at


@dataclass(frozen=True, slots=True)
class OtherWork:
    """What waits for somebody besides cases, in numbers."""

    next_of_kin: int
    """Registered by the unit, to be renewed or ended."""
    decisions: int
    """To be approved."""


@dataclass(frozen=True, slots=True)
class SentApplication:
    """Who applied, how the application was journaled, and its document."""

    citizen_name: str
    citizen_phone: str | None
    entry: RegistryEntry
    title: str
    file: DocumentObject


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything about one case."""

    application: Application
    case_file: CaseFile
    unit: Unit
    events: Sequence[ApplicationEvent]
    sent: SentApplication
    conversation: Conversation
    representatives: Sequence[tuple[str, str]]
    """Name and basis of those who may act for the citizen in this case today."""
    note_count: int
    """How many internal notes there are."""
    ground: Ground
    """On what ground the employee reads it."""
    tasks: Sequence[Task]
    """What the citizen was asked for, the newest first."""

    def is_handled_by(self, actor: Staff) -> bool:
        """Whether the case is of the actor's own unit; the others can be read only."""
        return self.unit.id == actor.unit_id


def work_list(
    session: Session, actor: Staff, queue: Queue, *, after: WorkListPosition | None = None, size: int
) -> list[WorkLine]:
    """Up to `size` lines of a part of the unit's work, the earliest deadline first, below `after`."""
    rows = work_lists.work_list(session, actor, queue, after=after, size=size)
    threads = messages.threads_about(session, actor, [row.case_file_id for row in rows])
    return [WorkLine(row, threads.get(row.case_file_id)) for row in rows]


def other_work(session: Session, actor: Staff) -> OtherWork:
    """What waits besides the work list, in one statement."""
    return OtherWork(*session.execute(select(count_due(actor), count_for_approval(actor))).one())


def case_page(session: Session, actor: Staff, case_file_id: UUID, *, before: int | None = None) -> CasePage:
    """One case that the actor reaches, in three statements, and on what ground.

    Raises NotFound, or ReasonNeeded for the few who may handle a protected person.
    """
    query = applications.select_case(actor, case_file_id).add_columns(
        leave(actor, Application.person_id), count_of_notes()
    )
    found = session.execute(_with_document(query)).unique().first()
    if found is None:
        reach.demand_reason(session, actor, journal.citizen_of(session, case_file_id))
        raise NotFound
    application, case_file, unit, opened, note_count, person, entry, document, file, representatives = found
    return CasePage(
        application=application,
        case_file=case_file,
        unit=unit,
        events=application.events,
        sent=SentApplication(person.name, _shown_phone(person), entry, document.title, file),
        conversation=messages.conversation_about(session, actor, case_file_id, before=before),
        representatives=representatives or (),
        note_count=note_count,
        ground=ground_of(actor, application.unit_id, opened),
        tasks=application.tasks,
    )


def _shown_phone(person: Person) -> str | None:
    """A phone number leads to where somebody is."""
    return None if person.is_protected else person.phone


def _with_document(case: Select[Any]) -> Select[Any]:
    """The case with who applied, how the application was journaled, its main document, and its timeline."""
    person = and_(Person.municipality_id == Application.municipality_id, Person.id == Application.person_id)
    entry = and_(
        RegistryEntry.municipality_id == Application.municipality_id, RegistryEntry.id == Application.registry_entry_id
    )
    return (
        case.add_columns(Person, RegistryEntry, DocumentDescription, DocumentObject, who_may_act_in_case())
        .join(Person, person)
        .join(RegistryEntry, entry)
        .join(RegistryEntry.documents)
        .join(DocumentDescription.files)
        .where(DocumentDescription.role == DocumentRole.MAIN, DocumentObject.variant == Variant.ARCHIVE)
        .options(joinedload(Application.events), joinedload(Application.tasks))
    )
