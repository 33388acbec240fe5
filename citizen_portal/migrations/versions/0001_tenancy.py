"""Municipalities, host names, units."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.row_security import grant, protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables. A municipality's own row is public, so the app role may read all of them and write none."""
    texts = postgresql.ARRAY(sa.Text())
    op.create_table(
        "municipality",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_number", sa.Text(), nullable=False, unique=True),
        sa.Column("slug", sa.Text(), nullable=False, unique=True),
        sa.Column("languages", texts, nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_lines", texts, nullable=False),
    )
    op.create_table(
        "hostname",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), nullable=False, index=True),
    )
    op.create_table(
        "unit",
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id"),
    )
    grant("municipality", "SELECT")
    grant("hostname", "SELECT")
    protect("unit")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("unit")
    op.drop_table("hostname")
    op.drop_table("municipality")
