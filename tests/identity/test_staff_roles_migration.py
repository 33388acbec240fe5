"""Employees who were there before keep what they could do, in the unit they are in; and back again."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text

from citizen_portal import migrations
from citizen_portal.database_roles import provision
from citizen_portal.postgres import EmbeddedPostgres

BEFORE, AFTER = "0012-1", "0012"


@pytest.fixture
def engine(database: tuple[EmbeddedPostgres, str]) -> Iterator[Engine]:
    """A database of its own, as the migration before left it."""
    server, name = database
    provision(server, f"{name}_staff_roles")
    url = server.url("portal_owner", f"{name}_staff_roles")
    migrations.upgrade(url)
    made = create_engine(url)
    with made.begin() as connection:
        command.downgrade(_config(connection), BEFORE)
    yield made
    made.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(next(iter(migrations.__path__))))
    config.attributes["connection"] = connection
    return config


def _add_municipality(connection: Connection, number: str, roles: list[str]) -> int:
    municipality_id = connection.scalar(
        text(
            "INSERT INTO municipality "
            "(number, name, organisation_number, slug, languages, phone, email, address_lines) "
            "VALUES (:n, :n, :n, :n, '{nb}', '1', 'x', '{x}') RETURNING id"
        ),
        {"n": number},
    )
    assert isinstance(municipality_id, int)
    _work_for(connection, municipality_id)
    ids = {"m": municipality_id, "unit": uuid4(), "staff": uuid4(), "roles": roles}
    connection.execute(text("INSERT INTO unit VALUES (:m, :unit, 'Hjemmetjenesten', '1')"), ids)
    connection.execute(
        text(
            "INSERT INTO staff_member (municipality_id, id, issuer, subject, name, title, unit_id, roles, is_active) "
            "VALUES (:m, :staff, 'i', 's', 'Siri', '', :unit, :roles, true)"
        ),
        ids,
    )
    return municipality_id


def _work_for(connection: Connection, municipality_id: int) -> None:
    connection.execute(text("SELECT set_config('portal.municipality_id', :id, true)"), {"id": str(municipality_id)})


def test_roles_move_to_rows_of_their_own_and_back_in_every_municipality(engine: Engine) -> None:
    held = {"3439": ["archivist", "caseworker"], "3436": ["nurse"], "3438": []}
    with engine.begin() as connection:
        ids = {number: _add_municipality(connection, number, [*roles, "unknown"]) for number, roles in held.items()}
    with engine.begin() as connection:
        command.upgrade(_config(connection), AFTER)
    with engine.begin() as connection:
        for number, roles in held.items():
            _work_for(connection, ids[number])
            rows = connection.execute(
                text(
                    "SELECT role FROM staff_role AS r JOIN staff_member AS m "
                    "ON (m.id, m.unit_id) = (r.staff_id, r.unit_id) "
                    "WHERE valid_from_date <= current_date AND ended_at IS NULL ORDER BY role"
                )
            )
            assert [role for (role,) in rows] == roles
        unplaced = "INSERT INTO staff_member VALUES (:m, gen_random_uuid(), 'i', 't', 'Turid', '', NULL, true)"
        connection.execute(text(unplaced), {"m": ids["3438"]})
    with engine.begin() as connection:
        command.downgrade(_config(connection), BEFORE)
    with engine.begin() as connection:
        for number, roles in held.items():
            _work_for(connection, ids[number])
            assert connection.execute(text("SELECT name, roles FROM staff_member")).all() == [("Siri", roles)]
            forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'staff_member'"
            assert connection.scalar(text(forced)) is True
