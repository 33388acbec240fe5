"""Home care as a running demo's walk needs it: a visit that nobody comes to, and that turns out to have been done.

A process of its own, with the demo's own settings: it does now what the demo's worker would do within a minute. It is
told what happens line by line, so that it has started by the time that something shall happen.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.config import load_settings
from citizen_portal.db import new_id, same_row
from citizen_portal.identity import encryption
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.deviations import service as deviations
from citizen_portal.visits.deviations.models import Deviation
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.following.telling import tell
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus
from tests.running import Portal

SERVICE: Final = "Tilsyn"


def began() -> datetime:
    """When the visit should have begun, as the clocks in Norway show it: its shift has ended since, whatever it was."""
    return clock.to_oslo(clock.now() - timedelta(hours=10))


@contextmanager
def home_care_of(portal: Portal) -> Iterator[Callable[[str], None]]:
    """Let something happen in Ringebu: `happens("stays_away")`, and then `happens("comes")`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_"))}
    environment["PORTAL_INSTANCE"] = str(portal.instance)
    command = [sys.executable, "-m", "tests.browser.home_care"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, answers = process.stdin, process.stdout

        def happens(what: str) -> None:
            told.write(f"{what}\n")
            assert answers.readline() == f"{what}\n"

        yield happens
        told.close()
    assert process.returncode == 0


def all_is_seen_to(session: Session) -> None:
    """The unit handles what else went wrong at Borghild's: what the demo lets happen there differs by the day."""
    siri = _siri(session)
    wrong = select(Deviation.id).where(
        Deviation.care_recipient_id == _borghild(session).id, Deviation.closed_at.is_(None)
    )
    for deviation_id in session.scalars(wrong).all():
        deviations.handle(session, siri, deviation_id, "Ringte.")
    session.flush()


def stays_away(session: Session) -> None:
    """Nobody signs off a visit at Borghild's, and the unit has had its time."""
    borghild = _borghild(session)
    like = session.scalars(select(Visit).where(Visit.care_recipient_id == borghild.id).limit(1)).one()
    start = began()
    session.add(
        Visit(
            id=new_id(),
            consumer=like.consumer,
            identifier_system=like.identifier_system,
            identifier_value=str(new_id()),
            care_recipient_id=borghild.id,
            unit_id=like.unit_id,
            service=SERVICE,
            status=VisitStatus.PLANNED,
            planned_start_at=start,
            planned_end_at=start + timedelta(minutes=20),
            occurs_at=start,
            updated_at=start,
        )
    )
    session.flush()
    with clock.frozen(clock.now() - timedelta(minutes=25)):
        watch(session)
    tell(session)


def comes(session: Session) -> None:
    """It was done, and only signed off late."""
    open_visit = select(Visit).where(
        Visit.service == SERVICE,
        Visit.status == VisitStatus.PLANNED,
        Visit.care_recipient_id == _borghild(session).id,
    )
    for visit in session.scalars(open_visit):
        visit.status = VisitStatus.DONE
        assert visit.planned_start_at is not None
        session.add(VisitReceipt(visit_id=visit.id, performed_at=visit.planned_start_at, received_at=clock.now()))
    session.flush()
    watch(session)
    all_is_seen_to(session)
    tell(session)


HAPPENINGS: Final = {each.__name__: each for each in (all_is_seen_to, stays_away, comes)}


def main() -> None:
    """Let happen in Ringebu what each line says, and say when it has."""
    settings = load_settings()
    db.configure(settings.database_url)
    encryption.configure(settings)
    with db.read_only() as session:
        ringebu = session.scalars(select(Municipality).where(Municipality.slug == "ringebu")).one()
    for line in sys.stdin:
        with db.as_municipality(ringebu.id), db.transaction() as session:
            HAPPENINGS[line.strip()](session)
        sys.stdout.write(line)
        sys.stdout.flush()


def _borghild(session: Session) -> Person:
    return session.scalars(select(Person).where(Person.name == "Borghild Moen")).one()


def _siri(session: Session) -> Staff:
    member, unit = session.execute(
        select(StaffMember, Unit)
        .join(Unit, same_row(Unit, StaffMember, StaffMember.unit_id))
        .where(StaffMember.name == "Siri Haugen")
    ).one()
    roles = frozenset({Role.CASEWORKER})
    return Staff(member.municipality_id, member.id, member.name, unit.id, unit.name, roles, session_id=new_id())


if __name__ == "__main__":
    main()
