"""Tables of notifications."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term
from citizen_portal.migrations.row_security import grant, protect

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables. A notice is evidence: the app role can say how it went, not to whom or why, and remove none."""
    op.create_table(
        "notice",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        term("occasion", "new-message", "application-received", "application-changed", nullable=False),
        term("status", "queued", "sent", "not_sent", nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("address", sa.Text()),
        term("obstacle", "no_address", "no_channel", "refused", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["municipality_id", "person_id"], ["person.municipality_id", "person.id"]),
        sa.Index(None, "municipality_id", "person_id", "created_at"),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        sa.CheckConstraint("(status = 'not_sent') = (obstacle IS NOT NULL)", name="not_sent_has_obstacle"),
    )
    protect("notice", privileges="SELECT, INSERT")
    grant("notice", "UPDATE (status, channel, address, obstacle, sent_at)")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("notice")
