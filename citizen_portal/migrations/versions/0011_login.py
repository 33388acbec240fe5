"""Login: when a session ends at the latest, forms held while somebody logs in again, and on whose behalf we ask."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, within
from citizen_portal.migrations.row_security import protect

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the columns and the table. Sessions from before the change end: everybody logs in once more."""
    op.execute("ALTER TABLE login_session NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM login_session")
    op.execute("ALTER TABLE login_session FORCE ROW LEVEL SECURITY")
    op.add_column("login_session", sa.Column("ends_at", MOMENT, nullable=False))
    op.add_column("municipality", sa.Column("onbehalfof", sa.Text()))
    op.create_table(
        "held_form",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("assurance", sa.SmallInteger()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fields_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("had_files", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        within("person_id", "person", ondelete="CASCADE"),
        within("staff_id", "staff_member", ondelete="CASCADE"),
        sa.CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
        sa.Index(None, "municipality_id", "created_at"),
    )
    protect("held_form", privileges="SELECT, INSERT, DELETE")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("held_form")
    op.drop_column("municipality", "onbehalfof")
    op.drop_column("login_session", "ends_at")
