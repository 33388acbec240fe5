"""An employee may end a leave to look before its time; nothing else of it changes."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Let the app role set when it ends."""
    op.execute("GRANT UPDATE (expires_at) ON access_grant TO portal_app")


def downgrade() -> None:
    """Take it back."""
    op.execute("REVOKE UPDATE (expires_at) ON access_grant FROM portal_app")
