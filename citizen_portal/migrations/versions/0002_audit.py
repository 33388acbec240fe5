"""The audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.row_security import protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables. The app role can add and read events, never change or remove one."""
    op.create_table(
        "audit_event",
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), nullable=False),
        sa.Column("sequence_number", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text()),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("about_person_id", sa.Uuid()),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "sequence_number"),
        sa.Index(None, "municipality_id", "about_person_id", "sequence_number"),
    )
    op.create_table(
        "audit_chain",
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), primary_key=True),
        sa.Column("sequence_number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
    protect("audit_event", privileges="SELECT, INSERT")
    protect("audit_chain", privileges="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("audit_chain")
    op.drop_table("audit_event")
