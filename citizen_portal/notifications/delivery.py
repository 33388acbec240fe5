"""The job that sends a notice."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import current_municipality_id, transaction
from citizen_portal.identity.models import Person
from citizen_portal.jobs import task
from citizen_portal.notifications import channels
from citizen_portal.notifications.channels.port import AddressRefused
from citizen_portal.notifications.models import Notice, NoticeStatus, Obstacle
from citizen_portal.notifications.texts import notice_text
from citizen_portal.tenancy.models import Municipality


@task(name="notifications.send_notice")
def send_notice(notice_id: str) -> None:
    """Send a queued notice, or write down why it cannot be sent. One that was dealt with stays as it is.

    A crash between the sending and the commit sends it again: a notice twice is better than none.
    Raises ChannelFailed when trying again later may help.
    """
    with transaction() as session:
        notice = session.get(Notice, (current_municipality_id(), UUID(notice_id)), with_for_update=True)
        if notice is not None and notice.status is NoticeStatus.QUEUED:
            _deliver(session, notice)


def _deliver(session: Session, notice: Notice) -> None:
    person = session.get_one(Person, (notice.municipality_id, notice.person_id))
    municipality = session.get_one(Municipality, notice.municipality_id)
    channel = channels.email()
    if channel is None:
        notice.was_stopped(Obstacle.NO_CHANNEL)
        return
    if not person.email:
        notice.was_stopped(Obstacle.NO_ADDRESS)
        return
    text = notice_text(notice.occasion, person.preferred_language or municipality.languages[0], municipality.name)
    try:
        channel.send(person.email, municipality.name, text)
    except AddressRefused:
        notice.was_stopped(Obstacle.REFUSED)
    else:
        notice.was_sent(channel.name, person.email, clock.now())
