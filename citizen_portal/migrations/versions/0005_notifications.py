"""Tables of notifications."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.row_security import grant, protect

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables. A notice is evidence: the app role can say how it went, not to whom or why, and remove none."""
    op.create_table(
        "notice",
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _term("occasion", "new-message", "application-received", "application-changed", nullable=False),
        _term("status", "queued", "sent", "not_sent", nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("address", sa.Text()),
        _term("obstacle", "no_address", "no_channel", "refused", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("municipality_id", "id"),
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


def _term(name: str, *values: str, nullable: bool) -> sa.Column[str]:
    terms = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, terms, nullable=nullable)
