"""Copies of what we have about a person, and what she asks us to correct, block or delete."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import grant, protect

revision = "0016"
down_revision = "0015"

MOMENT = sa.DateTime(timezone=True)
OCCASIONS = ("new-message", "application-received", "application-changed", "representation-changed")
OUR_OCCASIONS = ("my-data-ready", "data-request-answered")


def upgrade() -> None:
    """Make the tables. A request and its answer are evidence: never removed, and only the answer is added."""
    _create_exports()
    _create_requests()
    protect("data_export")
    protect("data_request", privileges="SELECT, INSERT")
    grant(
        "data_request",
        "UPDATE (answered_at, answered_by_id, answered_by_name, answered_by_unit, outcome, answer)",
    )
    _let_notices_be_about(*OCCASIONS, *OUR_OCCASIONS)


def downgrade() -> None:
    """Drop them, and the notices about them."""
    op.execute("ALTER TABLE notice NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM notice WHERE occasion IN ('my-data-ready', 'data-request-answered')")
    op.execute("ALTER TABLE notice FORCE ROW LEVEL SECURITY")
    _let_notices_be_about(*OCCASIONS)
    op.drop_table("data_request")
    op.drop_table("data_export")


def _let_notices_be_about(*occasions: str) -> None:
    op.drop_constraint(op.f("ck_notice_occasion"), "notice")
    op.create_check_constraint("occasion", "notice", sa.column("occasion").in_(occasions))


def _create_exports() -> None:
    op.create_table(
        "data_export",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        term("status", "ordered", "working", "ready", "expired", "failed", length=16),
        sa.Column("ordered_at", MOMENT, nullable=False),
        sa.Column("ready_at", MOMENT),
        sa.Column("zip_sha256", sa.Text()),
        sa.Column("zip_size", sa.BigInteger()),
        sa.Column("pdf_sha256", sa.Text()),
        sa.Column("pdf_size", sa.BigInteger()),
        sa.Column("json_sha256", sa.Text()),
        sa.Column("json_size", sa.BigInteger()),
        within("person_id", "person", ondelete="CASCADE"),
        sa.Index("ix_data_export_person", "municipality_id", "person_id", "id"),
        sa.CheckConstraint("(status IN ('ready', 'expired')) = (ready_at IS NOT NULL)", name="ready_has_time"),
        sa.CheckConstraint(
            "status <> 'ready' OR num_nulls(zip_sha256, pdf_sha256, json_sha256) = 0", name="ready_has_files"
        ),
    )
    op.create_index(
        "uq_data_export_under_way",
        "data_export",
        ["municipality_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('ordered', 'working')"),
    )


def _create_requests() -> None:
    op.create_table(
        "data_request",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        term("kind", "correction", "restriction", "deletion", length=16),
        sa.Column("about_text", sa.Text(), nullable=False),
        sa.Column("right_text", sa.Text()),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by_id", sa.Uuid()),
        sa.Column("answered_by_name", sa.Text()),
        sa.Column("answered_by_unit", sa.Text()),
        term("outcome", "done", "refused", nullable=True, length=16),
        sa.Column("answer", sa.Text()),
        within("person_id", "person"),
        within("answered_by_id", "staff_member"),
        sa.Index("ix_data_request_person", "municipality_id", "person_id", "id"),
        sa.CheckConstraint(
            "num_nulls(answered_at, answered_by_id, answered_by_name, answered_by_unit, outcome, answer) IN (0, 6)",
            name="answered_as_a_whole",
        ),
        sa.CheckConstraint("(kind = 'correction') = (right_text IS NOT NULL)", name="correction_says_what_is_right"),
    )
    op.create_index(
        "ix_data_request_unanswered",
        "data_request",
        ["municipality_id", "id"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )
