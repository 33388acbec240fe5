"""Whose visitors may be named."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from citizen_portal.db import current_municipality_id
from citizen_portal.visits.names.models import VisitorNameConsent, VisitorNameRule


def municipality_names_visitors(session: Session) -> bool:
    """Whether the municipality lets its employees be named."""
    rule = select(VisitorNameRule.is_kept).where(VisitorNameRule.municipality_id == current_municipality_id())
    return bool(session.scalar(rule))


def consent_of(session: Session, person_id: UUID) -> VisitorNameConsent | None:
    """The person's own word; None while she has not given it."""
    return session.scalar(
        select(VisitorNameConsent).where(
            VisitorNameConsent.municipality_id == current_municipality_id(), VisitorNameConsent.person_id == person_id
        )
    )


def people_with_named_visitors(session: Session, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of the people for whom both the municipality and they themselves have said yes."""
    is_kept = exists().where(
        VisitorNameRule.municipality_id == VisitorNameConsent.municipality_id, VisitorNameRule.is_kept
    )
    return set(
        session.scalars(
            select(VisitorNameConsent.person_id).where(
                VisitorNameConsent.municipality_id == current_municipality_id(),
                VisitorNameConsent.person_id.in_(person_ids),
                is_kept,
            )
        )
    )
