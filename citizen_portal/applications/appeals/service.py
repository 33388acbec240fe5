"""Use cases of appeals, each in the caller's transaction. The application is locked first: two tabs have one truth."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock, deadlines
from citizen_portal.applications import queries as applications
from citizen_portal.applications.appeals import letters, queries
from citizen_portal.applications.appeals.letters import BodyAnswer
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.terms import AppealState, BodyOutcome
from citizen_portal.applications.decisions.dispatch import deliver, register_letter
from citizen_portal.applications.decisions.queries import standing_outcome
from citizen_portal.applications.decisions.terms import STATUS_OF
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.journaling import case_file_of, incoming, municipality_of, stored
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import PORTAL, Citizen, Staff, System
from citizen_portal.db import new_id
from citizen_portal.deadlines import Deadline
from citizen_portal.documents import Document
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.identity.models import Person
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import record_language
from citizen_portal.journal.entries import IncomingEntry, party
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.terms import SignOffMethod
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.models import Municipality


def save(session: Session, actor: Citizen, application_id: UUID, said: Mapping[str, str]) -> Appeal:
    """Keep what was written of the appeal over the last decision; the first word begins it.

    Raises NotFound, or NotPossibleNow where there is nothing that she can appeal.
    """
    found = queries.appealable_for(session, actor, application_id, lock=True)
    if not found.may_appeal:
        raise NotPossibleNow
    appeal = found.appeal
    if appeal is None:
        appeal = Appeal(id=new_id(), application_id=found.application.id, decision_id=found.decision.id, revision=0)
        appeal.disagrees_text = appeal.wants_text = appeal.late_text = ""
        appeal.state = AppealState.DRAFT
        session.add(appeal)
    appeal.write(dict(said), clock.now())
    appeal.note_who_appeals(actor, found.application.person_id)
    session.flush()
    return appeal


def send(session: Session, actor: Citizen, application_id: UUID, revision: int) -> Appeal:
    """Send the appeal that was looked over: journal, timeline, answer time. Sent again it is the same appeal.

    Raises:
        NotFound: not hers to send.
        ChangedMeanwhile: it is another text than was looked over.
        AppealIncomplete: something lacks; late ones must say why they are late.
        NotPossibleNow: there is nothing that she can appeal.
    """
    found = queries.appealable_for(session, actor, application_id, lock=True)
    appeal, application, at = found.appeal, found.application, clock.now()
    if appeal is None:
        raise NotPossibleNow
    if not appeal.is_draft:
        return appeal
    if not found.may_appeal:
        raise NotPossibleNow
    appeal.demand_sendable(revision, is_late=found.is_late)
    appeal.note_who_appeals(actor, application.person_id)
    appeal.deadline_date = found.delivery.appeal_deadline
    applicant = identity.person(session, application.person_id)
    entry = _register(session, actor, application, applicant, appeal, at)
    appeal.receive(at, entry.id)
    session.add(application.go_on(EventKind.APPEALED, Status.APPEALED, at, actor=actor, facts=_for(actor, applicant)))
    _begin_clock(application, at)
    _record(session, actor, application, appeal, EventTag.APPEAL_SENT)
    notifications.enqueue(session, Occasion.APPLICATION_RECEIVED, application.person_id)
    return appeal


def withdraw(session: Session, actor: Citizen, application_id: UUID) -> Appeal:
    """Take the appeal back before we have answered it or sent it on; again is no change. Journaled as incoming.

    Raises NotFound or NotPossibleNow.
    """
    application = applications.application_for(session, actor, application_id, lock=True)
    appeal = next(iter(queries.appeals_of(session, application)), None)
    if appeal is None:
        raise NotFound
    if appeal.state is AppealState.WITHDRAWN:
        return appeal
    appeal.withdraw()
    at, applicant = clock.now(), identity.person(session, application.person_id)
    status = STATUS_OF[standing_outcome(session, application)]
    facts = {**_for(actor, applicant), "appeal": str(appeal.id)}
    session.add(application.go_on(EventKind.WITHDRAWN, status, at, actor=actor, facts=facts))
    _register_withdrawal(session, actor, application, applicant, appeal, at)
    _record(session, actor, application, appeal, EventTag.APPEAL_WITHDRAWN)
    return appeal


def forward(session: Session, actor: Staff, case_file_id: UUID, to: str, contact: str, assessment: str) -> Appeal:
    """Uphold the decision and send the appeal on to the body above us, with a copy to the party; again is no change.

    Raises NotFound or NotPossibleNow.
    """
    case, appeal = _locked_case(session, actor, case_file_id)
    if appeal.state is AppealState.FORWARDED:
        return appeal
    application, case_file, at = case.application, _case_file(case), clock.now()
    if application.status is not Status.APPEALED:
        raise NotPossibleNow
    applicant, municipality = identity.person(session, application.person_id), municipality_of(session)
    letter = letters.forwarding(
        application,
        applicant,
        case_file,
        municipality,
        language="nn" if application.language == "nn" else "nb",
        to=to,
        caseworker=actor.name,
        assessment=assessment,
        at=at,
    )
    title = letters.FORWARDING.in_language(record_language(municipality))
    answers = _entry(session, appeal)
    entry = register_letter(
        session, actor, case_file, letter, title=title, recipient=to, answers=answers, at=at
    )  # fmt: skip
    delivery = deliver(session, application, entry, at)
    appeal.forward(to, contact, assessment, delivery.id, at)
    where = {"to": to, "contact": contact}
    session.add(application.note(EventKind.APPEAL_UPHELD, at, actor=actor))
    session.flush()
    session.add(application.go_on(EventKind.APPEAL_FORWARDED, Status.APPEAL_FORWARDED, at, actor=actor, facts=where))
    _record(session, actor, application, appeal, EventTag.APPEAL_FORWARDED)
    return appeal


def register_answer(session: Session, actor: Staff, case_file_id: UUID, answer: BodyAnswer) -> Appeal:
    """Register what the body above us decided; again is no change. Sent back to us, the case is decided anew.

    Raises NotFound or NotPossibleNow.
    """
    case, appeal = _locked_case(session, actor, case_file_id)
    if appeal.state is AppealState.DECIDED:
        return appeal
    if appeal.state is not AppealState.FORWARDED:
        raise NotPossibleNow
    application, case_file, at = case.application, _case_file(case), clock.now()
    entry = _register_answer(session, actor, application, case_file, appeal, answer)
    appeal.was_decided(answer.outcome, entry.id)
    if answer.outcome is BodyOutcome.SENT_BACK:
        status = Status.IN_PROGRESS
    else:
        journal.sign_off(session, actor, entry, SignOffMethod.NOTED)
        status = STATUS_OF[answer.now or standing_outcome(session, application)]
    by = {"by": appeal.forwarded_to or ""}
    session.add(
        application.go_on(EventKind.APPEAL_DECIDED, status, at, actor=actor, note=answer.note, facts=by)
    )  # fmt: skip
    if answer.outcome is BodyOutcome.SENT_BACK:
        _begin_clock(application, at)
    _record(session, actor, application, appeal, EventTag.APPEAL_DECIDED)
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return appeal


def _locked_case(session: Session, actor: Staff, case_file_id: UUID) -> tuple[ApplicationCase, Appeal]:
    """A case of the actor's own unit, locked, and its newest appeal. Raises NotFound."""
    case, _before = queries.case_with_appeals(session, actor, case_file_id)
    applications.application_for(session, actor, case.application.id, lock=True)
    appeals = queries.appeals_of(session, case.application)
    session.refresh(appeals[0])
    return case, appeals[0]


