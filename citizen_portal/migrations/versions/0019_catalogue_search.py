"""Trigrams: the search of the service catalogue forgives spelling. The extension is trusted: the owner may make it."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the extension, unless the database's operator has."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def downgrade() -> None:
    """Drop it: nothing is kept in it."""
    op.execute("DROP EXTENSION pg_trgm")
