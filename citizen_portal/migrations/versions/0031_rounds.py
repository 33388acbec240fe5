"""Sign-offs that nurses make in the portal, and the order of a unit's round."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import grant, protect

revision = "0031"
down_revision = "0030"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """A sign-off is evidence: that it was undone is all that is added to it."""
    op.create_table(
        "visit_sign_off",
        *tenant_key(),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        term("outcome", "done", "not_home", "on_the_way", length=16),
        term("reason", "no_answer", "away", "declined", "other", nullable=True, length=16),
        sa.Column("performed_at", MOMENT, nullable=False),
        sa.Column("device_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT),
        within("visit_id", "visit", ondelete="CASCADE"),
        within("staff_id", "staff_member"),
        sa.CheckConstraint("(outcome = 'not_home') = (reason IS NOT NULL)", name="reason_when_not_home"),
        sa.Index(None, "municipality_id", "visit_id"),
        sa.Index(None, "municipality_id", "staff_id", "received_at"),
    )
    op.create_table(
        "round_stop",
        *tenant_key(),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("stands_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "visit_id"),
        within("visit_id", "visit", ondelete="CASCADE"),
    )
    protect("visit_sign_off", privileges="SELECT, INSERT")
    grant("visit_sign_off", "UPDATE (undone_at)")
    protect("round_stop")
    _allow_kinds("plan", "event", "sign_off")


def downgrade() -> None:
    """Drop them, and what was signed off with them."""
    op.execute("ALTER TABLE visit_report NO FORCE ROW LEVEL SECURITY")  # of every municipality
    op.execute("DELETE FROM visit_report WHERE kind = 'sign_off'")
    op.execute("ALTER TABLE visit_report FORCE ROW LEVEL SECURITY")
    _allow_kinds("plan", "event")
    op.drop_table("round_stop")
    op.drop_table("visit_sign_off")


def _allow_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_visit_report_kind"), "visit_report")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_visit_report_kind"), "visit_report", f"kind IN ({allowed})")
