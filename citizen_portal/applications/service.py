"""Use cases of applications, each in the caller's transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import journaling, people, queries
from citizen_portal.applications.answers import Problem, problems_of_step
from citizen_portal.applications.decisions.queries import demand_appeal_is_over
from citizen_portal.applications.definitions import Definition, current_definition
from citizen_portal.applications.drafts.starting import insert_draft, offered_language
from citizen_portal.applications.errors import AlreadySent, PersonChanged, ServiceNotOffered, SignatureNeeded
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.models import Application
from citizen_portal.applications.record import SignedBy
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.identity.staff_roles import works_in
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy import queries as tenancy
from citizen_portal.tenancy.models import Unit


def start_draft(
    session: Session, actor: Citizen, definition_id: str, language: str, shown_for: UUID | None = None
) -> Application:
    """Start an application, or go on with the draft of the same service: a second tap makes no second draft.

    `shown_for` is the person whom the page was shown for: another tab may have chosen somebody else since.

    Raises NotFound for an unknown service, ServiceNotOffered where no unit handles it, and PersonChanged when another
    person is chosen by now.
    """
    if shown_for is not None and shown_for != actor.subject_id:
        raise PersonChanged
    definition = current_definition(session, definition_id, clock.today())
    responsible_unit(session, definition)
    reach.demand_may_act_for(session, actor, actor.subject_id, definition.area)
    made_id = insert_draft(session, actor, definition, language)
    draft = queries.open_draft(session, actor, definition_id)
    if draft is None:  # sent from another window between the two statements
        raise AlreadySent
    if made_id is not None:
        audit.record(
            session,
            actor,
            EventTag.APPLICATION_STARTED,
            subject=draft,
            about_person_id=draft.person_id,
            service=definition.id,
        )
    return draft


def save_step(
    session: Session,
    actor: Citizen,
    application_id: UUID,
    number: int,
    raw: Mapping[str, object],
    language: str,
    *,
    action: str | None = None,
) -> tuple[Application, list[Problem]]:
    """Keep what was typed in a step (counted from 1), right or wrong, and say what must be corrected in it.

    `action` is what the button says that sent it; without one it was saved while it was being typed.

    Raises NotFound, and AlreadySent when it is no draft any more.
    """
    application = queries.application_for(session, actor, application_id, lock=True)
    offered = people.offered_in(session, actor, application, application.definition.step(number).fields)
    application.save_step(number, raw, clock.now(), offered=offered, action=action)
    application.note_who_applies(actor.person_id, actor.name)
    application.language = offered_language(language)
    return application, problems_of_step(application.definition, number, application.answers)


def submit(session: Session, actor: Citizen, application_id: UUID, revision: int) -> Application:
    """Send the application: case file, registry entry with its PDF, notice. Sent again it is the same application.

    `revision` is that of the answers that the citizen looked over. All of it happens in the caller's transaction.

    Raises:
        NotFound: not the citizen's own.
        ChangedMeanwhile: the answers are others than those looked over.
        Incomplete: something must be corrected first.
        SignatureNeeded: somebody else must sign it as well.
        ServiceNotOffered: no unit handles the service any more.
    """
    application = queries.application_for(session, actor, application_id, lock=True)
    if not application.is_draft:
        return application
    demand_sendable(session, actor, application, revision)
    if application.needs_signature:
        raise SignatureNeeded
    application.note_who_applies(actor.person_id, actor.name)
    return send(session, actor, application)


def demand_sendable(session: Session, actor: Citizen, application: Application, revision: int) -> None:
    """Let a locked draft hold what would be sent now, and raise ChangedMeanwhile or Incomplete if that cannot be."""
    application.settle_answers(people.offered_in(session, actor, application, application.definition.fields))
    application.demand_sendable(revision)


def send(
    session: Session, actor: Citizen, application: Application, *, signed_by: SignedBy | None = None
) -> Application:
    """Send a locked draft that can be sent, as the one's who applies; `signed_by` is who has signed it besides.

    Raises ServiceNotOffered.
    """
    definition, received_at = application.definition, clock.now()
    unit = responsible_unit(session, definition)
    applicant = identity.person(session, application.person_id)
    case_file, entry = journaling.register_submission(session, actor, application, applicant, unit, signed_by)
    event = application.receive(
        received_at=received_at,
        answer_by=definition.answer_by(clock.to_oslo(received_at).date()),
        unit=unit,
        case_file_id=case_file.id,
        registry_entry_id=entry.id,
        facts={"for": applicant.name} if application.representative_id else {},
    )
    session.add(event)
    session.flush()
    facts: dict[str, Any] = {"about_person_id": applicant.id, "service": definition.id, "case_number": case_file.number}
    audit.record(session, actor, EventTag.APPLICATION_SUBMITTED, subject=application, **facts)
    notifications.enqueue(session, Occasion.APPLICATION_RECEIVED, application.person_id)
    return application


def withdraw(session: Session, actor: Citizen, application_id: UUID) -> Application:
    """Take the application back before it is decided; again is no change. Journaled as incoming.

    Raises NotFound or NotPossibleNow.
    """
    application = queries.application_for(session, actor, application_id, lock=True)
    if application.status is not Status.WITHDRAWN:
        applicant = identity.person(session, application.person_id)
        event = application.withdraw(actor, clock.now(), _on_behalf(actor, applicant))
        _record_change(session, actor, application, event)
        journaling.register_withdrawal(session, actor, application, applicant)
        journaling.settle(session, actor, application)
    return application


def pick_up(session: Session, actor: Staff, application_id: UUID) -> Application:
    """Take an application of one's own unit; again is no change. Raises NotFound, AlreadyPickedUp or NotPossibleNow."""
    application = queries.application_for(session, actor, application_id, lock=True)
    if application.assigned_staff_id != actor.staff_id:
        event = application.pick_up(actor, clock.now())
        _record_change(session, actor, application, event)
        journaling.name_responsible(session, actor, application)
    return application


