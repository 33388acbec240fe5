"""What a phone sends when coverage comes back: the sign-offs that waited on it, as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from citizen_portal.errors import DomainError
from citizen_portal.visits.rounds.models import NotHomeReason, Outcome
from citizen_portal.visits.rounds.service import Told

MOST_AT_ONCE: Final = 100
"""More than anybody signs off in a shift."""


class Malformed(DomainError):
    """What was sent is not what a phone of ours sends."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.faults = faults
        """(JSON pointer, what is wrong) of each fault, without the value."""


_Instant = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
"""What a phone's clock can say, however wrong it is."""


class _Waiting(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    visit_id: UUID
    outcome: Outcome
    reason: NotHomeReason | None = None
    performed_at: _Instant
    device_at: _Instant

    @model_validator(mode="after")
    def _has_reason_when_not_home(self) -> "_Waiting":
        if (self.outcome is Outcome.NOT_HOME) != (self.reason is not None):
            raise ValueError("not_home has a reason, and nothing else has one")
        return self


class Waiting(BaseModel):
    """The queue of one nurse's phone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    staff_id: UUID
    """Who signed off. It is compared with who is logged in: two nurses may use the same phone."""
    sign_offs: Annotated[list[_Waiting], Field(min_length=1, max_length=MOST_AT_ONCE)]

    @property
    def told(self) -> list[Told]:
        """The sign-offs in the order in which they were made."""
        return [
            Told(each.id, each.visit_id, each.outcome, each.reason, each.performed_at, each.device_at)
            for each in self.sign_offs
        ]


def read_waiting(body: bytes) -> Waiting:
    """Read a phone's queue. Raises Malformed."""
    try:
        return Waiting.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = [("".join(f"/{part}" for part in fault["loc"]), fault["msg"]) for fault in faults]
        raise Malformed(told) from None