def _register(
    session: Session, actor: Citizen, application: Application, applicant: Person, appeal: Appeal, at: datetime
) -> RegistryEntry:
    case_file, municipality = case_file_of(session, application), municipality_of(session)
    by = appeal.representative_name
    written = letters.as_document(appeal, application, applicant, case_file, municipality, by=by, at=at)
    entry = _incoming(application, case_file, municipality, letters.APPEAL, written, party(applicant.name, by), at)
    return journal.register_incoming(session, actor, case_file, entry)


def _register_withdrawal(
    session: Session, actor: Citizen, application: Application, applicant: Person, appeal: Appeal, at: datetime
) -> None:
    """A document that came in like any other. It asks for no answer, and neither does the appeal any more."""
    case_file, municipality = case_file_of(session, application), municipality_of(session)
    by = None if actor.person_id == applicant.id else actor.name
    written = letters.withdrawal(appeal, application, applicant, case_file, municipality, by=by, at=at)
    entry = _incoming(application, case_file, municipality, letters.WITHDRAWN, written, party(applicant.name, by), at)
    portal = System(actor.municipality_id, PORTAL)
    journal.sign_off(
        session, portal, journal.register_incoming(session, actor, case_file, entry), SignOffMethod.NOTED
    )  # fmt: skip
    journal.sign_off(session, portal, _entry(session, appeal), SignOffMethod.NOTED)


def _register_answer(
    session: Session,
    actor: Staff,
    application: Application,
    case_file: CaseFile,
    appeal: Appeal,
    answer: BodyAnswer,
) -> RegistryEntry:
    municipality = municipality_of(session)
    language = record_language(municipality)
    body = appeal.forwarded_to or ""
    written = letters.answer_of_body(
        application, case_file, municipality, language=language, body=body, answer=answer
    )  # fmt: skip
    title = letters.ANSWER
    entry = _incoming(application, case_file, municipality, title, written, body, answer.received_at)
    return journal.register_incoming(session, actor, case_file, entry)


def _incoming(
    application: Application,
    case_file: CaseFile,
    municipality: Municipality,
    title: Text,
    document: Document,
    sender: str,
    at: datetime,
) -> IncomingEntry:
    said = title.in_language(record_language(municipality))
    titles = {"title": f"{said} – {case_file.title}", "public_title": f"{said} – {case_file.public_title}"}
    return incoming(application, sender, at, (stored(document, said),), **titles)


def _begin_clock(application: Application, at: datetime) -> None:
    """The case has an answer time and a preliminary reply of its own again, from the day of the appeal on."""
    day = clock.to_oslo(at).date()
    application.answer_by_date = application.definition.answer_by(day)
    application.preliminary_due_date = deadlines.last_day(Deadline.PRELIMINARY_REPLY, day)
    application.preliminary_sent_at, application.escalation = None, 0


def _case_file(case: ApplicationCase) -> CaseFile:
    assert case.case_file is not None  # noqa: S101  only drafts have none
    return case.case_file


def _entry(session: Session, appeal: Appeal) -> RegistryEntry:
    assert appeal.registry_entry_id is not None  # noqa: S101  only drafts have none
    return journal_queries.registry_entry(session, appeal.registry_entry_id)


def _for(actor: Citizen, applicant: Person) -> dict[str, str]:
    return {"for": applicant.name} if actor.person_id != applicant.id else {}


def _record(session: Session, actor: Citizen | Staff, application: Application, appeal: Appeal, tag: EventTag) -> None:
    session.flush()
    audit.record(session, actor, tag, subject=appeal, about_person_id=application.person_id, state=appeal.state.value)
