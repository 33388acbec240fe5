"""What the editing of forms refuses."""

from citizen_portal.errors import Conflict


class ChangedByColleague(Conflict):
    """The draft, or what is published, is no longer what the superuser looked at. `by` is who changed it last."""

    def __init__(self, by: str | None = None) -> None:
        super().__init__(by)
        self.by = by
