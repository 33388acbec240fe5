"""Scoped reads: whom a citizen follows and what she chose, and who follows a care recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Person, Representation
from citizen_portal.visits.following.models import DefaultWish, VisitFollowing, Wish


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody whose visits the citizen follows, and what she wants to be told of them."""

    id: UUID
    name: str
    wish: Wish


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who may follow a care recipient's visits, or could until it was stopped."""

    id: UUID
    name: str
    is_stopped: bool
    can_be_stopped: bool
    """Not what the population register says: guardians and parents."""


@dataclass(frozen=True, slots=True)
class Followers:
    """A care recipient and all who may follow her visits, by name."""

    person_id: UUID
    name: str
    is_self: bool
    followers: Sequence[Follower]


def followed(session: Session, actor: Citizen, person_id: UUID, *, lock: bool = False) -> Followed:
    """The person with the citizen's choice. Raises NotFound for somebody whose visits she may not follow today."""
    query = (
        select(Person.id, Person.name, VisitFollowing)
        .outerjoin(
            VisitFollowing,
            and_(
                VisitFollowing.municipality_id == Person.municipality_id,
                VisitFollowing.care_recipient_id == Person.id,
                VisitFollowing.follower_id == actor.person_id,
            ),
        )
        .where(
            Person.municipality_id == current_municipality_id(),
            Person.id == person_id,
            Person.id.in_(reach.represented(actor.person_id, Area.VISITS)),
        )
    )
    row = session.execute(query.with_for_update(of=Person) if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return Followed(row.id, row.name, row.VisitFollowing or DefaultWish())


def followers_of(session: Session, actor: Citizen, person_id: UUID) -> Followers:
    """Who may follow the person's visits today, and who was stopped. Raises NotFound for whoever does not decide it.

    Of somebody with a protected address nobody does, and the answer is that of somebody whom nobody follows.
    """
    follower = aliased(Person)
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            follower.id.label("follower_id"),
            follower.name.label("follower_name"),
            func.bool_and(Representation.visits_stopped_at.is_not(None)).label("is_stopped"),
            func.bool_and(Representation.basis.not_in(reach.FROM_REGISTER)).label("can_be_stopped"),
        )
        .select_from(Person)
        .outerjoin(Representation, and_(Representation.principal_id == Person.id, reach.is_given(Area.VISITS)))
        .outerjoin(
            follower,
            and_(
                follower.municipality_id == Representation.municipality_id,
                follower.id == Representation.representative_id,
            ),
        )
        .where(_is_decided_by(actor, person_id))
        .group_by(Person.id, Person.name, follower.id, follower.name)
        .order_by(follower.name, follower.id)
    ).all()
    if not rows:
        raise NotFound
    found = [Follower(row.follower_id, row.follower_name, row.is_stopped, row.can_be_stopped) for row in rows]
    others = [line for line in found if line.id not in (None, actor.person_id)]
    return Followers(rows[0].id, rows[0].name, rows[0].id == actor.person_id, others)


def stoppable(session: Session, actor: Citizen, person_id: UUID, follower_id: UUID) -> Sequence[Representation]:
    """By what the follower follows the person, locked. Raises NotFound where that is nothing, or not hers to say."""
    found = session.scalars(
        select(Representation)
        .join(
            Person,
            and_(Person.municipality_id == Representation.municipality_id, Person.id == Representation.principal_id),
        )
        .where(
            _is_decided_by(actor, person_id),
            Representation.representative_id == follower_id,
            Representation.representative_id != actor.person_id,
            Representation.basis.not_in(reach.FROM_REGISTER),
            reach.is_given(Area.VISITS),
        )
        .order_by(Representation.id)
        .with_for_update(of=Representation)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        raise NotFound
    return found


def _is_decided_by(actor: Citizen, person_id: UUID) -> ColumnElement[bool]:
    return and_(
        Person.municipality_id == current_municipality_id(),
        Person.id == person_id,
        reach.decides_for(actor, Person.id),
    )
