"""What a visit knows of who comes and of who called it off, and how the systems that push visits are doing."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0028"
down_revision = "0027"

ROLES = (
    *("nurse", "health_care_worker", "social_educator", "home_help", "doctor", "physiotherapist"),
    *("occupational_therapist", "assistant", "apprentice"),
)
CHANGED = "ix_visit_report_changed"
COUNTS = ("pushes", "reports", "held", "refused_pushes", "sign_offs")
TABLES = ("visit_source_day", "visit_rejection", "visitor_name_rule", "visitor_name_consent")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, and make the tables."""
    for table in ("visit", "visit_report"):
        op.add_column(table, term("cancelled_by", "patient", "provider", nullable=True, length=16))
        op.add_column(table, term("visitor_role", *ROLES, nullable=True))
        op.add_column(table, sa.Column("visitor_name", sa.Text()))
        op.add_column(table, sa.Column("patient_note", sa.Text()))
    op.add_column("visit_report", sa.Column("changed_at", MOMENT))
    op.execute("ALTER TABLE visit_report NO FORCE ROW LEVEL SECURITY")  # the owner's own update, of every municipality
    op.execute("UPDATE visit_report SET changed_at = received_at")
    op.execute("ALTER TABLE visit_report FORCE ROW LEVEL SECURITY")
    op.alter_column("visit_report", "changed_at", nullable=False)
    op.create_index(CHANGED, "visit_report", ["municipality_id", "consumer", "kind", "changed_at", "id"])
    _create_source_tables()
    _create_name_tables()
    protect(*TABLES)


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index(CHANGED, "visit_report")
    op.drop_column("visit_report", "changed_at")
    for table in ("visit", "visit_report"):
        for column in ("cancelled_by", "visitor_role", "visitor_name", "patient_note"):
            op.drop_column(table, column)


def _create_source_tables() -> None:
    op.create_table(
        "visit_source_day",
        *tenant_key(),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("lag_seconds", sa.BigInteger(), nullable=False),
        sa.Column("longest_lag_seconds", sa.Integer(), nullable=False),
        sa.UniqueConstraint("municipality_id", "consumer", "client_id", "day"),
    )
    op.create_table(
        "visit_rejection",
        *tenant_key(),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("diagnostics", sa.Text(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.UniqueConstraint(
            *("municipality_id", "consumer", "client_id", "code", "expression", "diagnostics"),
            name="uq_visit_rejection_reason",
        ),
        sa.Index("ix_visit_rejection_last", "municipality_id", "last_at"),
    )


def _create_name_tables() -> None:
    op.create_table(
        "visitor_name_rule",
        *tenant_key(),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("municipality_id"),
    )
    op.create_table(
        "visitor_name_consent",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("allowed_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "person_id"),
        within("person_id", "person"),
    )
