"""Deviations of visits, and the units' limits."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0028"
down_revision = "0027"

KINDS = ("late", "missing", "not_home", "cancelled_by_service", "merged", "source_silent")
CLOSINGS = ("signed_off", "corrected", "handled", "superseded")
MOMENT = sa.DateTime(timezone=True)
LIMITS = ("late_after_minutes", "grace_minutes", "cancel_before_minutes", "silent_after_minutes", "keep_months")


def upgrade() -> None:
    """Make the tables, and the indexes by which a unit's day, and what may be a deviation, are found."""
    op.create_table(
        "care_rules",
        *tenant_key(),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.SmallInteger(), nullable=False) for name in LIMITS),
        sa.Column("shift_ends", sa.ARRAY(sa.Time()), nullable=False),
        sa.UniqueConstraint("municipality_id", "unit_id"),
        within("unit_id", "unit"),
        sa.CheckConstraint(
            "late_after_minutes > 0 AND grace_minutes >= 0 AND cancel_before_minutes >= 0 "
            "AND silent_after_minutes > 0 AND keep_months > 0",
            name="not_negative",
        ),
        sa.CheckConstraint("cardinality(shift_ends) > 0", name="has_shift"),
    )
    _create_deviation()
    protect("care_rules", "visit_deviation")
    op.create_index("ix_visit_unit_day", "visit", ["municipality_id", "unit_id", "occurs_at", "id"])
    op.create_index(
        "ix_visit_unsettled",
        "visit",
        ["municipality_id", "occurs_at"],
        postgresql_where=sa.text("status NOT IN ('done', 'entered_in_error')"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_visit_unsettled", "visit")
    op.drop_index("ix_visit_unit_day", "visit")
    op.drop_table("visit_deviation")
    op.drop_table("care_rules")


def _create_deviation() -> None:
    op.create_table(
        "visit_deviation",
        *tenant_key(),
        sa.Column("visit_id", sa.Uuid()),
        sa.Column("care_recipient_id", sa.Uuid()),
        sa.Column("unit_id", sa.Uuid()),
        sa.Column("source_id", sa.Uuid()),
        term("kind", *KINDS),
        sa.Column("expected_at", MOMENT),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("tell_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        term("closed_as", *CLOSINGS, nullable=True),
        sa.Column("handled_by_name", sa.Text()),
        sa.Column("handled_reason", sa.Text()),
        sa.UniqueConstraint("municipality_id", "visit_id", "kind"),
        within("visit_id", "visit", ondelete="CASCADE"),
        within("care_recipient_id", "person"),
        within("unit_id", "unit"),
        within("source_id", "visit_source"),
        sa.CheckConstraint(
            "(kind = 'source_silent') = (visit_id IS NULL) AND (kind = 'source_silent') = (source_id IS NOT NULL) "
            "AND (visit_id IS NULL) = (care_recipient_id IS NULL)",
            name="about_visit_or_source",
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_as IS NULL)", name="closed_is_whole"),
        sa.CheckConstraint(
            "closed_as IS NULL OR (closed_as = 'handled') = (handled_by_name IS NOT NULL "
            "AND handled_reason IS NOT NULL)",
            name="handled_is_whole",
        ),
        sa.Index("ix_visit_deviation_duty", "municipality_id", "unit_id", "opened_at", "id",
                 postgresql_where=sa.text("closed_at IS NULL AND kind <> 'merged'")),
        sa.Index("ix_visit_deviation_tell", "municipality_id", "tell_at", "id",
                 postgresql_where=sa.text("tell_at IS NOT NULL")),
        sa.Index("ix_visit_deviation_silences", "municipality_id", "closed_at",
                 postgresql_where=sa.text("kind = 'source_silent'")),
        sa.Index("uq_visit_deviation_silent", "municipality_id", "source_id", "unit_id", unique=True,
                 postgresql_nulls_not_distinct=True,
                 postgresql_where=sa.text("kind = 'source_silent' AND closed_at IS NULL")),
    )  # fmt: skip
