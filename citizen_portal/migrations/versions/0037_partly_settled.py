"""A notice that some of what a follower was told of has come right, and some has not."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

OCCASIONS_BEFORE = (
    *("new-message", "application-received", "application-changed", "representation-changed"),
    *("my-data-ready", "data-request-answered", "task-given", "task-due", "decision-sent", "signature-asked"),
    *("draft-ending", "visit-change-answered", "followed-concern", "followed-settled", "followed-update"),
)


def upgrade() -> None:
    """Let notices say so."""
    _let_notices_be_about(*OCCASIONS_BEFORE, "followed-partly-settled")


def downgrade() -> None:
    """Make them say nothing of how it stands."""
    op.execute("UPDATE notice SET occasion = 'followed-update' WHERE occasion = 'followed-partly-settled'")
    _let_notices_be_about(*OCCASIONS_BEFORE)


def _let_notices_be_about(*occasions: str) -> None:
    op.drop_constraint(op.f("ck_notice_occasion"), "notice")
    op.create_check_constraint("occasion", "notice", sa.column("occasion").in_(occasions))
