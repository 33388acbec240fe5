"""What we ask the citizen for, preliminary replies, and that the citizen sent something nobody has looked at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import grant, protect

revision = "0024"
down_revision = "0023"

MOMENT = sa.DateTime(timezone=True)
OF_TASK_LATER = (
    *("due_date", "remind_date", "reminded_at", "status", "answer_text", "answer_saved_at", "has_nothing"),
    *("answered_at", "answered_by_id", "answered_by_name", "answer_entry_id", "withdrawn_at", "withdrawn_by_name"),
)
"""What is asked is evidence and stays; the deadline and what came of it are added."""


def upgrade() -> None:
    """Make the tables."""
    _create_tasks()
    _create_replies()
    protect("application_task", privileges="SELECT, INSERT")
    grant("application_task", f"UPDATE ({', '.join(OF_TASK_LATER)})")
    protect("preliminary_reply", privileges="SELECT, INSERT, UPDATE")
    op.add_column("application", sa.Column("news_at", MOMENT))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("application", "news_at")
    op.drop_table("preliminary_reply")
    op.drop_table("application_task")


def _create_tasks() -> None:
    op.create_table(
        "application_task",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("slots", postgresql.JSONB(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("remind_date", sa.Date()),
        sa.Column("reminded_at", MOMENT),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by_name", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("request_entry_id", sa.Uuid(), nullable=False),
        term("status", "open", "answered", "withdrawn", length=16),
        sa.Column("answer_text", sa.Text(), nullable=False),
        sa.Column("answer_saved_at", MOMENT),
        sa.Column("has_nothing", sa.Boolean(), nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by_id", sa.Uuid()),
        sa.Column("answered_by_name", sa.Text()),
        sa.Column("answer_entry_id", sa.Uuid()),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by_name", sa.Text()),
        within("application_id", "application"),
        within("answered_by_id", "person"),
        within("request_entry_id", "registry_entry"),
        within("answer_entry_id", "registry_entry"),
        sa.CheckConstraint(
            "num_nulls(answered_at, answered_by_id, answered_by_name, answer_entry_id) "
            "= CASE status WHEN 'answered' THEN 0 ELSE 4 END",
            name="answered_as_a_whole",
        ),
        sa.CheckConstraint(
            "num_nulls(withdrawn_at, withdrawn_by_name) = CASE status WHEN 'withdrawn' THEN 0 ELSE 2 END",
            name="withdrawn_as_a_whole",
        ),
    )
    key = ["municipality_id", "application_id", "id"]
    op.create_index("ix_application_task_application", "application_task", key)
    op.create_index(
        "ix_application_task_remind",
        "application_task",
        ["municipality_id", "remind_date"],
        postgresql_where=sa.text("status = 'open' AND remind_date IS NOT NULL"),
    )


def _create_replies() -> None:
    op.create_table(
        "preliminary_reply",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_by_name", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("registry_entry_id", sa.Uuid()),
        within("application_id", "application"),
        within("registry_entry_id", "registry_entry"),
        sa.UniqueConstraint("municipality_id", "application_id"),
        sa.CheckConstraint("(sent_at IS NULL) = (registry_entry_id IS NULL)", name="sent_is_journaled"),
    )
