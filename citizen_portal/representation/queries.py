"""Scoped reads of who may act for whom: a citizen's own, a unit's registrations, a case's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from citizen_portal import clock
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person, Representation
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.screening import MASK
from citizen_portal.journal.terms import CaseStatus

RENEWED_WITHIN: Final = timedelta(days=60)
"""How long before its end a registration becomes a task for the unit."""


@dataclass(frozen=True, slots=True)
class Line:
    """A representation with the person at the other end, and the case whose conversation it covers."""

    representation: Representation
    name: str
    case_file: CaseFile | None = None

    @property
    def is_from_register(self) -> bool:
        """Whether the population register says so, and it is changed there."""
        return self.representation.basis in reach.FROM_REGISTER

    @property
    def case_name(self) -> str | None:
        """What the conversation is called."""
        return subject_of(self.case_file) if self.case_file else None


@dataclass(frozen=True, slots=True)
class Registered:
    """A representation that a unit has registered, with both names."""

    representation: Representation
    principal_name: str
    representative_name: str

    @property
    def is_due(self) -> bool:
        """Whether it must be renewed or ended soon."""
        until = self.representation.valid_to_date
        return until is not None and until <= clock.today() + RENEWED_WITHIN


def subject_of(case_file: CaseFile) -> str:
    """What a case is called without the place of the masked name, and its number."""
    return f"{case_file.public_title.replace(MASK, '').strip(' –-,')} ({case_file.number})"


def who_may_act_for_me(session: Session, actor: Citizen) -> Sequence[Line]:
    """Those who may do something for the citizen, by name.

    She sees her own also where, for a reason told to nobody, they hold no longer.
    """
    mine = and_(Representation.principal_id == actor.person_id, reach.is_not_over())
    return _lines(session, mine, Representation.representative_id)


def whom_i_may_act_for(session: Session, actor: Citizen) -> Sequence[Line]:
    """Those for whom the citizen may do something today, by name."""
    return _lines(session, reach.holds(actor.person_id), Representation.principal_id)


def own_representation(session: Session, actor: Citizen, representation_id: UUID) -> Representation:
    """A representation that the citizen has given or been given, locked. Raises NotFound."""
    own = or_(Representation.principal_id == actor.person_id, Representation.representative_id == actor.person_id)
    return _locked(session, Representation.id == representation_id, own)


def own_cases(session: Session, actor: Citizen) -> Sequence[CaseFile]:
    """The citizen's own open cases, the newest first: what a single conversation can be about."""
    return session.scalars(
        select(CaseFile)
        .where(
            CaseFile.municipality_id == current_municipality_id(),
            CaseFile.citizen_id == actor.person_id,
            CaseFile.status == CaseStatus.OPEN,
        )
        .order_by(CaseFile.id.desc())
        .limit(20)
    ).all()


def visits_stopped_at(session: Session, principal_id: UUID, representative_id: UUID) -> datetime | None:
    """When the principal stopped the representative from following her visits: it outlives what staff register anew."""
    return session.scalar(
        select(func.max(Representation.visits_stopped_at)).where(
            reach.is_not_over(),
            Representation.principal_id == principal_id,
            Representation.representative_id == representative_id,
        )
    )


def registered(session: Session, actor: Staff) -> Sequence[Registered]:
    """What the employee's unit has registered and has not ended, the first to end first."""
    rows = session.execute(_registered(actor).order_by(Representation.valid_to_date, Representation.id).limit(200))
    return [Registered(*row) for row in rows]


def count_due(actor: Staff) -> ScalarSelect[int]:
    """How many of them must be renewed or ended soon, with a page's other columns."""
    due = Representation.valid_to_date <= clock.today() + RENEWED_WITHIN
    return select(func.count()).select_from(Representation).where(_by_unit_of(actor), due).scalar_subquery()


def registered_by_unit(session: Session, actor: Staff, representation_id: UUID) -> Registered:
    """One of them. Raises NotFound."""
    found = session.execute(_registered(actor).where(Representation.id == representation_id)).one_or_none()
    if found is None:
        raise NotFound
    return Registered(*found)


def who_may_act_in_case() -> ScalarSelect[Sequence[tuple[str, str]] | None]:
    """Name and basis of those who may act for the citizen of the `CaseFile` of the enclosing query; null for nobody."""
    representative = aliased(Person)
    names = func.jsonb_build_array(representative.name, Representation.basis)
    return (
        select(func.jsonb_agg(names, type_=JSONB))
        .select_from(Representation)
        .join(
            representative,
            and_(
                representative.municipality_id == Representation.municipality_id,
                representative.id == Representation.representative_id,
            ),
        )
        .where(
            Representation.principal_id == CaseFile.citizen_id,
            reach.is_in_force(CaseFile.area, CaseFile.id),
        )
        .correlate(CaseFile)
        .scalar_subquery()
    )


def _lines(session: Session, condition: ColumnElement[bool], other_id: Any) -> Sequence[Line]:
    other = aliased(Person)
    rows = session.execute(
        select(Representation, other.name, CaseFile)
        .join(other, and_(other.municipality_id == Representation.municipality_id, other.id == other_id))
        .outerjoin(
            CaseFile,
            and_(
                CaseFile.municipality_id == Representation.municipality_id, CaseFile.id == Representation.case_file_id
            ),
        )
        .where(condition)
        .order_by(other.name, Representation.id)
    )
    return [Line(*row) for row in rows]


def _registered(actor: Staff) -> Select[Representation, str, str]:
    principal, representative = aliased(Person), aliased(Person)
    of = Representation.municipality_id
    return (
        select(Representation, principal.name, representative.name.label("representative_name"))
        .join(principal, and_(principal.municipality_id == of, principal.id == Representation.principal_id))
        .join(
            representative,
            and_(representative.municipality_id == of, representative.id == Representation.representative_id),
        )
        .where(_by_unit_of(actor))
    )


def _by_unit_of(actor: Staff) -> ColumnElement[bool]:
    return and_(
        reach.is_not_over(),
        Representation.registered_by_unit_id == actor.unit_id,
        ~reach.is_protected(Representation.principal_id),
    )


def _locked(session: Session, *conditions: ColumnElement[bool]) -> Representation:
    found = session.scalar(
        select(Representation)
        .where(Representation.municipality_id == current_municipality_id(), *conditions)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
