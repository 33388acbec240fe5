"""What caseworkers see: the work list, and one case with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from citizen_portal.applications import queries as applications
from citizen_portal.applications.models import Application, ApplicationEvent
from citizen_portal.applications.queries import Queue, WorkListPosition, WorkListRow
from citizen_portal.auth.actor import Staff
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile, DocumentDescription, DocumentObject, RegistryEntry
from citizen_portal.journal.terms import Variant
from citizen_portal.messages import queries as messages
from citizen_portal.messages.models import Thread
from citizen_portal.messages.queries import Conversation
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


def work_list(
    session: Session, actor: Staff, queue: Queue, *, after: WorkListPosition | None = None, size: int
) -> list[WorkLine]:
    """Up to `size` lines of a part of the unit's work, the earliest deadline first, below `after`."""
    rows = applications.work_list(session, actor, queue, after=after, size=size)
    threads = messages.threads_about(session, actor, [row.case_file_id for row in rows])
    return [WorkLine(row, threads.get(row.case_file_id)) for row in rows]


def case_page(session: Session, actor: Staff, case_file_id: UUID, *, before: int | None = None) -> CasePage:
    """One case of the actor's own unit, in five statements. Raises NotFound."""
    case = applications.case_by_case_file(session, actor, case_file_id)
    assert case.case_file is not None and case.unit is not None  # noqa: S101, PT018  only drafts have none
    return CasePage(
        application=case.application,
        case_file=case.case_file,
        unit=case.unit,
        events=applications.timeline(session, case.application),
        sent=_sent_application(session, case.application),
        conversation=messages.conversation_about(session, actor, case_file_id, before=before),
    )


def _sent_application(session: Session, application: Application) -> SentApplication:
    found = session.execute(
        select(Person, RegistryEntry, DocumentDescription, DocumentObject)
        .join(
            RegistryEntry,
            and_(
                RegistryEntry.municipality_id == Person.municipality_id,
                RegistryEntry.id == application.registry_entry_id,
            ),
        )
        .join(RegistryEntry.documents)
        .join(DocumentDescription.files)
        .where(
            Person.municipality_id == application.municipality_id,
            Person.id == application.person_id,
            DocumentObject.variant == Variant.ARCHIVE,
        )
        .order_by(DocumentDescription.document_number)
        .limit(1)
    ).one()
    person, entry, document, file = found
    return SentApplication(person.name, person.phone, entry, document.title, file)
