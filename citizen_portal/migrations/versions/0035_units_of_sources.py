"""Of which units each source tells, so that one that falls silent is known though another speaks."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Add the column. A source that has told of no unit yet may tell of any."""
    units: sa.Column[list[UUID]] = sa.Column(
        "unit_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False
    )
    op.add_column("visit_source", units)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("visit_source", "unit_ids")
