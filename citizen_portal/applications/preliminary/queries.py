"""Scoped reads of preliminary replies, for the unit that has the application."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import queries as applications
from citizen_portal.applications.correspondence import letter_language
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary.models import PreliminaryReply
from citizen_portal.applications.preliminary.proposal import proposal
from citizen_portal.applications.queries import ApplicationCase
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.tenancy.models import Municipality


@dataclass(frozen=True, slots=True)
class ReplyPage:
    """The reply as it stands: the caseworker's text, or the one that is proposed."""

    case: ApplicationCase
    reply: PreliminaryReply | None
    text: str


def reply_page(session: Session, actor: Staff, case_file_id: UUID) -> ReplyPage:
    """The preliminary reply of a case that the actor reaches. Raises NotFound."""
    case = applications.case_by_case_file(session, actor, case_file_id)
    reply = reply_of(session, case.application)
    return ReplyPage(case, reply, reply.text if reply else proposed(session, case))


def reply_of(session: Session, application: Application) -> PreliminaryReply | None:
    """What was written in an application that the caller reaches; None while nobody has changed the proposal."""
    return session.scalar(
        select(PreliminaryReply).where(
            PreliminaryReply.municipality_id == application.municipality_id,
            PreliminaryReply.application_id == application.id,
        )
    )


def proposed(session: Session, case: ApplicationCase) -> str:
    """What is proposed today."""
    assert case.unit is not None  # noqa: S101  only drafts have none
    municipality = session.get_one(Municipality, current_municipality_id())
    language = letter_language(case.application, municipality)
    return proposal(case.application, case.unit, language, clock.today())
