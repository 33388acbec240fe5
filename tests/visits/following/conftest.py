"""Followers of Borghild's and Ola's visits, the visits themselves, and what is wrong with them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person
from citizen_portal.notifications.models import Notice
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.following.models import Choice
from citizen_portal.visits.following.service import Chosen
from citizen_portal.visits.following.telling import tell_followers
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus

AddVisit = Callable[..., Visit]
GoesWrong = Callable[..., Deviation]
SignedOff = Callable[[Visit], None]
Told = Callable[[Person], list[str]]


def chosen(choice: Choice = Choice.DEVIATIONS, quiet: tuple[str, str] | None = None, *, breaks: bool = True) -> Chosen:
    """What a follower chooses: how much, and when she wants peace."""
    hours = [datetime.strptime(hour, "%H:%M").time() for hour in quiet] if quiet else [None, None]  # noqa: DTZ007  no date
    return Chosen(choice, hours[0], hours[1], breaks)


@pytest.fixture
def add_visit() -> AddVisit:
    """`add_visit(borghild)`: a visit that should have begun half an hour ago."""

    def add(whom: Person, starts_at: datetime | None = None) -> Visit:
        start = starts_at or clock.now() - timedelta(minutes=30)
        visit = Visit(
            id=new_id(),
            municipality_id=whom.municipality_id,
            consumer="940864872",
            identifier_system="https://epj.example/besok",
            identifier_value=str(new_id()),
            care_recipient_id=whom.id,
            service="Medisin",
            status=VisitStatus.PLANNED,
            planned_start_at=start,
            planned_end_at=start + timedelta(minutes=20),
            occurs_at=start,
            updated_at=clock.now(),
        )
        with db.transaction() as session:
            session.add(visit)
        return visit

    return add


@pytest.fixture
def goes_wrong() -> GoesWrong:
    """`goes_wrong(visit, DeviationKind.LATE)`: the unit has let it stand so long that followers may be told."""

    def open_deviation(visit: Visit, kind: DeviationKind = DeviationKind.LATE, **changes: object) -> Deviation:
        values = {"opened_at": clock.now() - timedelta(minutes=20), "tell_at": clock.now()} | changes
        deviation = Deviation(
            id=new_id(),
            municipality_id=visit.municipality_id,
            visit_id=visit.id,
            care_recipient_id=visit.care_recipient_id,
            kind=kind,
            **values,
        )
        with db.transaction() as session:
            session.add(deviation)
        return deviation

    return open_deviation


@pytest.fixture
def signed_off() -> SignedOff:
    """`signed_off(visit)`: it was done, and what was wrong with it is closed."""

    def sign_off(visit: Visit) -> None:
        with db.transaction() as session:
            done = session.get_one(Visit, (visit.municipality_id, visit.id))
            done.status = VisitStatus.DONE
            assert done.planned_start_at is not None
            session.add(
                VisitReceipt(
                    municipality_id=visit.municipality_id,
                    id=new_id(),
                    visit_id=visit.id,
                    performed_at=done.planned_start_at,
                    received_at=clock.now(),
                )
            )
            for deviation in session.scalars(select(Deviation).where(Deviation.visit_id == visit.id)):
                close(deviation, Closing.SIGNED_OFF)

    return sign_off


def close(deviation: Deviation, closing: Closing) -> None:
    """Close a deviation of the running transaction."""
    deviation.closed_at, deviation.closed_as = clock.now(), closing


@pytest.fixture
def told() -> Told:
    """`told(kari)`: what she has been told so far, once the job of this minute has run."""

    def run_and_read(who: Person) -> list[str]:
        tell_followers(timestamp=0)
        return told_before(who)

    return run_and_read


def told_before(who: Person) -> list[str]:
    """The occasions of a person's notices, in order."""
    with db.read_only() as session:
        found = session.scalars(select(Notice.occasion).where(Notice.person_id == who.id).order_by(Notice.id))
        return [occasion.value for occasion in found]
