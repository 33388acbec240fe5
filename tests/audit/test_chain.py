"""Nobody can change what the log says without it showing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from citizen_portal import db
from citizen_portal.audit.models import EventTag
from citizen_portal.audit.service import first_broken_event, record
from citizen_portal.auth.actor import System
from citizen_portal.tenancy.models import Municipality


def _record_three_events(actor: System) -> None:
    for number in range(3):
        with db.transaction() as session:
            record(session, actor, EventTag.ENTRY_READ, number=number)


def test_an_untouched_log_is_whole(the_system: System) -> None:
    _record_three_events(the_system)
    with db.read_only() as session:
        assert first_broken_event(session) is None


def test_a_rolled_back_transaction_leaves_no_event(the_system: System) -> None:
    def fail_after_recording() -> None:
        with db.transaction() as session:
            record(session, the_system, EventTag.ENTRY_READ)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    _record_three_events(the_system)
    with db.read_only() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_event")) == 3


def test_the_app_role_cannot_change_or_remove_an_event(the_system: System) -> None:
    _record_three_events(the_system)
    for statement in ("UPDATE audit_event SET tag = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(ProgrammingError, match="permission denied"), db.transaction() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_event SET actor_name = 'someone else' WHERE sequence_number = 2", 2),
        ("DELETE FROM audit_event WHERE sequence_number = 2", 2),
        ("DELETE FROM audit_event WHERE sequence_number = 3", 3),
    ],
)
def test_the_first_event_that_somebody_changed_is_named(
    the_system: System, in_ringebu: Municipality, owner_session: Session, statement: str, broken: int
) -> None:
    _record_three_events(the_system)
    owner_session.execute(text(statement))
    owner_session.commit()
    with db.read_only() as session:
        assert first_broken_event(session) == broken
