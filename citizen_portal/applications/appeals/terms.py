"""How far an appeal has come, and what the body above us can answer."""

from enum import StrEnum


class AppealState(StrEnum):
    """How far an appeal has come. Values are stored: never rename one."""

    DRAFT = "draft"
    RECEIVED = "received"
    """We look at the decision anew."""
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    """By a new decision of ours: the first one was changed, or the appeal was dismissed."""
    FORWARDED = "forwarded"
    """We did not change the decision; the body above us has the appeal."""
    DECIDED = "decided"
    """By the body above us."""


class BodyOutcome(StrEnum):
    """What the body above us decided. Values are stored: never rename one."""

    UPHELD = "upheld"
    """Our decision stands (stadfestet)."""
    CHANGED = "changed"
    SENT_BACK = "sent_back"
    """Our decision is void, and we must decide anew (opphevet)."""
