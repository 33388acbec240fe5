"""What there is to tell followers now, and has not been told. The right to follow is judged here, at this moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from citizen_portal import clock
from citizen_portal.db import current_municipality_id
from citizen_portal.identity import reach
from citizen_portal.identity.models import Area, Representation
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.following.models import (
    SUMMARY_TIMES,
    TOLD_OF_DEVIATIONS,
    Choice,
    DefaultWish,
    VisitFollowing,
    VisitTold,
    What,
    may_be_told,
)
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus

NEWS_FOR: Final = timedelta(days=1)
"""What is older than this is no news: it stands on the page."""
CONCERNED_FOR: Final = timedelta(days=7)
"""How long after she was told of a deviation a follower hears that it has come right."""
AGAIN_AFTER: Final = timedelta(hours=1)
"""The same of the same visit is not told again sooner: of a source that changes its mind all the time not each time."""
_TOLD_OF: Final = tuple(kind for kind in DeviationKind if kind is not DeviationKind.SOURCE_SILENT)
"""Deviations that followers are told of; that a source is silent concerns the unit alone."""


Rows = Iterable[Any]
"""Follower, visit, what, and what she chose, if she chose: an outer join, which the type checker does not see."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell one follower of one visit."""

    follower_id: UUID
    visit_id: UUID
    what: What
    opened_at: datetime | None = None
    """When the deviation opened that it is about, or that has come right; None where she was told of none."""


def news(session: Session, now: datetime) -> Sequence[News]:
    """Everything that followers may be told now, quiet hours respected, in a fixed order."""
    found = [*_of_open_deviations(session, now), *_of_done_after_all(session, now), *_of_each_visit(session, now)]
    unique = {(line.follower_id, line.visit_id, line.what): line for line in reversed(found)}
    return sorted(unique.values(), key=lambda line: (line.follower_id, line.visit_id, line.what))


def due_summary(now: datetime) -> tuple[datetime, datetime]:
    """The newest hour of summaries that has passed, after the one before it: the period that a summary is about."""
    today = clock.to_oslo(now).date()
    days = [today - timedelta(days=number) for number in (2, 1, 0)]
    hours = [clock.from_oslo(datetime.combine(day, hour)) for day in days for hour in SUMMARY_TIMES]
    before, last = [hour for hour in hours if hour <= now][-2:]
    return before, last


