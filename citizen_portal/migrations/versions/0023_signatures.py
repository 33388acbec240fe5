"""Signatures that an application needs besides the applicant's own."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, within
from citizen_portal.migrations.row_security import protect

revision = "0023"
down_revision = "0022"

TABLE = "signature_request"


def upgrade() -> None:
    """Make the table of requests."""
    op.create_table(
        TABLE,
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("signer_id", sa.Uuid(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("found_by_number", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("signer_name", sa.Text()),
        sa.Column("signed_at", sa.DateTime(timezone=True)),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("refusal_reason", sa.Text()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        within("application_id", "application", ondelete="CASCADE"),
        within("signer_id", "person"),
        within("asked_by_id", "person"),
        sa.CheckConstraint("num_nonnulls(signed_at, refused_at, withdrawn_at) <= 1", name="one_end"),
        sa.CheckConstraint("(signed_at IS NULL) = (signer_name IS NULL)", name="signed_has_name"),
        sa.CheckConstraint("refusal_reason IS NULL OR refused_at IS NOT NULL", name="reason_of_refusal"),
    )
    standing = sa.text("refused_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "uq_signature_request_standing",
        TABLE,
        ["municipality_id", "application_id"],
        unique=True,
        postgresql_where=standing,
    )
    op.create_index("ix_signature_request_application", TABLE, ["municipality_id", "application_id", "id"])
    op.create_index("ix_signature_request_signer", TABLE, ["municipality_id", "signer_id", "id"])
    protect(TABLE)


def downgrade() -> None:
    """Drop it. What was signed is sent, and its PDF says who signed."""
    op.drop_table(TABLE)
