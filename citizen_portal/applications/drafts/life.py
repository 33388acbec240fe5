"""How long a draft lives."""

from datetime import date, datetime

from citizen_portal import clock, deadlines
from citizen_portal.deadlines import Deadline


def ends_date(saved_at: datetime, warned_at: datetime | None) -> date:
    """The day on which a draft is deleted: some days after it was saved last, and never sooner after its warning than
    was promised, however late the warning came.
    """
    saved = clock.to_oslo(saved_at).date()
    warning, end = deadlines.last_day(Deadline.DRAFT_WARNING, saved), deadlines.last_day(Deadline.DRAFT_END, saved)
    warned = clock.to_oslo(warned_at).date() if warned_at else max(warning, clock.today())
    return max(end, warned + (end - warning))
