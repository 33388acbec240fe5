"""Sharing the work: internal notes beside a case, and a case that goes on to another unit."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, within
from citizen_portal.migrations.row_security import APP_ROLE, grant, protect

revision = "0026"
down_revision = "0025"

UNDER_WAY = "status IN ('received', 'in_progress', 'waiting_for_citizen', 'waiting_for_others', 'appealed')"
QUEUES = {
    "unassigned": f"assigned_staff_id IS NULL AND {UNDER_WAY}",
    "waiting": "status IN ('waiting_for_citizen', 'waiting_for_others')",
    "escalated": f"escalation > 0 AND {UNDER_WAY}",
}


def upgrade() -> None:
    """A note is written once and never changed; a case's unit changes with its line in the change log."""
    op.create_table(
        "internal_note",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_open_to_party", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        within("application_id", "application"),
        within("staff_id", "staff_member"),
        sa.Index("ix_internal_note_application", "municipality_id", "application_id", "id"),
    )
    protect("internal_note", privileges="SELECT, INSERT")
    for name, condition in QUEUES.items():
        op.create_index(
            f"ix_application_unit_{name}",
            "application",
            ["municipality_id", "unit_id", "answer_by_date", "id"],
            postgresql_where=sa.text(condition),
        )
    grant("case_file", "UPDATE (unit_id, unit_name)")
    grant("thread", "UPDATE (unit_id)")
    op.execute(
        "CREATE CONSTRAINT TRIGGER demand_change_log_of_unit AFTER UPDATE ON case_file DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION demand_change_log('unit_id', 'unit_name')"
    )


def downgrade() -> None:
    """Drop them."""
    for name in QUEUES:
        op.drop_index(f"ix_application_unit_{name}", "application")
    op.execute("DROP TRIGGER demand_change_log_of_unit ON case_file")
    op.execute(f"REVOKE UPDATE (unit_id) ON thread FROM {APP_ROLE}")
    op.execute(f"REVOKE UPDATE (unit_id, unit_name) ON case_file FROM {APP_ROLE}")
    op.drop_table("internal_note")
