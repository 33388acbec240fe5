"""Use cases of decisions, each in the caller's transaction. A case is locked first: two tabs have one truth."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import queries as applications
from citizen_portal.applications.decisions import queries
from citizen_portal.applications.decisions.dispatch import deliver, register_letter
from citizen_portal.applications.decisions.letter import Desk
from citizen_portal.applications.decisions.models import Decision, Delivery
from citizen_portal.applications.decisions.terms import STATUS_OF, Outcome, Part
from citizen_portal.applications.decisions.texts import LANGUAGES
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.errors import NotFound
from citizen_portal.journal import queries as journal
from citizen_portal.journal.models import RegistryEntry

TITLES: Final[Mapping[bool, str]] = {False: "Vedtak", True: "Svar på klage"}
"""How the journal calls a decision, by whether it answers an appeal; the same in Bokmål and Nynorsk."""


def save(
    session: Session,
    actor: Staff,
    case_file_id: UUID,
    outcome: Outcome | None,
    language: str,
    said: Mapping[Part, str],
    *,
    shown: Outcome | None,
) -> Decision:
    """Keep what was written of the decision, right or wrong. `shown` is the outcome that the page was shown with.

    Raises NotFound, and NotPossibleNow where the case cannot be decided now or not with that outcome.
    """
    desk = _open_desk(session, actor, case_file_id)
    if outcome is not None and outcome not in desk.outcomes:
        raise NotPossibleNow
    language = language if language in LANGUAGES else desk.language
    decision = desk.decision
    if decision is None:
        decision = Decision(id=new_id(), application_id=desk.application.id, parts={}, revision=0, writer_ids=[])
        session.add(decision)
    decision.write(actor, outcome, language, desk.written(said, shown), clock.now())
    session.flush()
    return decision


def ask_for_approval(session: Session, actor: Staff, case_file_id: UUID, revision: int) -> None:
    """Let a colleague look over what is written; again is no change.

    Raises NotFound, PartsMissing, ChangedMeanwhile or NotPossibleNow.
    """
    desk = _open_desk(session, actor, case_file_id)
    decision = _written(desk)
    decision.ask_for_approval(revision, desk.texts)
    _record(session, actor, desk, decision, EventTag.DECISION_FOR_APPROVAL)


def approve(session: Session, actor: Staff, case_file_id: UUID, revision: int) -> None:
    """Let the decision be sent as it stands. Raises NotFound, OwnWriting, ChangedMeanwhile or NotPossibleNow."""
    desk = _open_desk(session, actor, case_file_id)
    decision = _written(desk)
    decision.approve(actor, revision, clock.now())
    _record(session, actor, desk, decision, EventTag.DECISION_APPROVED)


def send_back(session: Session, actor: Staff, case_file_id: UUID, revision: int, note: str) -> None:
    """Say what must be mended before it is approved. Raises as `approve`."""
    desk = _open_desk(session, actor, case_file_id)
    decision = _written(desk)
    decision.send_back(actor, revision, note)
    _record(session, actor, desk, decision, EventTag.DECISION_RETURNED)


def send(session: Session, actor: Staff, case_file_id: UUID, decision_id: UUID, revision: int) -> Decision:
    """Send the decision that was looked over: letter, journal, timeline, notice. Sent again it is the same decision.

    Raises:
        NotFound: out of the actor's reach.
        PartsMissing: something that the law demands is not there.
        NotApproved: the service demands an approval of it as it stands.
        ChangedMeanwhile: it is another text than was looked over.
        NotPossibleNow: the case cannot be decided now, for example because the application was withdrawn.
    """
    application = _locked(session, actor, case_file_id)
    sent = session.get(Decision, (current_municipality_id(), decision_id))
    if sent is not None and sent.is_sent and sent.application_id == application.id:
        return sent
    desk = _open_desk(session, actor, case_file_id)
    decision, texts = _written(desk), desk.texts
    outcome = decision.demand_sendable(revision, texts, needs_approval=desk.needs_approval)
    at = clock.now()
    entry = register_letter(
        session,
        actor,
        desk.case_file,
        desk.letter,
        title=TITLES[desk.appeal is not None],
        recipient=desk.applicant.name,
        answers=_answered(session, desk),
        at=at,
    )
    decision.was_sent(actor, deliver(session, application, entry, at), texts)
    session.flush()
    session.add(_go_on(session, actor, desk, outcome))
    if desk.appeal is not None:
        desk.appeal.was_answered(decision.id)
    _record(session, actor, desk, decision, EventTag.DECISION_SENT)
    return decision


def post_letter(session: Session, actor: Staff, delivery_id: UUID, posted: date) -> None:
    """Note that the letter was posted on paper; again is no change. Raises NotFound."""
    delivery = session.get(Delivery, (current_municipality_id(), delivery_id))
    if delivery is None:
        raise NotFound
    application = applications.application_for(session, actor, delivery.application_id, lock=True)
    session.refresh(delivery)
    if delivery.letter_date is not None:
        return
    delivery.post(actor, posted)
    session.add(application.note(EventKind.LETTER_SENT, clock.now(), actor=actor))
    session.flush()
    about = application.person_id
    audit.record(
        session, actor, EventTag.LETTER_POSTED, subject=delivery, about_person_id=about, posted=posted.isoformat()
    )


def _locked(session: Session, actor: Staff, case_file_id: UUID) -> Application:
    found = applications.case_by_case_file(session, actor, case_file_id)
    return applications.application_for(session, actor, found.application.id, lock=True)


def _open_desk(session: Session, actor: Staff, case_file_id: UUID) -> Desk:
    """The case, locked, if it can be decided now. Raises NotFound or NotPossibleNow."""
    application = _locked(session, actor, case_file_id)
    desk = queries.desk(session, actor, case_file_id)
    if not application.is_under_way:
        raise NotPossibleNow
    return desk


def _written(desk: Desk) -> Decision:
    """What somebody has begun to write. Raises NotPossibleNow where nobody has."""
    if desk.decision is None:
        raise NotPossibleNow
    return desk.decision


def _answered(session: Session, desk: Desk) -> RegistryEntry | None:
    """The incoming entry that the decision is the answer to."""
    entry_id = desk.appeal.entry_to_answer if desk.appeal else desk.application.registry_entry_id
    return None if entry_id is None else journal.registry_entry(session, entry_id)


def _go_on(session: Session, actor: Staff, desk: Desk, outcome: Outcome) -> ApplicationEvent:
    """Where the decision brings the application, as a line of the timeline."""
    at, application = clock.now(), desk.application
    if outcome is Outcome.DISMISSED:
        standing = queries.standing_outcome(session, application)
        return application.go_on(EventKind.APPEAL_DISMISSED, STATUS_OF[standing], at, actor=actor)
    status = STATUS_OF[outcome]
    is_reversal = desk.appeal is not None and desk.appeal.body_outcome is None
    kind = EventKind.APPEAL_REVERSED if is_reversal else EventKind(status.value)
    return application.go_on(kind, status, at, actor=actor)


def _record(session: Session, actor: Staff, desk: Desk, decision: Decision, tag: EventTag) -> None:
    session.flush()
    about, number = desk.applicant.id, desk.case_file.number
    audit.record(
        session, actor, tag, subject=decision, about_person_id=about, case_number=number, outcome=decision.outcome
    )
