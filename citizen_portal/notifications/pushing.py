"""Push messages in place of e-mail, for those who said yes to them in a browser of theirs.

Only news that nobody has a legal right to be told of goes this way: about the rest the contact register is asked.
"""

import json
import logging
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.models import Person
from citizen_portal.notifications import channels
from citizen_portal.notifications.channels.port import AddressRefused, ChannelFailed
from citizen_portal.notifications.channels.webpush import Subscription
from citizen_portal.notifications.contact import barrier_of
from citizen_portal.notifications.models import Notice, Occasion, PushSubscription
from citizen_portal.notifications.texts import notice_text
from citizen_portal.tenancy.models import Municipality

logger = logging.getLogger(__name__)

PUSHED: Final = {
    Occasion.FOLLOWED_CONCERN: "concern",
    Occasion.FOLLOWED_SETTLED: "concern",
    Occasion.FOLLOWED_PARTLY_SETTLED: "concern",
    Occasion.FOLLOWED_UPDATE: "update",
}
"""Occasion -> topic. On a phone the newest takes the place of the one before it of the same topic: no update hides a
concern."""
MOST_BROWSERS: Final = 10
"""Of one person; the oldest gives way."""


def subscribe(session: Session, person_id: UUID, subscription: Subscription) -> None:
    """Send the person's news to the browser from now on. A browser that was another person's is hers now."""
    row = PushSubscription(
        id=new_id(),
        municipality_id=current_municipality_id(),
        person_id=person_id,
        endpoint_hash=key_ring().lookup_hash(subscription.endpoint, f"push:{current_municipality_id()}"),
        created_at=clock.now(),
    )
    row.subscription_encrypted = key_ring().encrypt(subscription.as_json(), row.encryption_context)
    session.execute(delete(PushSubscription).where(_here(), PushSubscription.endpoint_hash == row.endpoint_hash))
    session.add(row)
    session.flush()
    newest = (
        select(PushSubscription.id)
        .where(_here(), PushSubscription.person_id == person_id)
        .order_by(PushSubscription.id.desc())
        .limit(MOST_BROWSERS)
    )
    session.execute(
        delete(PushSubscription).where(
            _here(), PushSubscription.person_id == person_id, PushSubscription.id.not_in(newest)
        )
    )


def unsubscribe(session: Session, person_id: UUID) -> None:
    """Send the person no push messages any longer, to no browser."""
    session.execute(delete(PushSubscription).where(_here(), PushSubscription.person_id == person_id))


def count_browsers(session: Session, person_id: UUID) -> int:
    """To how many browsers the person's news are sent."""
    found = select(func.count()).select_from(PushSubscription).where(_here(), PushSubscription.person_id == person_id)
    return session.scalar(found) or 0


def push(session: Session, notice: Notice) -> bool:
    """Send the notice to all the person's browsers; whether one of them took it. One that is gone is forgotten.

    Raises ChannelFailed when none took it and one of them may do so later.
    """
    channel = channels.push()
    person = session.get_one(Person, (notice.municipality_id, notice.person_id))
    if channel is None or notice.occasion not in PUSHED or barrier_of(person) is not None:
        return False
    municipality = session.get_one(Municipality, notice.municipality_id)
    language = person.preferred_language or municipality.languages[0]
    text = notice_text(notice.occasion, language, municipality.name)
    topic = PUSHED[notice.occasion]
    took, failed = _send_to_all(
        session, notice.person_id, lambda subscription: channel.send(subscription, municipality.email, text, topic)
    )
    if took:
        notice.was_sent(channel.name, ", ".join(took), clock.now())
    elif failed is not None:
        raise failed
    return bool(took)


def _send_to_all(
    session: Session, person_id: UUID, send: Callable[[Subscription], None]
) -> tuple[Sequence[str], ChannelFailed | None]:
    """The push services that took the text, without what tells the browser, and the last failure."""
    took: list[str] = []
    failed: ChannelFailed | None = None
    for row in session.scalars(select(PushSubscription).where(_here(), PushSubscription.person_id == person_id)).all():
        kept = key_ring().decrypt(row.subscription_encrypted, row.encryption_context)
        subscription = Subscription(**json.loads(kept))
        try:
            send(subscription)
        except AddressRefused:
            session.delete(row)
        except ChannelFailed as error:
            logger.warning("push service: %s", error)
            failed = error
        else:
            took.append(subscription.host)
    return took, failed


def _here() -> ColumnElement[bool]:
    return PushSubscription.municipality_id == current_municipality_id()
