"""Sessions do what they are opened for, for the municipality that was named, and nothing else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InternalError

from citizen_portal import db
from citizen_portal.tenancy.models import Municipality, Unit


def test_a_page_that_reads_cannot_write(in_ringebu: Municipality, home_care: Unit) -> None:
    with db.read_only() as session:
        session.get_one(Unit, (in_ringebu.id, home_care.id)).name = "Sykehjemmet"
        with pytest.raises(db.WriteInReadOnly):
            session.flush()
    with pytest.raises(InternalError, match="read-only transaction"), db.read_only() as session:
        session.execute(text("UPDATE unit SET name = 'Sykehjemmet'"))
    with db.read_only() as session:
        assert session.get_one(Unit, (in_ringebu.id, home_care.id)).name == "Hjemmetjenesten"


def test_nothing_is_done_for_a_municipality_that_nobody_named(ringebu: Municipality, connected: None) -> None:
    with pytest.raises(db.NoMunicipality):
        db.current_municipality_id()
    with db.as_municipality(ringebu.id):
        assert db.current_municipality_id() == ringebu.id
    with pytest.raises(db.NoMunicipality):
        db.current_municipality_id()


def test_what_somebody_wrote_is_not_in_the_error_that_goes_to_the_log(in_ringebu: Municipality) -> None:
    with pytest.raises(DBAPIError) as told, db.read_only() as session:
        session.execute(text("SELECT 1 / 0 WHERE 'x' <> :written"), {"written": "Jeg har falt to ganger"})
    assert "falt to ganger" not in str(told.value)
