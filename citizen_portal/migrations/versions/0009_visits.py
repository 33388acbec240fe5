"""Visits, the reports they are settled from, receipts, sources."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0009"
down_revision = "0008"

TABLES = ("visit", "visit_report", "visit_receipt", "visit_source")
STATUSES = ("planned", "on_the_way", "arrived", "done", "not_home", "cancelled", "entered_in_error")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _create_visit()
    _create_report()
    op.create_table(
        "visit_receipt",
        *tenant_key(),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("performed_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "visit_id"),
        within("visit_id", "visit", ondelete="CASCADE"),
        sa.CheckConstraint("ended_at >= performed_at", name="ends_after_start"),
    )
    op.create_table(
        "visit_source",
        *tenant_key(),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("last_contact_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "consumer", "client_id"),
    )
    protect(*TABLES)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_visit() -> None:
    op.create_table(
        "visit",
        *tenant_key(),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("identifier_system", sa.Text(), nullable=False),
        sa.Column("identifier_value", sa.Text(), nullable=False),
        sa.Column("care_recipient_id", sa.Uuid()),
        sa.Column("unit_id", sa.Uuid()),
        sa.Column("provider", sa.Text()),
        sa.Column("service", sa.Text()),
        term("status", *STATUSES, length=16),
        sa.Column("planned_start_at", MOMENT),
        sa.Column("planned_end_at", MOMENT),
        sa.Column("occurs_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "consumer", "identifier_system", "identifier_value"),
        within("care_recipient_id", "person"),
        within("unit_id", "unit"),
        sa.Index(None, "municipality_id", "care_recipient_id", "occurs_at"),
        sa.CheckConstraint("planned_end_at >= planned_start_at", name="ends_after_start"),
    )


def _create_report() -> None:
    op.create_table(
        "visit_report",
        *tenant_key(),
        sa.Column("consumer", sa.Text(), nullable=False),
        term("kind", "plan", "event", length=16),
        sa.Column("identifier_system", sa.Text(), nullable=False),
        sa.Column("identifier_value", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("care_recipient_id", sa.Uuid()),
        sa.Column("held_for", sa.LargeBinary()),
        term("status", *STATUSES, length=16),
        sa.Column("starts_at", MOMENT),
        sa.Column("ends_at", MOMENT),
        sa.Column("service", sa.Text()),
        sa.Column("provider", sa.Text()),
        sa.Column("unit_id", sa.Uuid()),
        sa.Column("source_updated_at", MOMENT),
        sa.Column("source_version", sa.BigInteger()),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "consumer", "kind", "identifier_system", "identifier_value"),
        within("visit_id", "visit", ondelete="CASCADE"),
        within("care_recipient_id", "person"),
        within("unit_id", "unit"),
        sa.Index(None, "municipality_id", "visit_id"),
        sa.Index(None, "municipality_id", "held_for", postgresql_where=sa.text("held_for IS NOT NULL")),
        sa.CheckConstraint("ends_at >= starts_at", name="ends_after_start"),
    )
