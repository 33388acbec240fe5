"""Scoped reads of decisions and of the letters that went out with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, Uuid, all_, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from citizen_portal import clock, deadlines
from citizen_portal.applications import queries as applications
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.terms import AppealState, BodyOutcome
from citizen_portal.applications.decisions.errors import AppealStillOpen
from citizen_portal.applications.decisions.letter import Desk
from citizen_portal.applications.decisions.models import Decision, Delivery
from citizen_portal.applications.decisions.terms import DecisionState, Outcome
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import same_municipality_and_id
from citizen_portal.auth.actor import Actor, Staff
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import permissions_of
from citizen_portal.db import current_municipality_id
from citizen_portal.deadlines import Deadline
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person
from citizen_portal.journal import queries as journal
from citizen_portal.journal.models import CaseFile, DocumentDescription, DocumentObject
from citizen_portal.journal.terms import DocumentRole, Variant
from citizen_portal.notifications.models import Notice, NoticeStatus
from citizen_portal.tenancy.models import Municipality

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter to the party: its evidence line, its PDF, and the decision that it tells, if it tells one."""

    delivery: Delivery
    notice: Notice
    title: str
    file: DocumentObject
    decision: Decision | None

    @property
    def filename(self) -> str:
        """It says nothing about a person."""
        return f"brev-{clock.to_oslo(self.delivery.sent_at):%Y-%m-%d}.pdf"


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter that must be posted on paper. The name is None where it is shown only after a reason is given."""

    delivery: Delivery
    notice: Notice
    application: Application
    case_file: CaseFile
    citizen_name: str | None


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """A decision that waits for somebody's approval."""

    decision: Decision
    application: Application
    case_file: CaseFile
    citizen_name: str


