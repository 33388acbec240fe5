"""Roles per unit with dates instead of a list on the employee, the unit worked in, and machines' used tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)
ROLES = (
    "caseworker",
    "nurse",
    "archivist",
    "communications",
    "system_owner",
    "superuser",
    "auditor",
    "protected_access",
)
WITH_ROLES = ("staff_member", "staff_role")
GIVE_ROLES = """
INSERT INTO staff_role (municipality_id, id, staff_id, unit_id, role, valid_from_date, granted_by_name, created_at)
SELECT municipality_id, gen_random_uuid(), id, unit_id, held.role, current_date, 'citizen-portal', now()
FROM staff_member CROSS JOIN LATERAL unnest(roles) AS held (role)
WHERE held.role = ANY(ARRAY[{roles}])
"""
LIST_ROLES = """
UPDATE staff_member SET roles = ARRAY(
    SELECT DISTINCT role FROM staff_role
    WHERE staff_role.municipality_id = staff_member.municipality_id AND staff_role.staff_id = staff_member.id
    AND staff_role.unit_id = staff_member.unit_id AND ended_at IS NULL AND substitute_for_id IS NULL
    ORDER BY role
)
"""


def upgrade() -> None:
    """Make the tables; everybody keeps her roles, in her unit, from today."""
    op.create_table(
        "staff_role",
        *tenant_key(),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        term("role", *ROLES),
        sa.Column("valid_from_date", sa.Date(), nullable=False),
        sa.Column("valid_to_date", sa.Date()),
        sa.Column("substitute_for_id", sa.Uuid()),
        sa.Column("granted_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by_name", sa.Text()),
        within("staff_id", "staff_member", ondelete="CASCADE"),
        within("unit_id", "unit"),
        within("substitute_for_id", "staff_member"),
        sa.CheckConstraint("valid_to_date IS NULL OR valid_to_date >= valid_from_date", name="ends_after_start"),
        sa.CheckConstraint("substitute_for_id IS NULL OR valid_to_date IS NOT NULL", name="substitute_has_end"),
        sa.CheckConstraint("substitute_for_id <> staff_id", name="two_people"),
        sa.Index(None, "municipality_id", "staff_id"),
        sa.Index(None, "municipality_id", "unit_id"),
    )
    protect("staff_role", privileges="SELECT, INSERT, UPDATE")
    _for_every_municipality(GIVE_ROLES.format(roles=", ".join(f"'{role}'" for role in ROLES)))
    op.drop_column("staff_member", "roles")
    op.alter_column("staff_member", "unit_id", nullable=True)
    op.add_column("login_session", sa.Column("unit_id", sa.Uuid()))
    op.create_foreign_key(None, "login_session", "unit", ["municipality_id", "unit_id"], ["municipality_id", "id"])
    _make_used_token()


def downgrade() -> None:
    """Back to a list on the employee: roles in other units and as a substitute are lost, as are the unplaced."""
    op.drop_table("used_token")
    op.drop_column("login_session", "unit_id")
    op.add_column(
        "staff_member", sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'"))
    )
    op.alter_column("staff_member", "roles", server_default=None)
    _for_every_municipality(LIST_ROLES, "DELETE FROM staff_member WHERE unit_id IS NULL")
    op.alter_column("staff_member", "unit_id", nullable=False)
    op.drop_table("staff_role")


def _make_used_token() -> None:
    op.create_table(
        "used_token",
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "token_hash"),
        sa.Index(None, "municipality_id", "expires_at"),
    )
    protect("used_token")


def _for_every_municipality(*changes: str) -> None:
    """Change rows of every municipality: row security does not hold for the owner meanwhile."""
    for table in WITH_ROLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for change in changes:
        op.execute(change)
    for table in WITH_ROLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
