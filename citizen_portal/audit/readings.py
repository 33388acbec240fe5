"""What the access log counts as a reading, and scoped reads of it: by the person whom the data concerns.

A list line with a name is no reading of a case: nobody could find the readings that matter among thousands of lines
that passed by. Whoever opens what lies behind the line leaves an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.db import current_municipality_id


class Kind(StrEnum):
    """What was read, in the words of the filter."""

    CASE = "case"
    CONVERSATION = "conversation"
    VISITS = "visits"
    DOCUMENT = "document"
    ACCESS_LOG = "access-log"


class Reader(StrEnum):
    """Who read, in the words of the filter; the value is the event's kind of actor."""

    STAFF = "staff"
    REPRESENTATIVE = "citizen"
    MACHINE = "machine"


READINGS: Final[Mapping[EventTag, Kind]] = {
    EventTag.APPLICATION_READ: Kind.CASE,
    EventTag.OVERVIEW_READ: Kind.CASE,
    EventTag.PERSON_READ: Kind.CASE,
    EventTag.PERSON_SEARCHED: Kind.CASE,
    EventTag.ACCESS_OPENED: Kind.CASE,
    EventTag.THREAD_READ: Kind.CONVERSATION,
    EventTag.DOCUMENT_READ: Kind.DOCUMENT,
    EventTag.ENTRY_READ: Kind.DOCUMENT,
    EventTag.DATA_REQUEST_READ: Kind.DOCUMENT,
    EventTag.VISITS_READ: Kind.VISITS,
    EventTag.VISITS_RECEIVED: Kind.VISITS,
    EventTag.ACCESS_LOG_READ: Kind.ACCESS_LOG,
}
"""Every event that a person sees in her access log."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which part of her log a person wants to see; all of it by default."""

    reader: Reader | None = None
    kind: Kind | None = None
    since: datetime | None = None


def readings_about(person_id: UUID, wanted: LogFilter | None = None) -> Select[AuditEvent]:
    """What others have read of the person's, newest first; her own readings are left out."""
    wanted = wanted or LogFilter()
    tags = [tag.value for tag, kind in READINGS.items() if wanted.kind in (None, kind)]
    query = select(AuditEvent).where(
        AuditEvent.municipality_id == current_municipality_id(),
        AuditEvent.about_person_id == person_id,
        AuditEvent.actor_id != str(person_id),
        AuditEvent.tag.in_(tags),
    )
    if wanted.reader is not None:
        query = query.where(AuditEvent.actor_kind == wanted.reader.value)
    if wanted.since is not None:
        query = query.where(AuditEvent.occurred_at >= wanted.since)
    return query.order_by(AuditEvent.sequence_number.desc())
