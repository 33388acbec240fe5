"""What the registers answered: when somebody last logged in, and what a notice's contact look-up came to."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.row_security import grant

revision = "0013"
down_revision = "0012"

BEFORE = ("no_address", "no_channel", "refused")
NOW = (*BEFORE, "reserved", "expired", "register_unavailable", "protected_address", "deceased")
ANSWER = ("contact_outcome", "contact_checked_at")


def upgrade() -> None:
    """Make the columns, and let notices be stopped for more reasons."""
    op.add_column("person", sa.Column("last_login_at", sa.DateTime(timezone=True)))
    op.add_column("notice", sa.Column("contact_outcome", sa.Text()))
    op.add_column("notice", sa.Column("contact_checked_at", sa.DateTime(timezone=True)))
    _allow_obstacles(NOW)
    grant("notice", f"UPDATE ({', '.join(ANSWER)})")


def downgrade() -> None:
    """Drop them. A notice that was stopped for one of the new reasons had no address that could be used."""
    added = ", ".join(f"'{obstacle}'" for obstacle in NOW if obstacle not in BEFORE)
    op.execute("ALTER TABLE notice NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE notice SET obstacle = 'no_address' WHERE obstacle IN ({added})")  # noqa: S608  our own words
    op.execute("ALTER TABLE notice FORCE ROW LEVEL SECURITY")
    _allow_obstacles(BEFORE)
    for name in ANSWER:
        op.drop_column("notice", name)
    op.drop_column("person", "last_login_at")


def _allow_obstacles(obstacles: tuple[str, ...]) -> None:
    terms = ", ".join(f"'{obstacle}'" for obstacle in obstacles)
    op.drop_constraint(op.f("ck_notice_obstacle"), "notice")
    op.create_check_constraint(op.f("ck_notice_obstacle"), "notice", f"obstacle IN ({terms})")
