"""Scoped reads of appeals."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import queries as applications
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.terms import AppealState
from citizen_portal.applications.decisions.models import Decision, Delivery
from citizen_portal.applications.decisions.queries import newest_decision
from citizen_portal.applications.files import queries as files
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import ApplicationCase, same_municipality_and_id
from citizen_portal.applications.status import DECIDED
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import DocumentDescription, DocumentObject
from citizen_portal.journal.terms import DocumentRole, Variant


@dataclass(frozen=True, slots=True)
class Appealable:
    """A decision from its party's side: how it reached her, and her appeal over it if there is one."""

    application: Application
    decision: Decision
    delivery: Delivery
    appeal: Appeal | None

    @property
    def may_appeal(self) -> bool:
        """Whether she can appeal it, in time or late: once, and not while the case is closed."""
        return self.application.status in DECIDED and (self.appeal is None or self.appeal.is_draft)

    @property
    def is_late(self) -> bool:
        """Whether an appeal today comes after the deadline. While no deadline runs, nothing is late."""
        deadline = self.delivery.appeal_deadline
        return deadline is not None and clock.today() > deadline


@dataclass(frozen=True, slots=True)
class AppealedCase:
    """A case with the appeals that were sent in it, newest first."""

    case: ApplicationCase
    applicant: Person
    appeals: list[Appeal]


def appealable(session: Session, application: Application) -> Appealable | None:
    """The last decision in a case that the caller reaches, as its party can appeal it; None before there is one."""
    found = newest_decision(session, application)
    if found is None:
        return None
    decision, delivery = found
    return Appealable(application, decision, delivery, appeal_over(session, decision))


def appealable_for(session: Session, actor: Citizen, application_id: UUID, *, lock: bool = False) -> Appealable:
    """The last decision on an application that the citizen may act in. Raises NotFound, also before there is one.

    With `lock` nobody else changes the application or its appeal until the transaction ends.
    """
    application = applications.application_for(session, actor, application_id, lock=lock)
    found = appealable(session, application)
    if found is None:
        raise NotFound
    return found


def appeals_of(session: Session, application: Application) -> list[Appeal]:
    """The appeals that were sent in a case that the caller reaches, newest first."""
    return list(
        session.scalars(
            select(Appeal)
            .where(
                Appeal.municipality_id == application.municipality_id,
                Appeal.application_id == application.id,
                Appeal.state != AppealState.DRAFT,
            )
            .order_by(Appeal.id.desc())
        )
    )


def appealed_case(session: Session, actor: Staff, case_file_id: UUID) -> AppealedCase:
    """A case that the employee reaches, with its appeals. Raises NotFound, also where there is none."""
    query = (
        applications.select_case(actor, case_file_id)
        .add_columns(Person)
        .join(Person, same_municipality_and_id(Person, Application.person_id))
    )
    found = session.execute(query).one_or_none()
    appeals = appeals_of(session, found[0]) if found else []
    if found is None or not appeals:
        raise NotFound
    application, case_file, unit, applicant = found
    return AppealedCase(ApplicationCase(application, case_file, unit), applicant, appeals)


def document_of(session: Session, appeal: Appeal) -> DocumentObject:
    """The PDF of an appeal that was sent and that the caller may read."""
    return session.scalars(
        select(DocumentObject)
        .join(
            DocumentDescription,
            and_(
                DocumentDescription.municipality_id == DocumentObject.municipality_id,
                DocumentDescription.id == DocumentObject.document_description_id,
            ),
        )
        .where(
            DocumentDescription.municipality_id == appeal.municipality_id,
            DocumentDescription.registry_entry_id == appeal.registry_entry_id,
            DocumentDescription.role == DocumentRole.MAIN,
            DocumentObject.variant == Variant.ARCHIVE,
        )
    ).one()


def files_with(session: Session, application: Application, appeal: Appeal | None) -> Sequence[ApplicationFile]:
    """The papers that go with an appeal in a case that the caller reaches; none before there is one."""
    return files.files_of(session, application, appeal.purpose) if appeal else ()


def appeal_over(session: Session, decision: Decision) -> Appeal | None:
    """The appeal over a decision that the caller may read, sent or not; None also when it was taken back."""
    return session.scalar(
        select(Appeal)
        .where(
            Appeal.municipality_id == decision.municipality_id,
            Appeal.decision_id == decision.id,
            Appeal.state != AppealState.WITHDRAWN,
        )
        .execution_options(populate_existing=True)
    )
