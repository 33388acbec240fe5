"""What citizens wonder about in the access log, what the auditor has looked at, and a chain that cannot be rewound."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0015"
down_revision = "0014"

MOMENT = sa.DateTime(timezone=True)
OF_EVENT = ["municipality_id", "sequence_number"], ["audit_event.municipality_id", "audit_event.sequence_number"]


def upgrade() -> None:
    """Make the tables; nobody can change what was asked, only add the answer."""
    op.create_index(None, "audit_event", ["municipality_id", "occurred_at"])
    op.add_column("person", sa.Column("address_hash", sa.LargeBinary()))
    op.add_column("staff_member", sa.Column("person_id", sa.Uuid()))
    op.create_foreign_key(None, "staff_member", "person", ["municipality_id", "person_id"], ["municipality_id", "id"])
    op.create_table(
        "access_complaint",
        *tenant_key(),
        sa.Column("sequence_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer_by_date", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        term("status", "received", "answered"),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_by_name", sa.Text()),
        sa.Column("answered_at", MOMENT),
        within("person_id", "person", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(*OF_EVENT),
        sa.UniqueConstraint("municipality_id", "sequence_number"),
        sa.Index(None, "municipality_id", "person_id"),
        sa.Index(None, "municipality_id", "status", "created_at"),
        sa.CheckConstraint("(status = 'answered') = (answer IS NOT NULL)", name="answered_has_answer"),
    )
    op.create_table(
        "access_review",
        *tenant_key(),
        sa.Column("sequence_number", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_by_name", sa.Text(), nullable=False),
        sa.Column("reviewed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(*OF_EVENT),
        sa.UniqueConstraint("municipality_id", "sequence_number"),
    )
    protect("access_complaint", privileges="SELECT, INSERT, UPDATE (status, answer, answered_by_name, answered_at)")
    protect("access_review", privileges="SELECT, INSERT")
    _keep_chain_from_rewinding()


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER only_forward ON audit_chain")
    op.execute("DROP FUNCTION audit_chain_only_forward()")
    op.drop_table("access_review")
    op.drop_table("access_complaint")
    op.drop_column("staff_member", "person_id")
    op.drop_column("person", "address_hash")
    op.drop_index("ix_audit_event_municipality_id_occurred_at", "audit_event")


def _keep_chain_from_rewinding() -> None:
    op.execute(
        "CREATE FUNCTION audit_chain_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.municipality_id <> OLD.municipality_id OR NEW.sequence_number <= OLD.sequence_number THEN "
        "RAISE EXCEPTION 'the audit chain only goes forward' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER only_forward BEFORE UPDATE ON audit_chain "
        "FOR EACH ROW EXECUTE FUNCTION audit_chain_only_forward()"
    )
