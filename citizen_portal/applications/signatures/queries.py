"""Scoped reads: what the applicant sees of whom she asked, and what who is asked sees of the application."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from citizen_portal.applications.definitions import PersonField
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import WITHOUT_ANSWERS
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Basis, Person, Representation

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class AskedSignature:
    """An application with the request to sign it, as who is asked may read it."""

    request: SignatureRequest
    application: Application

    @property
    def is_void(self) -> bool:
        """Whether the answers are no longer those that she is asked to sign."""
        return self.request.signed_at is None and self.request.revision != self.application.revision


@dataclass(frozen=True, slots=True)
class Standing:
    """What of signatures concerns somebody now."""

    asked: Sequence[SignatureRequest]
    """Those that wait for her."""
    awaited: Mapping[UUID, SignatureRequest]
    """By application: her drafts that wait for somebody else."""


def last_request(session: Session, application: Application) -> SignatureRequest | None:
    """Whom the applicant asked last to sign an application that the caller reaches."""
    return session.scalar(
        select(SignatureRequest)
        .where(
            SignatureRequest.municipality_id == application.municipality_id,
            SignatureRequest.application_id == application.id,
        )
        .order_by(SignatureRequest.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def other_parents(session: Session, actor: Citizen, application: Application) -> Sequence[Person]:
    """Who shares the actor's parental responsibility, by the population register, for a child that it is about.

    Only those whom the portal knows anyway; nobody whose address is protected.
    """
    own = aliased(Representation)
    shared = exists().where(
        own.municipality_id == Representation.municipality_id,
        own.principal_id == Representation.principal_id,
        own.representative_id == actor.person_id,
        own.basis == Basis.PARENTAL_RESPONSIBILITY,
        own.revoked_at.is_(None),
    )
    return session.scalars(
        select(Person)
        .join(
            Representation,
            and_(
                Representation.municipality_id == Person.municipality_id, Representation.representative_id == Person.id
            ),
        )
        .where(
            Representation.principal_id.in_(_children(application)),
            Representation.basis == Basis.PARENTAL_RESPONSIBILITY,
            Representation.representative_id.not_in([actor.person_id, application.person_id]),
            reach.is_in_force(application.area),
            shared,
            ~reach.is_protected(Person.id),
        )
        .distinct()
        .order_by(Person.name, Person.id)
    ).all()


def standing(session: Session, actor: Citizen, draft_ids: Collection[UUID]) -> Standing:
    """What waits for the citizen's own signature, and which of her drafts wait for somebody else's."""
    query = _requests().where(
        Application.status == Status.DRAFT,
        SignatureRequest.refused_at.is_(None),
        SignatureRequest.withdrawn_at.is_(None),
        or_(SignatureRequest.signer_id == actor.person_id, SignatureRequest.application_id.in_(draft_ids)),
    )
    found = [AskedSignature(*row) for row in session.execute(query.options(WITHOUT_ANSWERS).limit(MOST_SHOWN))]
    return Standing(
        asked=[each.request for each in found if _is_shown_to(actor, each)],
        awaited={each.application.id: each.request for each in found if each.application.id in draft_ids},
    )


def signed_by(session: Session, actor: Citizen) -> list[AskedSignature]:
    """Sent applications that the citizen has signed herself, the last one first."""
    query = _readable_by(actor).where(SignatureRequest.signed_at.is_not(None)).order_by(SignatureRequest.id.desc())
    return [AskedSignature(*row) for row in session.execute(query.options(WITHOUT_ANSWERS).limit(MOST_SHOWN))]


def asked_signature(session: Session, actor: Citizen, signature_id: UUID) -> AskedSignature:
    """What the citizen is asked to sign, or has signed. Raises NotFound when she is not, or is not any longer."""
    found = session.execute(_readable_by(actor).where(SignatureRequest.id == signature_id)).one_or_none()
    if found is None or not found[0].is_for(actor.name):
        raise NotFound
    asked = AskedSignature(*found)
    reach.demand_level(actor, asked.application.person_id, asked.application.area)
    return asked


def lock_asked_signature(session: Session, actor: Citizen, signature_id: UUID) -> AskedSignature:
    """The same, to be changed by nobody else until the transaction ends. Raises NotFound.

    The application is locked first, as everywhere: then what the applicant does meanwhile is done or waits.
    """
    asked = asked_signature(session, actor, signature_id)
    session.execute(
        select(Application.id).where(_is_application(asked.request.application_id)).with_for_update()
    ).one_or_none()
    session.expire_all()
    return asked_signature(session, actor, signature_id)


def _is_application(application_id: UUID) -> ColumnElement[bool]:
    return and_(Application.municipality_id == current_municipality_id(), Application.id == application_id)


def _requests() -> Select[SignatureRequest, Application]:
    return (
        select(SignatureRequest, Application)
        .join(
            Application,
            and_(
                Application.municipality_id == SignatureRequest.municipality_id,
                Application.id == SignatureRequest.application_id,
            ),
        )
        .where(SignatureRequest.municipality_id == current_municipality_id())
    )


def _readable_by(actor: Citizen) -> Select[SignatureRequest, Application]:
    """Read by the signer while she is asked by somebody who may apply, and after she has signed."""
    asker_may_apply = or_(
        SignatureRequest.asked_by_id == Application.person_id,
        Application.person_id.in_(reach.represented(SignatureRequest.asked_by_id, Application.area)),
    )
    is_asked = and_(Application.status == Status.DRAFT, asker_may_apply)
    has_signed = and_(SignatureRequest.signed_at.is_not(None), ~reach.is_protected(Application.person_id))
    return _requests().where(
        SignatureRequest.signer_id == actor.person_id,
        SignatureRequest.refused_at.is_(None),
        SignatureRequest.withdrawn_at.is_(None),
        or_(is_asked, has_signed),
    )


def _is_shown_to(actor: Citizen, asked: AskedSignature) -> bool:
    """Whoever sees for somebody else sees that person's matters only."""
    return actor.acting_for is None and asked.request.signer_id == actor.person_id and asked.request.is_for(actor.name)


def _children(application: Application) -> set[UUID]:
    """Whom it may be about: the applicant, and those whom the form names."""
    fields = (field for field in application.definition.fields if isinstance(field, PersonField))
    named = (_uuid(application.answers.get(field.name)) for field in fields)
    return {application.person_id, *(person_id for person_id in named if person_id is not None)}


def _uuid(answer: object) -> UUID | None:
    try:
        return UUID(answer["who"]) if isinstance(answer, dict) else None
    except (KeyError, TypeError, ValueError):  # nobody chosen, or the applicant herself
        return None
