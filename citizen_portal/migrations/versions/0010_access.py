"""Service areas, protected addresses, narrower representation, leave to look, and who looked in what capacity."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0010"
down_revision = "0009"

AREAS = ("visits", "health", "upbringing", "economy", "other")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the columns and tables. What was there before was all about health: safety alarms."""
    _tell_capacity()
    _grade_people()
    _narrow_representation()
    _set_area("application", "area = 'health'", nullable=False)
    _set_area("case_file", "area = 'health' WHERE citizen_id IS NOT NULL", nullable=True)
    op.create_check_constraint("citizen_has_area", "case_file", "citizen_id IS NULL OR area IS NOT NULL")
    op.add_column("login_session", sa.Column("acting_for_id", sa.Uuid()))
    op.create_foreign_key(
        None, "login_session", "person", ["municipality_id", "acting_for_id"], ["municipality_id", "id"]
    )
    op.create_table(
        "access_grant",
        *tenant_key(),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        within("staff_id", "staff_member", ondelete="CASCADE"),
        within("person_id", "person", ondelete="CASCADE"),
        sa.Index(None, "municipality_id", "staff_id", "person_id", "expires_at"),
    )
    protect("access_grant", privileges="SELECT, INSERT")


def downgrade() -> None:
    """Drop them. Areas of representation get their former names."""
    op.drop_table("access_grant")
    op.drop_column("login_session", "acting_for_id")
    op.drop_column("case_file", "area")
    op.drop_column("application", "area")
    for column in ("case_file_id", "legal_basis", "document_sha256", "registered_by_name", "confirmed_at"):
        op.drop_column("representation", column)
    op.drop_column("representation", "revoked_by_name")
    for column in ("protection", "death_date", "register_checked_at"):
        op.drop_column("person", column)
    for column in ("actor_role", "actor_unit", "on_behalf_of_id", "purpose", "reason"):
        op.drop_column("audit_event", column)


def _tell_capacity() -> None:
    for name in ("actor_role", "actor_unit", "purpose", "reason"):
        op.add_column("audit_event", sa.Column(name, sa.Text()))
    op.add_column("audit_event", sa.Column("on_behalf_of_id", sa.Uuid()))


def _grade_people() -> None:
    op.add_column("person", sa.Column("death_date", sa.Date()))
    op.add_column("person", sa.Column("register_checked_at", MOMENT))
    _add_filled("person", term("protection", "none", "confidential", "strictly_confidential", "unknown"), "none")


def _narrow_representation() -> None:
    _add_filled("representation", sa.Column("registered_by_name", sa.Text(), nullable=False), "")
    for name in ("legal_basis", "document_sha256", "revoked_by_name"):
        op.add_column("representation", sa.Column(name, sa.Text()))
    op.add_column("representation", sa.Column("confirmed_at", MOMENT))
    op.add_column("representation", sa.Column("case_file_id", sa.Uuid()))
    op.create_foreign_key(
        None, "representation", "case_file", ["municipality_id", "case_file_id"], ["municipality_id", "id"]
    )
    wider = "CASE WHEN 'visits' = ANY(areas) THEN '{visits,health}'::text[] ELSE '{health}'::text[] END"
    _update("representation", f"areas = {wider} WHERE areas && '{{applications,messages}}'")
    op.create_check_constraint("areas_or_one_case", "representation", "(case_file_id IS NULL) <> (areas = '{}')")


def _set_area(table: str, update: str, *, nullable: bool) -> None:
    op.add_column(table, term("area", *AREAS, nullable=True))
    _update(table, update)
    op.alter_column(table, "area", nullable=nullable)


def _add_filled(table: str, column: "sa.Column[str]", value: str) -> None:
    """A column that must have a value, with the one that every row so far gets."""
    column.server_default = sa.DefaultClause(value)
    op.add_column(table, column)
    op.alter_column(table, column.name, server_default=None)


def _update(table: str, change: str) -> None:
    """Change rows of every municipality: row security does not hold for the owner meanwhile."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    op.execute(f"UPDATE {table} SET {change}")  # noqa: S608  our own words
    op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
