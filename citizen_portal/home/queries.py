"""What a citizen meets first: what waits for her, her people's visits today, what is under way."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from citizen_portal.applications.queries import ApplicationRow, open_applications_of
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.signatures.queries import standing
from citizen_portal.applications.status import Status
from citizen_portal.auth.actor import Citizen
from citizen_portal.auth.permissions import Permission
from citizen_portal.auth.roles import assurance_is_enough
from citizen_portal.messages.queries import ThreadLine, unread_threads
from citizen_portal.visits.queries import visits_today
from citizen_portal.visits.shown import DayOfVisits

WAITS_FOR_CITIZEN = frozenset({Status.DRAFT, Status.WAITING_FOR_CITIZEN})


@dataclass(frozen=True, slots=True)
class Overview:
    """The front page's content. `visits` is None when the login is too weak to show any."""

    unread: Sequence[ThreadLine]
    applications: Sequence[ApplicationRow]
    visits: Sequence[DayOfVisits] | None
    asked_to_sign: Sequence[SignatureRequest]
    """What waits for her own signature; nothing while she sees for somebody else."""

    @property
    def waiting(self) -> list[ApplicationRow]:
        """Applications in which the next step is the citizen's, also where we do not wait for her to take it."""
        return [row for row in self.applications if _waits_for_citizen(row)]

    @property
    def under_way(self) -> list[ApplicationRow]:
        """Applications in which the next step is the municipality's."""
        return [row for row in self.applications if not _waits_for_citizen(row)]

    @property
    def has_late_visit(self) -> bool:
        """Whether something is wrong with a visit beyond the unit's grace time: then the visits come first."""
        return any(line.is_past_grace for day in self.visits or () for line in day.lines)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all to show."""
        return not (self.unread or self.applications or self.visits or self.asked_to_sign)


def _waits_for_citizen(row: ApplicationRow) -> bool:
    return bool(row.tasks) or row.has_unread_answer or row.status in WAITS_FOR_CITIZEN


def overview(session: Session, citizen: Citizen) -> Overview:
    """Everything on the citizen's front page, in four statements."""
    may_see_visits = assurance_is_enough(citizen, Permission.VISIT_READ)
    applications = open_applications_of(session, citizen)
    return Overview(
        unread=unread_threads(session, citizen),
        applications=applications,
        asked_to_sign=() if citizen.acting_for else standing(session, citizen, ()).asked,
        visits=visits_today(session, citizen) if may_see_visits else None,
    )
