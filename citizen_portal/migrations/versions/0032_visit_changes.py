"""What citizens ask of visits to come: cancel it, or another time."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0032"
down_revision = "0031"

MOMENT = sa.DateTime(timezone=True)
OCCASIONS_BEFORE = (
    *("new-message", "application-received", "application-changed", "representation-changed"),
    *("my-data-ready", "data-request-answered", "task-given", "task-due", "decision-sent", "signature-asked"),
    *("draft-ending", "followed-concern", "followed-settled", "followed-update"),
)


def upgrade() -> None:
    """Make the table, and let notices tell of answers."""
    op.create_table(
        "visit_change_request",
        *tenant_key(),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        term("kind", "cancel", "move", length=16),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("planned_start_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by_name", sa.Text()),
        sa.Column("is_granted", sa.Boolean()),
        sa.Column("answer", sa.Text()),
        sa.Column("updated_at", MOMENT, nullable=False),
        within("visit_id", "visit", ondelete="CASCADE"),
        within("asked_by_id", "person"),
        sa.CheckConstraint("(answered_at IS NULL) = (is_granted IS NULL)", name="answer_has_time"),
    )
    _make_indexes()
    protect("visit_change_request", privileges="SELECT, INSERT, UPDATE, DELETE")
    _let_notices_be_about(*OCCASIONS_BEFORE, "visit-change-answered")


def downgrade() -> None:
    """Drop it, and the notices about it."""
    op.execute("DELETE FROM notice WHERE occasion = 'visit-change-answered'")
    _let_notices_be_about(*OCCASIONS_BEFORE)
    op.drop_table("visit_change_request")


def _make_indexes() -> None:
    table = "visit_change_request"
    op.create_index(None, table, ["municipality_id", "visit_id"])
    op.create_index(None, table, ["municipality_id", "updated_at", "id"])
    op.create_index(
        "ix_visit_change_request_open",
        table,
        ["municipality_id", "visit_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND answered_at IS NULL"),
    )


def _let_notices_be_about(*occasions: str) -> None:
    op.drop_constraint(op.f("ck_notice_occasion"), "notice")
    op.create_check_constraint("occasion", "notice", sa.column("occasion").in_(occasions))
