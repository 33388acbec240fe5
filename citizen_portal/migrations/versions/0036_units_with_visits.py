"""Which units have home-care visits. The watch finds out within a minute."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Add the column; no unit is known to have visits yet."""
    op.add_column("unit", sa.Column("has_visits", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("unit", "has_visits", server_default=None)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("unit", "has_visits")