def summaries(session: Session, now: datetime) -> Sequence[VisitFollowing]:
    """Those who wait for a summary of a period in which there were visits, locked: two jobs tell it once."""
    since, until = due_summary(now)
    has_visits = exists().where(
        Visit.municipality_id == VisitFollowing.municipality_id,
        Visit.care_recipient_id == VisitFollowing.care_recipient_id,
        Visit.status != VisitStatus.ENTERED_IN_ERROR,
        Visit.occurs_at > since,
        Visit.occurs_at <= until,
    )
    found = session.scalars(
        select(VisitFollowing)
        .where(
            VisitFollowing.municipality_id == current_municipality_id(),
            VisitFollowing.choice == Choice.SUMMARY,
            VisitFollowing.summarised_at < until,
            has_visits,
            exists().where(_follows(VisitFollowing.follower_id, VisitFollowing.care_recipient_id)),
        )
        .order_by(VisitFollowing.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [following for following in found if may_be_told(following, now, of_missing=False)]


def still_concerned(session: Session, follower_ids: Collection[UUID]) -> set[UUID]:
    """Those of the followers who were told of what has not come right, and still follow whom it is about."""
    if not follower_ids:
        return set()
    concern = aliased(VisitTold)
    found = session.scalars(
        select(concern.follower_id)
        .select_from(concern)
        .join(
            Deviation,
            and_(
                Deviation.municipality_id == concern.municipality_id,
                Deviation.visit_id == concern.visit_id,
                Deviation.closed_at.is_(None),
                Deviation.tell_at.is_not(None),
            ),
        )
        .where(
            concern.municipality_id == current_municipality_id(),
            concern.follower_id.in_(follower_ids),
            concern.what != What.DONE,
            exists().where(_follows(concern.follower_id, Deviation.care_recipient_id)),
            ~_was_told_since(concern),
        )
    )
    return set(found)


def _of_open_deviations(session: Session, now: datetime) -> list[News]:
    """Deviations that have stood so long that followers are told."""
    rows: Rows = session.execute(
        select(
            Representation.representative_id, Deviation.visit_id, Deviation.kind, Deviation.opened_at, VisitFollowing
        )
        .select_from(Deviation)
        .join(
            Representation,
            and_(
                Representation.principal_id == Deviation.care_recipient_id,
                Representation.municipality_id == Deviation.municipality_id,
                reach.is_in_force(Area.VISITS),
            ),
        )
        .outerjoin(VisitFollowing, _chosen(Representation.representative_id, Deviation.care_recipient_id))
        .where(
            Deviation.municipality_id == current_municipality_id(),
            Deviation.closed_at.is_(None),
            Deviation.kind.in_(_TOLD_OF),
            Deviation.tell_at <= now,
            Deviation.tell_at > now - NEWS_FOR,
            func.coalesce(VisitFollowing.choice, Choice.DEVIATIONS).in_(TOLD_OF_DEVIATIONS),
            ~_was_told_of(Representation.representative_id, now),
        )
    )
    return [
        News(follower_id, visit_id, What(kind), opened_at)
        for follower_id, visit_id, kind, opened_at, wish in rows
        if may_be_told(wish or DefaultWish(), now, of_missing=kind is DeviationKind.MISSING)
    ]


def _of_done_after_all(session: Session, now: datetime) -> list[News]:
    """Visits of which a follower was told that something was wrong, and that have come right since."""
    concern = aliased(VisitTold)
    rows: Rows = session.execute(
        select(concern.follower_id, concern.visit_id, concern.what, concern.opened_at, VisitFollowing)
        .select_from(concern)
        .join(
            Deviation,
            and_(
                Deviation.municipality_id == concern.municipality_id,
                Deviation.visit_id == concern.visit_id,
                Deviation.opened_at >= concern.opened_at,
            ),
        )
        .outerjoin(VisitFollowing, _chosen(concern.follower_id, Deviation.care_recipient_id))
        .where(
            concern.municipality_id == current_municipality_id(),
            concern.told_at > now - CONCERNED_FOR,
            concern.what != What.DONE,
            _has_come_right(now),
            func.coalesce(VisitFollowing.choice, Choice.DEVIATIONS) != Choice.NOTHING,
            exists().where(_follows(concern.follower_id, Deviation.care_recipient_id)),
            ~_was_told_since(concern),
        )
    )
    return [
        News(follower_id, visit_id, What.DONE, opened_at)
        for follower_id, visit_id, what, opened_at, wish in rows
        if may_be_told(wish or DefaultWish(), now, of_missing=what is What.MISSING)
    ]


def _has_come_right(now: datetime) -> ColumnElement[bool]:
    """Whether the `Deviation` of the enclosing query is closed and somebody has come, so that none stands any more.

    What the unit has handled, and a visit that was moved, have come right when the visit is signed off.
    """
    is_signed_off = exists().where(
        Visit.municipality_id == Deviation.municipality_id,
        Visit.id == Deviation.visit_id,
        Visit.status == VisitStatus.DONE,
        Visit.updated_at > now - NEWS_FOR,
    )
    other = aliased(Deviation)
    stands = exists().where(
        other.municipality_id == Deviation.municipality_id,
        other.visit_id == Deviation.visit_id,
        other.closed_at.is_(None),
        other.tell_at.is_not(None),
    )
    closed_lately = and_(Deviation.closed_as == Closing.SIGNED_OFF, Deviation.closed_at > now - NEWS_FOR)
    return and_(Deviation.closed_at.is_not(None), or_(closed_lately, is_signed_off), ~stands)


def _of_each_visit(session: Session, now: datetime) -> list[News]:
    """Visits that were signed off since the follower asked to be told of each."""
    rows = session.execute(
        _each_visit().where(
            VisitFollowing.municipality_id == current_municipality_id(),
            VisitFollowing.choice == Choice.EACH_VISIT,
            Visit.status == VisitStatus.DONE,
            Visit.occurs_at > now - NEWS_FOR,
            func.coalesce(VisitReceipt.received_at, Visit.updated_at) >= VisitFollowing.chosen_at,
            exists().where(_follows(VisitFollowing.follower_id, VisitFollowing.care_recipient_id)),
            ~_was_told_that_it_is_done(),
        )
    )
    return [
        News(following.follower_id, visit_id, What.DONE)
        for visit_id, following in rows
        if may_be_told(following, now, of_missing=False)
    ]


def _each_visit() -> Select[UUID, VisitFollowing]:
    return (
        select(Visit.id, VisitFollowing)
        .select_from(VisitFollowing)
        .join(
            Visit,
            and_(
                Visit.municipality_id == VisitFollowing.municipality_id,
                Visit.care_recipient_id == VisitFollowing.care_recipient_id,
            ),
        )
        .outerjoin(  # a source may say that a plan is fulfilled, and never when somebody came
            VisitReceipt,
            and_(VisitReceipt.municipality_id == Visit.municipality_id, VisitReceipt.visit_id == Visit.id),
        )
    )


def _follows(follower: Any, care_recipient: Any) -> ColumnElement[bool]:
    """Whether the person of one column may follow the visits of the other's today."""
    return and_(Representation.principal_id == care_recipient, reach.holds(follower, Area.VISITS))


def _chosen(follower: Any, care_recipient: Any) -> ColumnElement[bool]:
    return and_(
        VisitFollowing.municipality_id == current_municipality_id(),
        VisitFollowing.follower_id == follower,
        VisitFollowing.care_recipient_id == care_recipient,
    )


def _was_told_of(follower: Any, now: datetime) -> ColumnElement[bool]:
    """Whether the follower was told of this opening of the `Deviation`, or of an earlier one just now."""
    told = aliased(VisitTold)
    return exists().where(
        told.municipality_id == current_municipality_id(),
        told.follower_id == follower,
        told.visit_id == Deviation.visit_id,
        told.what == Deviation.kind,
        or_(told.opened_at == Deviation.opened_at, told.told_at > now - AGAIN_AFTER),
    )


def _was_told_since(concern: Any) -> ColumnElement[bool]:
    """Whether the follower was told that the concern has come right, or of a newer one."""
    told = aliased(VisitTold)
    has_come_right = and_(told.what == What.DONE, told.opened_at >= concern.opened_at)
    return exists().where(
        told.municipality_id == concern.municipality_id,
        told.follower_id == concern.follower_id,
        told.visit_id == concern.visit_id,
        or_(has_come_right, told.opened_at > concern.opened_at),
    )


def _was_told_that_it_is_done() -> ColumnElement[bool]:
    told = aliased(VisitTold)
    return exists().where(
        told.municipality_id == current_municipality_id(),
        told.follower_id == VisitFollowing.follower_id,
        told.visit_id == Visit.id,
        told.what == What.DONE,
    )
