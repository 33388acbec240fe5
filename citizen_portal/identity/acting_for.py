"""For whom a citizen sees and acts in her login session: herself, or somebody whom she may act for today."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Assurance, Citizen, Principal
from citizen_portal.db import current_municipality_id
from citizen_portal.identity import reach
from citizen_portal.identity.models import LoginSession, Person, Representation

RepresentedRows = Sequence[tuple[str, str]]
"""(person id, name) of each person, as JSON carries them."""


def choose_person(session: Session, actor: Citizen, person_id: UUID | None) -> None:
    """See for somebody whom the citizen may act for, or for herself (None) again.

    Raises:
        NotFound: there is nothing that she may do for the person today.
        AssuranceTooLow: acting for others demands a login at level high.
    """
    if person_id == actor.person_id:
        person_id = None
    if person_id is not None:
        reach.demand_may_act_for(session, actor, person_id, None)
    _set_person(session, actor, person_id)
    about = person_id or actor.subject_id
    audit.record(session, actor, EventTag.PERSON_CHOSEN, about_person_id=about, is_self=person_id is None)


def forget_person(session: Session, actor: Citizen) -> None:
    """See for herself again, because what let her act for the chosen person holds no longer."""
    _set_person(session, actor, None)


def as_citizen(login_session: LoginSession, person: Person, represented: RepresentedRows | None = None) -> Citizen:
    """The citizen; for whom she has chosen as long as she may act for them, and her login is strong enough."""
    assurance = Assurance(login_session.assurance or Assurance.SUBSTANTIAL)
    by_id: dict[UUID | None, Principal] = {
        UUID(person_id): Principal(UUID(person_id), name) for person_id, name in represented or ()
    }
    return Citizen(
        person.municipality_id,
        person.id,
        person.name,
        assurance,
        login_session.id,
        acting_for=by_id.get(login_session.acting_for_id) if assurance >= Assurance.HIGH else None,
        represents=tuple(sorted(by_id.values(), key=lambda principal: (principal.name, principal.person_id))),
    )


def represented_people() -> ScalarSelect[RepresentedRows | None]:
    """Id and name of those whom the `LoginSession`'s person may act for today in anything; null for nobody."""
    principal = aliased(Person)
    return (
        select(func.jsonb_agg(func.jsonb_build_array(principal.id, principal.name), type_=JSONB))
        .select_from(Representation)
        .join(
            principal,
            and_(
                principal.municipality_id == Representation.municipality_id,
                principal.id == Representation.principal_id,
            ),
        )
        .where(reach.holds(LoginSession.person_id))
        .correlate(LoginSession)
        .scalar_subquery()
    )


def _set_person(session: Session, actor: Citizen, person_id: UUID | None) -> None:
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.municipality_id == current_municipality_id(),
            LoginSession.id == actor.session_id,
            LoginSession.person_id == actor.person_id,
        )
        .values(acting_for_id=person_id)
        .execution_options(synchronize_session=False)
    )
