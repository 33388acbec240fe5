"""Tables of messages."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import grant, protect

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables. What was sent and what was read can be added to, never changed or removed."""
    _create_threads()
    _create_messages()
    protect("thread", privileges="SELECT, INSERT")
    grant("thread", "UPDATE (last_message_at, last_position, last_citizen_position, last_staff_position)")
    for table in ("message", "attachment", "thread_reading"):
        protect(table, privileges="SELECT, INSERT")
    protect("message_draft")


def downgrade() -> None:
    """Drop them."""
    for table in ("message_draft", "thread_reading", "attachment", "message", "thread"):
        op.drop_table(table)


def _create_threads() -> None:
    op.create_table(
        "thread",
        *tenant_key(),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_position", sa.Integer(), nullable=False),
        sa.Column("last_citizen_position", sa.Integer(), nullable=False),
        sa.Column("last_staff_position", sa.Integer(), nullable=False),
        within("case_file_id", "case_file"),
        within("person_id", "person"),
        within("unit_id", "unit"),
        sa.UniqueConstraint("municipality_id", "case_file_id"),
        sa.Index(None, "municipality_id", "person_id", "last_message_at"),
        sa.Index(None, "municipality_id", "unit_id", "last_message_at"),
    )
    op.create_table(
        "thread_reading",
        *tenant_key(),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("reader_name", sa.Text(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        within("thread_id", "thread"),
        sa.UniqueConstraint("municipality_id", "thread_id", "reader_id", "position"),
    )
    op.create_table(
        "message_draft",
        *tenant_key(),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        within("case_file_id", "case_file"),
        sa.UniqueConstraint("municipality_id", "case_file_id", "author_id"),
    )


def _create_messages() -> None:
    op.create_table(
        "message",
        *tenant_key(),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        term("direction", "from_citizen", "from_staff", length=16),
        sa.Column("author_person_id", sa.Uuid()),
        sa.Column("author_staff_id", sa.Uuid()),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_unit", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registry_entry_id", sa.Uuid(), nullable=False),
        within("thread_id", "thread"),
        within("author_person_id", "person"),
        within("author_staff_id", "staff_member"),
        within("registry_entry_id", "registry_entry"),
        sa.UniqueConstraint("municipality_id", "thread_id", "position"),
        sa.UniqueConstraint("municipality_id", "registry_entry_id"),
        sa.CheckConstraint(
            "(direction = 'from_citizen') = (author_person_id IS NOT NULL) "
            "AND (direction = 'from_staff') = (author_staff_id IS NOT NULL)",
            name="author_fits_direction",
        ),
    )
    op.create_table(
        "attachment",
        *tenant_key(),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("archive_sha256", sa.Text(), nullable=False),
        within("message_id", "message"),
        sa.UniqueConstraint("municipality_id", "message_id", "position"),
    )
