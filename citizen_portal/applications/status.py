"""How an application can stand, which status may follow which, and the dated steps of its timeline."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """How an application came in. Values are stored: never rename one."""

    PORTAL = "portal"
    PHONE = "phone"
    PAPER = "paper"


class Status(StrEnum):
    """Where an application stands. Values are stored: never rename one."""

    DRAFT = "draft"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_CITIZEN = "waiting_for_citizen"
    """We asked for something; the answer time stands still meanwhile."""
    WAITING_FOR_OTHERS = "waiting_for_others"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"
    APPEALED = "appealed"
    """The decision is looked at anew."""
    APPEAL_FORWARDED = "appeal_forwarded"
    """The body above us decides the appeal."""
    FORWARDED = "forwarded"
    """Another body than the municipality decides it."""
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


UNDER_WAY: Final = (
    Status.RECEIVED,
    Status.IN_PROGRESS,
    Status.WAITING_FOR_CITIZEN,
    Status.WAITING_FOR_OTHERS,
    Status.APPEALED,
)
"""Somebody here must still do something, and the answer time runs."""

DECIDED: Final = (Status.GRANTED, Status.PARTLY_GRANTED, Status.REFUSED)
"""The outcomes of an individual decision (enkeltvedtak)."""

_HANDLING = frozenset({Status.IN_PROGRESS, Status.WAITING_FOR_CITIZEN, Status.WAITING_FOR_OTHERS})
_ENDS = frozenset({*DECIDED, Status.FORWARDED, Status.WITHDRAWN, Status.CLOSED})
NEXT: Final[Mapping[Status, frozenset[Status]]] = {
    Status.DRAFT: frozenset({Status.RECEIVED}),
    Status.RECEIVED: _HANDLING | _ENDS,
    **{status: (_HANDLING | _ENDS) - {status} for status in _HANDLING},
    **{status: frozenset({Status.APPEALED, Status.CLOSED}) for status in DECIDED},
    Status.APPEALED: frozenset({*DECIDED, Status.APPEAL_FORWARDED}),
    Status.APPEAL_FORWARDED: frozenset({*DECIDED, Status.IN_PROGRESS}),
    Status.FORWARDED: frozenset({Status.CLOSED}),
    Status.WITHDRAWN: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset(),
}
"""Which status may follow which."""

_BY_STAFF = (_HANDLING - {Status.WAITING_FOR_CITIZEN}) | {Status.CLOSED}
FOR_STAFF: Final = tuple(status for status in Status if status in _BY_STAFF)
"""What staff can set, in the order in which it usually happens. We wait for the citizen while a task is open, and an
outcome is set by sending a decision alone."""


def listed(statuses: tuple[Status, ...]) -> str:
    """The statuses as SQL lists them, for the conditions of indexes."""
    return ", ".join(f"'{status.value}'" for status in statuses)


QUEUES_WITH_AN_INDEX: Final = {
    "unassigned": f"assigned_staff_id IS NULL AND status IN ({listed(UNDER_WAY)})",
    "waiting": "status IN ('waiting_for_citizen', 'waiting_for_others')",
    "escalated": f"escalation > 0 AND status IN ({listed(UNDER_WAY)})",
    "preliminary": f"preliminary_sent_at IS NULL AND status IN ({listed(UNDER_WAY)})",
}
"""Parts of a unit's work that may be few among very many: each is found without looking through the rest."""


class EventKind(StrEnum):
    """A dated step of the timeline. Values are stored: never rename one."""

    RECEIVED = "received"
    PICKED_UP = "picked_up"
    HANDED_OVER = "handed_over"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_CITIZEN = "waiting_for_citizen"
    """A task was given, see `tasks`: facts `task`."""
    TASK_ANSWERED = "task_answered"
    TASK_WITHDRAWN = "task_withdrawn"
    """We do not need it any more."""
    WAITING_FOR_OTHERS = "waiting_for_others"
    PRELIMINARY_REPLY = "preliminary_reply"
    UNIT_CHANGED = "unit_changed"
    """Another unit of the municipality has it: facts `to`, `contact`."""
    FORWARDED = "forwarded"
    """Another body has it: facts `to`, `contact`."""
    SIGNED = "signed"
    """Somebody besides the applicant signed: facts `by`."""
    ADDED = "added"
    """The citizen sent more without being asked."""
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"
    LETTER_SENT = "letter_sent"
    APPEALED = "appealed"
    APPEAL_UPHELD = "appeal_upheld"
    """The decision was not changed; the appeal goes on."""
    APPEAL_FORWARDED = "appeal_forwarded"
    APPEAL_REVERSED = "appeal_reversed"
    APPEAL_DISMISSED = "appeal_dismissed"
    """Too late or not to be appealed."""
    APPEAL_DECIDED = "appeal_decided"
    """By the body above us: facts `by`, `note`."""
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


FROM_CITIZEN: Final = frozenset({EventKind.TASK_ANSWERED, EventKind.ADDED})
"""What the citizen sent while it is handled: somebody should look at it."""