def desk(session: Session, actor: Staff, case_file_id: UUID) -> Desk:
    """What a decision in a case of the actor's own unit is written from. Raises NotFound, also where none is made."""
    query = (
        applications.select_case(actor, case_file_id)
        .add_columns(Person, Municipality, Decision, Appeal)
        .join(Person, same_municipality_and_id(Person, Application.person_id))
        .join(Municipality, Municipality.id == Application.municipality_id)
        .outerjoin(Decision, and_(_of_application(Decision), Decision.state != DecisionState.SENT))
        .outerjoin(Appeal, and_(_of_application(Appeal), _waits_for_decision()))
        .where(reach.staff_handles(actor, Application.unit_id, Application.person_id))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        reach.demand_reason(session, actor, journal.citizen_of(session, case_file_id))
        raise NotFound
    application, case_file, unit, person, municipality, decision, appeal = found
    if application.definition.decision is None:
        raise NotFound
    return Desk(application, case_file, unit, person, municipality, decision, appeal)


def letters_of(session: Session, application: Application) -> list[SentLetter]:
    """The letters of an application that the caller may read, newest first."""
    query = _letters().where(Delivery.application_id == application.id).order_by(Delivery.id.desc())
    return [SentLetter(*row) for row in session.execute(query)]


def letter_for(session: Session, actor: Actor, delivery_id: UUID) -> tuple[Application, SentLetter]:
    """A letter of an application that the actor may read. Raises NotFound."""
    delivery = session.get(Delivery, (current_municipality_id(), delivery_id))
    if delivery is None:
        raise NotFound
    application = applications.application_for(session, actor, delivery.application_id)
    row = session.execute(_letters().where(Delivery.id == delivery_id)).one()
    return application, SentLetter(*row)


def newest_decision(session: Session, application: Application) -> tuple[Decision, Delivery] | None:
    """What was decided last in a case that the caller reaches, and how it reached the party."""
    query = (
        select(Decision, Delivery)
        .join(Delivery, _delivery_of_decision())
        .where(
            Decision.municipality_id == application.municipality_id,
            Decision.application_id == application.id,
            Decision.state == DecisionState.SENT,
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def standing_outcome(session: Session, application: Application) -> Outcome:
    """The outcome of the last decision that was no dismissal: what holds while an appeal comes to nothing."""
    outcome = session.scalars(
        select(Decision.outcome)
        .where(
            Decision.municipality_id == application.municipality_id,
            Decision.application_id == application.id,
            Decision.state == DecisionState.SENT,
            Decision.outcome != Outcome.DISMISSED,
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).one()
    assert outcome is not None  # noqa: S101  the database demands it of what is sent
    return outcome


def demand_appeal_is_over(session: Session, application: Application) -> None:
    """Raise AppealStillOpen while the last decision of the case can be appealed in time, or has not reached its party.

    A decision that was appealed cannot be appealed again.
    """
    found = newest_decision(session, application)
    if found is None:
        return
    decision, delivery = found
    appealed = select(Appeal.id).where(
        Appeal.municipality_id == decision.municipality_id,
        Appeal.decision_id == decision.id,
        Appeal.state.not_in([AppealState.DRAFT, AppealState.WITHDRAWN]),
    )
    deadline = delivery.appeal_deadline
    if (deadline is None or clock.today() <= deadline) and session.scalar(appealed) is None:
        raise AppealStillOpen


def for_approval(session: Session, actor: Staff) -> list[ApprovalLine]:
    """The unit's decisions that wait for an approval, the oldest first; not those that the actor has written in."""
    query = (
        select(Decision, Application, CaseFile, Person.name)
        .options(applications.WITHOUT_ANSWERS)
        .join(Application, same_as_application(Decision.application_id))
        .join(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .join(Person, same_municipality_and_id(Person, Application.person_id))
        .where(_waits_for_approval_of(actor))
        .order_by(Decision.id)
        .limit(PAGE_SIZE)
    )
    return [ApprovalLine(*row) for row in session.execute(query)]


def count_for_approval(actor: Staff) -> ScalarSelect[int]:
    """How many they are, with a page's other columns; none for somebody who may not approve."""
    query = (
        select(func.count())
        .select_from(Decision)
        .join(Application, same_as_application(Decision.application_id))
        .where(_waits_for_approval_of(actor))
    )
    if Permission.DECISION_APPROVE not in permissions_of(actor):
        query = query.where(false())
    return query.scalar_subquery()


def letters_to_post(session: Session, actor: Staff) -> list[LetterLine]:
    """The unit's letters that must go on paper, the oldest first: no notice could be sent, or nobody has opened them.

    Those of people with a protected address are shown to the few who handle them, and without a name.
    """
    query = (
        select(Delivery, Notice, Application, CaseFile, Person)
        .options(applications.WITHOUT_ANSWERS)
        .join(Notice, and_(Notice.municipality_id == Delivery.municipality_id, Notice.id == Delivery.notice_id))
        .join(Application, same_as_application(Delivery.application_id))
        .join(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .join(Person, same_municipality_and_id(Person, Application.person_id))
        .where(needs_letter(), Application.unit_id == actor.unit_id)
        .order_by(Delivery.sent_at, Delivery.id)
        .limit(PAGE_SIZE)
    )
    if not reach.may_know_of_protected(actor):
        query = query.where(~reach.is_protected(Application.person_id))
    return [
        LetterLine(delivery, notice, application, case_file, None if person.is_protected else person.name)
        for delivery, notice, application, case_file, person in session.execute(query)
    ]


def needs_letter() -> ColumnElement[bool]:
    """Whether the `Delivery` of the enclosing query, joined with its `Notice`, must go on paper."""
    cannot_be_told = or_(Notice.status == NoticeStatus.NOT_SENT, Delivery.noticed_again_at.is_not(None))
    return and_(_unread(), cannot_be_told)


def due_for_notice_again(session: Session, today: date) -> Sequence[tuple[Delivery, UUID]]:
    """Letters that nobody has opened in time and nobody was told of twice, each with its applicant; locked."""
    last_sent = deadlines.first_day(Deadline.NOTICE_AGAIN, today)
    before = clock.from_oslo(datetime.combine(last_sent, time.max))
    query = (
        select(Delivery, Application.person_id)
        .join(Application, same_as_application(Delivery.application_id))
        .where(_unread(), Delivery.noticed_again_at.is_(None), Delivery.sent_at <= before)
        .order_by(Delivery.sent_at, Delivery.id)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    return [(delivery, person_id) for delivery, person_id in session.execute(query)]


def same_as_application(column: ColumnElement[UUID] | object) -> ColumnElement[bool]:
    """Whether `Application` is the row that another table's column names."""
    return and_(Application.municipality_id == current_municipality_id(), Application.id == column)


def _waits_for_approval_of(actor: Staff) -> ColumnElement[bool]:
    return and_(
        Decision.municipality_id == current_municipality_id(),
        Decision.state == DecisionState.FOR_APPROVAL,
        reach.staff_handles(actor, Application.unit_id, Application.person_id),
        literal(actor.staff_id, Uuid()) != all_(Decision.writer_ids),
    )


def _unread() -> ColumnElement[bool]:
    return and_(
        Delivery.municipality_id == current_municipality_id(),
        Delivery.opened_at.is_(None),
        Delivery.letter_date.is_(None),
    )


def _of_application(table: type[Decision | Delivery | Appeal]) -> ColumnElement[bool]:
    return and_(table.municipality_id == Application.municipality_id, table.application_id == Application.id)


def _waits_for_decision() -> ColumnElement[bool]:
    """`Appeal.waits_for_decision` in SQL."""
    sent_back = and_(Appeal.body_outcome == BodyOutcome.SENT_BACK, Appeal.answer_id.is_(None))
    return or_(Appeal.state == AppealState.RECEIVED, sent_back)


def _delivery_of_decision() -> ColumnElement[bool]:
    return and_(Decision.municipality_id == Delivery.municipality_id, Decision.delivery_id == Delivery.id)


def _letters() -> Select[Delivery, Notice, str, DocumentObject, Decision | None]:
    return (
        select(Delivery, Notice, DocumentDescription.title, DocumentObject, Decision)
        .join(Notice, and_(Notice.municipality_id == Delivery.municipality_id, Notice.id == Delivery.notice_id))
        .join(
            DocumentDescription,
            and_(
                DocumentDescription.municipality_id == Delivery.municipality_id,
                DocumentDescription.registry_entry_id == Delivery.registry_entry_id,
                DocumentDescription.role == DocumentRole.MAIN,
            ),
        )
        .join(DocumentDescription.files)
        .outerjoin(Decision, _delivery_of_decision())
        .where(
            Delivery.municipality_id == current_municipality_id(), DocumentObject.variant == Variant.ARCHIVE
        )
    )  # fmt: skip
