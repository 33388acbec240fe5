"""Following: what a follower wants to be told and was told, followers who are stopped, and browsers that take push."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0030"
down_revision = "0029"

OCCASIONS_BEFORE = (
    *("new-message", "application-received", "application-changed", "representation-changed"),
    *("my-data-ready", "data-request-answered"),
    *("task-given", "task-due", "decision-sent", "signature-asked", "draft-ending"),
)
OCCASIONS = (*OCCASIONS_BEFORE, "followed-concern", "followed-settled", "followed-update")


def upgrade() -> None:
    """What was told is written once; a stop stands on the representation itself, so that there is one truth."""
    op.add_column("representation", sa.Column("visits_stopped_at", sa.DateTime(timezone=True)))
    _make_following()
    _make_told()
    _make_subscriptions()
    protect("visit_following")
    protect("visit_told", privileges="SELECT, INSERT")
    protect("push_subscription")
    _allow_occasions(OCCASIONS)


def downgrade() -> None:
    """Drop them, and the notices of occasions that are no more. Who was stopped may follow again."""
    op.execute("ALTER TABLE notice NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM notice WHERE occasion IN ('followed-concern', 'followed-settled', 'followed-update')")
    op.execute("ALTER TABLE notice FORCE ROW LEVEL SECURITY")
    _allow_occasions(OCCASIONS_BEFORE)
    for table in ("push_subscription", "visit_told", "visit_following"):
        op.drop_table(table)
    op.drop_column("representation", "visits_stopped_at")


def _make_following() -> None:
    op.create_table(
        "visit_following",
        *tenant_key(),
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("care_recipient_id", sa.Uuid(), nullable=False),
        term("choice", "nothing", "deviations", "each_visit", "summary", length=16),
        sa.Column("quiet_from", sa.Time()),
        sa.Column("quiet_until", sa.Time()),
        sa.Column("missing_breaks_quiet", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summarised_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("municipality_id", "follower_id", "care_recipient_id"),
        within("follower_id", "person", ondelete="CASCADE"),
        within("care_recipient_id", "person", ondelete="CASCADE"),
        sa.Index("ix_visit_following_choice", "municipality_id", "choice"),
        sa.Index("ix_visit_following_care_recipient_id", "municipality_id", "care_recipient_id"),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours_are_whole"),
    )


def _make_told() -> None:
    op.create_table(
        "visit_told",
        *tenant_key(),
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        term("what", "late", "missing", "not_home", "cancelled_by_service", "merged", "done", length=24),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("municipality_id", "follower_id", "visit_id", "what"),
        within("follower_id", "person", ondelete="CASCADE"),
        within("visit_id", "visit", ondelete="CASCADE"),
        sa.Index(None, "municipality_id", "visit_id"),
    )


def _make_subscriptions() -> None:
    op.create_table(
        "push_subscription",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subscription_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("municipality_id", "endpoint_hash"),
        within("person_id", "person", ondelete="CASCADE"),
        sa.Index(None, "municipality_id", "person_id"),
    )


def _allow_occasions(occasions: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notice_occasion"), "notice")
    op.create_check_constraint("occasion", "notice", sa.column("occasion").in_(occasions))
