"""PostgreSQL itself keeps the municipalities apart, whatever the code does."""

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from citizen_portal import db
from citizen_portal.config import Settings
from citizen_portal.migrations.models import metadata
from citizen_portal.tenancy.models import Municipality

PUBLIC_TABLES = {"municipality", "hostname"}
"""Names and addresses of municipalities: everybody may read them, and the app role can write none."""

TENANT_TABLES = sorted(set(metadata.tables) - PUBLIC_TABLES)
_NEW_UNIT = (
    "INSERT INTO unit (municipality_id, id, name, phone, has_visits) "
    "VALUES (:id, gen_random_uuid(), 'Helse', '1', false)"
)


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_keys_are_led_by_the_municipality(table: str) -> None:
    columns = [column.name for column in metadata.tables[table].primary_key.columns]
    assert columns[0] == "municipality_id"


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_no_foreign_key_between_tenant_tables_can_leave_the_municipality(table: str) -> None:
    for key in metadata.tables[table].foreign_key_constraints:
        if key.referred_table.name not in PUBLIC_TABLES:
            assert key.column_keys[0] == "municipality_id", key


def test_row_security_is_forced_on_every_tenant_table(connected: None) -> None:
    with db.read_only() as session:
        rows = session.execute(
            text(
                "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, count(p.polname) AS policies, "
                "bool_and(p.polcmd = '*' AND p.polwithcheck IS NOT NULL) AS whole "
                "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid "
                "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1, 2, 3"
            )
        ).all()
    secured = {
        row.relname
        for row in rows
        if row.relrowsecurity and row.relforcerowsecurity and row.policies == 1 and row.whole
    }
    without = {row.relname for row in rows} - secured
    assert {name for name in without if not name.startswith("procrastinate_")} == {*PUBLIC_TABLES, "alembic_version"}


def test_the_app_role_owns_nothing_and_cannot_bypass(connected: None) -> None:
    with db.read_only() as session:
        role = session.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        ).one()
        owned = session.scalar(text("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"))
        memberships = session.scalar(text("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole"))
    assert tuple(role) == (False, False, False, False)
    assert owned == memberships == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_without_a_municipality_nothing_is_seen(connected: None, ringebu: Municipality, table: str) -> None:
    with db.read_only() as session:
        assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


@pytest.mark.parametrize("role", ["app", "owner"])
def test_the_neighbour_neither_sees_nor_writes(
    settings: Settings, ringebu: Municipality, nord_fron: Municipality, role: str, connected: None
) -> None:
    with db.as_municipality(ringebu.id), db.transaction() as session:
        session.execute(
            text(_NEW_UNIT),
            {"id": ringebu.id},
        )
    url = settings.database_url if role == "app" else settings.owner_database_url
    engine = create_engine(url or "")
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('portal.municipality_id', :id, true)"), {"id": str(nord_fron.id)})
        assert connection.scalar(text("SELECT count(*) FROM unit")) == 0
        assert connection.execute(text("UPDATE unit SET name = 'taken'")).rowcount == 0
        assert connection.execute(text("DELETE FROM unit")).rowcount == 0
        with pytest.raises(DBAPIError, match="row-level security"):
            connection.execute(
                text(_NEW_UNIT),
                {"id": ringebu.id},
            )
    engine.dispose()


def test_the_setting_does_not_outlive_its_transaction(connected: None, ringebu: Municipality) -> None:
    with db.as_municipality(ringebu.id), db.read_only() as session:
        assert session.scalar(text("SELECT current_setting('portal.municipality_id')")) == str(ringebu.id)
    with db.read_only() as session:
        assert session.scalar(text("SELECT current_setting('portal.municipality_id')")) == ""


def test_every_table_of_the_database_is_known_to_the_code(connected: None) -> None:
    with db.read_only() as session:
        tables = set(inspect(session.connection()).get_table_names())
    assert {t for t in tables if not t.startswith("procrastinate_")} == {*metadata.tables, "alembic_version"}


def test_a_get_request_cannot_write(in_ringebu: Municipality) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"), db.read_only() as session:
        session.execute(text("INSERT INTO audit_chain VALUES (1, 0, '')"))
