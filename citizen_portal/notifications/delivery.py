"""The job that sends a notice."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import current_municipality_id, read_only, transaction
from citizen_portal.identity.models import Person
from citizen_portal.identity.registers.errors import RegisterError
from citizen_portal.jobs import task
from citizen_portal.notifications import channels
from citizen_portal.notifications.channels.port import AddressRefused, ChannelFailed
from citizen_portal.notifications.contact import (
    ContactPoint,
    barrier_of,
    contact_point,
    demand_fresh_check,
    no_answer,
)
from citizen_portal.notifications.models import Notice, NoticeStatus, Obstacle
from citizen_portal.notifications.pushing import push
from citizen_portal.notifications.texts import notice_text
from citizen_portal.tenancy.models import Municipality

WAITS_FOR_REGISTERS: Final = timedelta(hours=2)
"""The job is tried again with growing pauses, eight times within this; then somebody must send a letter."""


@task(name="notifications.send_notice")
def send_notice(notice_id: str) -> None:
    """Send a queued notice, or write down why it cannot be sent. One that was dealt with stays as it is.

    Who said yes to push messages gets those, where the occasion allows. Else the registers are asked first, outside the
    transaction. A crash between the sending and the commit sends it again:
    a notice twice is better than none.
    Raises ChannelFailed or RegisterError when trying again later may help.
    """
    failure = _push(UUID(notice_id))
    found = _contact_point(UUID(notice_id))
    if found is None:
        return
    if failure is not None and found.obstacle is not None and _has_time(UUID(notice_id)):
        raise failure
    with transaction() as session:
        notice = session.get(Notice, (current_municipality_id(), UUID(notice_id)), with_for_update=True)
        if notice is not None and notice.status is NoticeStatus.QUEUED:
            _deliver(session, notice, found)


def _push(notice_id: UUID) -> ChannelFailed | None:
    """Try push messages first; what failed, if it may go well later."""
    with transaction() as session:
        notice = session.get(Notice, (current_municipality_id(), notice_id), with_for_update=True)
        if notice is None or notice.status is not NoticeStatus.QUEUED:
            return None
        try:
            push(session, notice)
        except ChannelFailed as failure:
            return failure
    return None


def _has_time(notice_id: UUID) -> bool:
    with read_only() as session:
        notice = session.get_one(Notice, (current_municipality_id(), notice_id))
    return clock.now() - notice.created_at < WAITS_FOR_REGISTERS


def _contact_point(notice_id: UUID) -> ContactPoint | None:
    """Where the person can be reached now; None when the notice was dealt with."""
    key = current_municipality_id(), notice_id
    with read_only() as session:
        notice = session.get(Notice, key)
        if notice is None or notice.status is not NoticeStatus.QUEUED:
            return None
        person = session.get_one(Person, (notice.municipality_id, notice.person_id))
        municipality = session.get_one(Municipality, notice.municipality_id)
    try:
        demand_fresh_check(municipality, person)
        with read_only() as session:
            person = session.get_one(Person, (notice.municipality_id, notice.person_id))
        return contact_point(municipality, person)
    except RegisterError:
        if clock.now() - notice.created_at < WAITS_FOR_REGISTERS:
            raise
        return no_answer()


def _deliver(session: Session, notice: Notice, found: ContactPoint) -> None:
    person = session.get_one(Person, (notice.municipality_id, notice.person_id))
    municipality = session.get_one(Municipality, notice.municipality_id)
    if found.was_looked_up:
        notice.contact_outcome, notice.contact_checked_at = found.outcome, clock.now()
    channel = channels.email()
    obstacle = found.obstacle or barrier_of(person)  # she may have become protected since
    if channel is None and obstacle in (None, Obstacle.NO_ADDRESS):
        obstacle = Obstacle.NO_CHANNEL
    if obstacle is not None or channel is None or not found.email:
        notice.was_stopped(obstacle or Obstacle.NO_ADDRESS)
        return
    text = notice_text(notice.occasion, found.language or municipality.languages[0], municipality.name)
    try:
        channel.send(found.email, municipality.name, text)
    except AddressRefused:
        notice.was_stopped(Obstacle.REFUSED)
    else:
        notice.was_sent(channel.name, found.email, clock.now())
