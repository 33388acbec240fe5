"""What appeals refuse."""

from collections.abc import Sequence

from citizen_portal.errors import DomainError


class AppealIncomplete(DomainError):
    """The appeal cannot be sent yet. `fields` names what lacks, in the order of the form."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)
