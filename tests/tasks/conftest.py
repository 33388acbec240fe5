"""Kari's application at home care, and what Siri asks her for."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from citizen_portal import clock, db, deadlines
from citizen_portal.applications import service as applications
from citizen_portal.applications.models import Application
from citizen_portal.applications.tasks import service
from citizen_portal.applications.tasks.models import Slot, Task
from citizen_portal.applications.tasks.service import Asked
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person, StaffMember
from tests.applications.conftest import Sent, archive, draft, sent
from tests.staff.conftest import karis_browser, siris_browser
from tests.visits.conftest import follows

__all__ = ["archive", "draft", "follows", "karis_browser", "sent", "siris_browser"]

Asks = Callable[..., Task]


@pytest.fixture
def kari_acts(actor_for: Callable[..., Citizen], kari: Person) -> Citizen:
    """Kari, logged in."""
    return actor_for(kari)


@pytest.fixture
def siri_acts(actor_for: Callable[..., Staff], siri: StaffMember) -> Staff:
    """Siri, logged in."""
    return actor_for(siri)


@pytest.fixture
def application(kari_acts: Citizen, siri_acts: Staff, sent: Sent) -> Application:
    """What Kari has sent, taken up by Siri."""
    made = sent(kari_acts)
    with db.transaction() as session:
        return applications.pick_up(session, siri_acts, made.id)


def working_day(after: int) -> date:
    """The first working day that is so many days from today, or later."""
    day = clock.today() + timedelta(days=after)
    while not deadlines.is_working_day(day, eves_are_off=True):
        day += timedelta(days=1)
    return day


@pytest.fixture
def asks(application: Application, siri_acts: Staff) -> Asks:
    """`asks("Send inn legeerklæring")`: Siri asks Kari for something, by default within about two weeks."""

    def ask(title: str = "Send inn legeerklæring", due: date | None = None, *slots: Slot) -> Task:
        asked = Asked(new_id(), title, "Vi må vite om diagnosen.", slots, due or working_day(13))
        with db.transaction() as session:
            return service.give(session, siri_acts, application.id, asked)

    return ask
