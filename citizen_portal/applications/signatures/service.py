"""Ask somebody to sign, sign, say no, take it back. Whatever comes first is the truth: the application is locked."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service
from citizen_portal.applications.errors import AlreadySent, ChangedMeanwhile
from citizen_portal.applications.models import Application
from citizen_portal.applications.record import SignedBy
from citizen_portal.applications.signatures import queries
from citizen_portal.applications.signatures.errors import AlreadyAsked, SignerIsApplicant
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.status import EventKind
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import service as identity
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion


def ask_parent(
    session: Session, actor: Citizen, application_id: UUID, revision: int, person_id: UUID
) -> SignatureRequest:
    """Ask the other parent of the child that it is about. Raises NotFound for anybody else, and as `ask_by_number`."""
    application = _own_draft(session, actor, application_id)
    parents = queries.other_parents(session, actor, application)
    parent = next((parent for parent in parents if parent.id == person_id), None)
    if parent is None:
        raise NotFound
    return _ask(session, actor, application, revision, parent.id, parent.name, found_by_number=False)


def ask_by_number(
    session: Session, actor: Citizen, application_id: UUID, revision: int, national_id: str, last_name: str
) -> SignatureRequest:
    """Ask somebody of whom the applicant has number and name, whether we know her or not; asked again it is the same.

    Raises:
        NotFound: no draft that the actor reaches, or one that nobody else must sign.
        AlreadySent, ChangedMeanwhile, Incomplete: as when it is sent.
        InvalidNationalId: not a national id.
        SignerIsApplicant: the applicant herself, or who applies for her.
        AlreadyAsked: somebody else is asked.
    """
    application = _own_draft(session, actor, application_id)
    signer = identity.register_person(session, national_id=national_id, name="")
    return _ask(session, actor, application, revision, signer.id, last_name.strip(), found_by_number=True)


def withdraw(session: Session, actor: Citizen, application_id: UUID) -> None:
    """Ask nobody any more; again is no change. Raises NotFound, and AlreadySent when the signer was faster."""
    application = _own_draft(session, actor, application_id)
    request = queries.last_request(session, application)
    if request is not None and request.is_open:
        request.withdraw(clock.now())
        _record(session, actor, EventTag.SIGNATURE_WITHDRAWN, application, request)


def sign(session: Session, actor: Citizen, signature_id: UUID, revision: int) -> Application:
    """Sign, and send the application at once as the applicant's; signed again it is the same application.

    `revision` is that of the answers which the signer looked over.

    Raises:
        NotFound: not asked, or not any longer.
        ChangedMeanwhile: the answers are others than those looked over or asked about.
        Incomplete, ServiceNotOffered: as when it is sent.
    """
    asked = queries.lock_asked_signature(session, actor, signature_id)
    request, application = asked.request, asked.application
    if request.signed_at is not None:
        return application
    if asked.is_void or revision != request.revision:
        raise ChangedMeanwhile
    application.demand_sendable(revision)
    signed_at = clock.now()
    request.sign(actor.name, signed_at)
    application.note_who_applies(request.asked_by_id, request.asked_by_name)
    session.add(application.note(EventKind.SIGNED, signed_at, actor=actor, facts={"by": actor.name}))
    session.flush()
    _record(session, actor, EventTag.APPLICATION_SIGNED, application, request)
    service.send(session, actor, application, signed_by=SignedBy(actor.name, signed_at))
    if request.asked_by_id != application.person_id:
        notifications.enqueue(session, Occasion.APPLICATION_RECEIVED, request.asked_by_id)
    return application


def refuse(session: Session, actor: Citizen, signature_id: UUID, reason: str | None) -> None:
    """Say no; the applicant is told. Raises NotFound, and AlreadySent for what the signer has signed meanwhile."""
    asked = queries.lock_asked_signature(session, actor, signature_id)
    if asked.request.signed_at is not None:
        raise AlreadySent
    asked.request.refuse(reason, clock.now())
    _record(session, actor, EventTag.SIGNATURE_REFUSED, asked.application, asked.request)
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, asked.request.asked_by_id)


def _own_draft(session: Session, actor: Citizen, application_id: UUID) -> Application:
    application = applications.application_for(session, actor, application_id, lock=True)
    if not application.is_draft:
        raise AlreadySent
    return application


def _ask(
    session: Session,
    actor: Citizen,
    application: Application,
    revision: int,
    signer_id: UUID,
    called: str,
    *,
    found_by_number: bool,
) -> SignatureRequest:
    service.demand_sendable(session, actor, application, revision)
    if not application.needs_signature:
        raise NotFound
    if signer_id in (actor.person_id, application.person_id):
        raise SignerIsApplicant
    asked = queries.last_request(session, application)
    if asked is not None and asked.holds_for(revision):
        return _the_same(asked, actor, signer_id)
    if asked is not None and asked.is_open:
        asked.withdraw(clock.now())
        session.flush()
    request = SignatureRequest(
        id=new_id(),
        application_id=application.id,
        signer_id=signer_id,
        called=called,
        found_by_number=found_by_number,
        asked_by_id=actor.person_id,
        asked_by_name=actor.name,
        asked_at=clock.now(),
        revision=revision,
    )
    session.add(request)
    application.keep_alive(clock.now())
    session.flush()
    _record(session, actor, EventTag.SIGNATURE_ASKED, application, request)
    notifications.enqueue(session, Occasion.SIGNATURE_ASKED, signer_id)
    return request


def _the_same(asked: SignatureRequest, actor: Citizen, signer_id: UUID) -> SignatureRequest:
    if (asked.signer_id, asked.asked_by_id) != (signer_id, actor.person_id):
        raise AlreadyAsked
    return asked


def _record(
    session: Session, actor: Citizen, tag: EventTag, application: Application, request: SignatureRequest
) -> None:
    about = application.person_id
    audit.record(session, actor, tag, subject=application, about_person_id=about, signature=str(request.id))
