"""What a decision can come to, how far it has come, and the parts that it is made of."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from citizen_portal.applications.status import Status


class Outcome(StrEnum):
    """What was decided. Values are stored: never rename one."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    """An appeal is not dealt with (avvist): it came too late, or there is nothing that can be appealed."""


STATUS_OF: Final[Mapping[Outcome, Status]] = {
    Outcome.GRANTED: Status.GRANTED,
    Outcome.PARTLY_GRANTED: Status.PARTLY_GRANTED,
    Outcome.REFUSED: Status.REFUSED,
}
"""How the application stands after it. A dismissal changes nothing in that."""


class DecisionState(StrEnum):
    """How far a decision has come. Values are stored: never rename one."""

    DRAFT = "draft"
    FOR_APPROVAL = "for_approval"
    APPROVED = "approved"
    SENT = "sent"


class Part(StrEnum):
    """A part of a decision, in the order of the letter. Values are stored: never rename one."""

    DECIDED = "decided"
    """What the party gets or does not get: period, extent."""
    FACTS = "facts"
    LAW = "law"
    REASONS = "reasons"
    """The main considerations (forvaltningsloven § 25)."""
    CONDITIONS = "conditions"
    APPEAL_RIGHT = "appeal_right"
    DEADLINE = "deadline"
    BODY = "body"
    PROCEDURE = "procedure"
    ACCESS = "access"
    POSTPONEMENT = "postponement"
    COSTS = "costs"


GROUNDS: Final = (Part.FACTS, Part.LAW, Part.REASONS)
"""Why it was decided so (§ 25). May be left out of what grants all that was asked for (§ 24 second paragraph)."""

RIGHTS: Final = (Part.APPEAL_RIGHT, Part.DEADLINE, Part.BODY, Part.PROCEDURE, Part.ACCESS)
"""What the party must be told that she can do (§ 27)."""

AGAINST: Final = frozenset({Outcome.PARTLY_GRANTED, Outcome.REFUSED, Outcome.DISMISSED})
"""Outcomes with which somebody may be unhappy: reasons are demanded, and the letter tells of §§ 36 and 42."""


def demanded_of(outcome: Outcome | None) -> tuple[Part, ...]:
    """The parts without which a decision with the outcome is not sent."""
    grounds = () if outcome is Outcome.GRANTED else GROUNDS
    return (Part.DECIDED, *grounds, *RIGHTS)