def assign(session: Session, actor: Staff, application_id: UUID, staff_id: UUID) -> Application:
    """Hand the application to an active colleague of the same unit. Raises NotFound or NotPossibleNow."""
    application = queries.application_for(session, actor, application_id, lock=True)
    colleague = demand_colleague(session, actor, staff_id)
    if application.assigned_staff_id != colleague.id:
        event = application.hand_over(actor, colleague.id, colleague.name, clock.now())
        _record_change(session, actor, application, event)
        journaling.name_responsible(session, actor, application)
    return application


def demand_colleague(session: Session, actor: Staff, staff_id: UUID) -> StaffMember:
    """The active colleague of the actor's unit. Raises NotFound."""
    colleague = works_in(session, staff_id, actor.unit_id)
    if colleague is None:
        raise NotFound
    return colleague


def change_status(
    session: Session, actor: Staff, application_id: UUID, status: Status, note: str | None = None
) -> Application:
    """Go on to a status, with words that the citizen reads in the timeline; to the same status again changes nothing.

    Closing it closes the case file. An outcome is set by sending a decision, see `decisions`.

    Raises NotFound, NotPossibleNow, AppealStillOpen when it is closed before the deadline for an appeal, or
    EntriesNotSignedOff when it is closed while the citizen waits for an answer.
    """
    application = queries.application_for(session, actor, application_id, lock=True)
    if application.status is not status:
        if status is Status.CLOSED:
            demand_appeal_is_over(session, application)
        event = application.change_status(actor, status, clock.now(), note)
        _record_change(session, actor, application, event)
        if not application.is_under_way:
            journaling.settle(session, actor, application)
        notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return application


def _on_behalf(actor: Citizen, applicant: Person) -> dict[str, str]:
    return {"for": applicant.name} if actor.person_id != applicant.id else {}


def _record_change(session: Session, actor: Citizen | Staff, application: Application, event: ApplicationEvent) -> None:
    session.add(event)
    session.flush()
    assigned = event.kind in (EventKind.PICKED_UP, EventKind.HANDED_OVER)
    audit.record(
        session,
        actor,
        EventTag.APPLICATION_ASSIGNED if assigned else EventTag.APPLICATION_STATUS_CHANGED,
        subject=application,
        about_person_id=application.person_id,
        status=application.status.value,
    )


def responsible_unit(session: Session, definition: Definition) -> Unit:
    """The unit that handles the service. Raises ServiceNotOffered where there is none."""
    try:
        return tenancy.unit_by_name(session, definition.journal.responsible_unit)
    except NotFound:
        raise ServiceNotOffered(definition.id) from None
