"""Use cases of appeals, each in the caller's transaction. The application is locked first: two tabs have one truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock, deadlines
from citizen_portal.applications import queries as applications
from citizen_portal.applications.appeals import journaling, letters, queries
from citizen_portal.applications.appeals.letters import BodyAnswer
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.terms import AppealState, BodyOutcome
from citizen_portal.applications.decisions.dispatch import deliver, register_letter
from citizen_portal.applications.decisions.queries import standing_outcome
from citizen_portal.applications.decisions.terms import STATUS_OF
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.files import service as file_service
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.journaling import municipality_of
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.deadlines import Deadline
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as identity
from citizen_portal.identity.models import Person
from citizen_portal.journal import service as journal
from citizen_portal.journal.enclosures import Enclosure, record_language
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.terms import SignOffMethod
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion

MOST_FILES: Final = 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """Files that came with the appeal, made ready and each with its upload id; and one to take away."""

    uploads: Sequence[tuple[UUID, Enclosure]] = ()
    removed_id: UUID | None = None


NO_FILES: Final = Chosen()


def save(
    session: Session, actor: Citizen, application_id: UUID, said: Mapping[str, str], chosen: Chosen = NO_FILES
) -> Appeal:
    """Keep what was written of the appeal over the last decision, and the files; the first of either begins it.

    Raises NotFound, TooManyFiles, or NotPossibleNow where there is nothing that she can appeal.
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
    if _keep_files(session, actor, found.application, appeal, chosen):
        appeal.revision += 1
    session.flush()
    return appeal


def send(session: Session, actor: Citizen, application_id: UUID, revision: int) -> Appeal:
    """Send the appeal that was looked over: journal, timeline, answer time. Sent again it is the same appeal.

    Raises:
        NotFound: not hers to send.
        ChangedMeanwhile: it is another text than was looked over.
        AppealIncomplete: something lacks, or a file is stopped; late ones must say why they are late.
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
    enclosed = queries.files_with(session, application, appeal)
    appeal.demand_sendable(revision, enclosed, is_late=found.is_late)
    appeal.note_who_appeals(actor, application.person_id)
    appeal.deadline_date = found.delivery.appeal_deadline
    applicant = identity.person(session, application.person_id)
    entry = journaling.register(session, actor, application, applicant, appeal, enclosed, at)
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
    journaling.register_withdrawal(session, actor, application, applicant, appeal, at)
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
    answers = journaling.entry_of(session, appeal)
    entry = register_letter(session, actor, case_file, letter, title=title, recipient=to, answers=answers, at=at)
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
    letter = _keep_letter(session, actor, application, appeal, answer)
    entry = journaling.register_answer(session, actor, application, case_file, appeal, answer, letter)
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
    case = queries.appealed_case(session, actor, case_file_id).case
    applications.application_for(session, actor, case.application.id, lock=True)
    newest = queries.appeals_of(session, case.application)[0]
    session.refresh(newest)
    return case, newest


def _begin_clock(application: Application, at: datetime) -> None:
    """The case has an answer time and a preliminary reply of its own again, from the day of the appeal on."""
    day = clock.to_oslo(at).date()
    application.answer_by_date = application.definition.answer_by(day)
    application.preliminary_due_date = deadlines.last_day(Deadline.PRELIMINARY_REPLY, day)
    application.preliminary_sent_at, application.escalation = None, 0


def _case_file(case: ApplicationCase) -> CaseFile:
    assert case.case_file is not None  # noqa: S101  only drafts have none
    return case.case_file


def _keep_files(session: Session, actor: Citizen, application: Application, appeal: Appeal, chosen: Chosen) -> bool:
    """Take away and keep; whether what would be sent is something else now."""
    before = {file.id for file in queries.files_with(session, application, appeal)}
    if chosen.removed_id is not None:
        file_service.remove(session, actor, application, appeal.purpose, chosen.removed_id)
    for upload_id, enclosure in chosen.uploads:
        file_service.keep(session, actor, application, appeal.purpose, enclosure, upload_id, MOST_FILES)
    session.flush()
    return {file.id for file in queries.files_with(session, application, appeal)} != before


def _keep_letter(
    session: Session, actor: Staff, application: Application, appeal: Appeal, answer: BodyAnswer
) -> ApplicationFile | None:
    if answer.letter is None:
        return None
    return file_service.keep(session, actor, application, appeal.answer_purpose, answer.letter, new_id())


def _for(actor: Citizen, applicant: Person) -> dict[str, str]:
    return {"for": applicant.name} if actor.person_id != applicant.id else {}


def _record(session: Session, actor: Citizen | Staff, application: Application, appeal: Appeal, tag: EventTag) -> None:
    session.flush()
    audit.record(session, actor, tag, subject=appeal, about_person_id=application.person_id, state=appeal.state.value)
