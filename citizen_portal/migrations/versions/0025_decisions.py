"""Decisions, how they reach the party, and appeals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0025"
down_revision = "0024"

OUTCOMES = ("granted", "partly_granted", "refused", "dismissed")

KEEP_WHAT_WAS_DECIDED = """
CREATE FUNCTION keep_what_was_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'sent' THEN
        RAISE EXCEPTION 'a decision that was sent is neither changed nor deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$
"""
KEEP_WHAT_WAS_APPEALED = """
CREATE FUNCTION keep_what_was_appealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (OLD.disagrees_text, OLD.wants_text, OLD.late_text, OLD.sent_at, OLD.registry_entry_id)
        IS DISTINCT FROM (NEW.disagrees_text, NEW.wants_text, NEW.late_text, NEW.sent_at, NEW.registry_entry_id) THEN
        RAISE EXCEPTION 'an appeal that was sent is neither changed nor deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """Make the tables. Drafts come and go; what was sent stays as it was sent."""
    _create_deliveries()
    _create_decisions()
    _create_appeals()
    protect("delivery", privileges="SELECT, INSERT, UPDATE")
    protect("decision", "appeal")
    op.execute(KEEP_WHAT_WAS_DECIDED)
    op.execute(KEEP_WHAT_WAS_APPEALED)
    for table, function in (("decision", "keep_what_was_decided"), ("appeal", "keep_what_was_appealed")):
        op.execute(
            f"CREATE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    """Drop them; the letters stay in the journal."""
    for table in ("appeal", "decision", "delivery"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_what_was_decided()")
    op.execute("DROP FUNCTION keep_what_was_appealed()")


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("registry_entry_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        _instant("sent_at", nullable=False),
        _instant("opened_at"),
        sa.Column("opened_by_name", sa.Text()),
        _instant("noticed_again_at"),
        sa.Column("letter_date", sa.Date()),
        sa.Column("letter_by_name", sa.Text()),
        within("application_id", "application"),
        within("registry_entry_id", "registry_entry"),
        within("notice_id", "notice"),
        sa.CheckConstraint("(opened_at IS NULL) = (opened_by_name IS NULL)", name="opened_has_name"),
        sa.CheckConstraint("(letter_date IS NULL) = (letter_by_name IS NULL)", name="letter_has_name"),
    )
    op.create_index("ix_delivery_application", "delivery", ["municipality_id", "application_id", "id"])
    op.create_index(
        "ix_delivery_unread",
        "delivery",
        ["municipality_id", "sent_at", "id"],
        postgresql_where=sa.text("opened_at IS NULL AND letter_date IS NULL"),
    )


def _create_decisions() -> None:
    op.create_table(
        "decision",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        term("state", "draft", "for_approval", "approved", "sent"),
        sa.Column("language", sa.Text(), nullable=False),
        term("outcome", *OUTCOMES, nullable=True),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _instant("saved_at", nullable=False),
        sa.Column("writer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("writer_name", sa.Text(), nullable=False),
        _instant("approved_at"),
        sa.Column("approved_by_name", sa.Text()),
        sa.Column("return_note", sa.Text()),
        sa.Column("returned_by_name", sa.Text()),
        _instant("sent_at"),
        sa.Column("sent_by_name", sa.Text()),
        sa.Column("delivery_id", sa.Uuid()),
        within("application_id", "application"),
        within("delivery_id", "delivery"),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL) AND (state = 'sent') = (delivery_id IS NOT NULL) "
            "AND (state <> 'sent' OR outcome IS NOT NULL)",
            name="sent_is_whole",
        ),
        sa.CheckConstraint("(approved_at IS NULL) = (approved_by_name IS NULL)", name="approved_has_name"),
        sa.CheckConstraint("state <> 'approved' OR approved_at IS NOT NULL", name="approved_has_time"),
    )
    key = ["municipality_id", "application_id"]
    op.create_index("uq_decision_unsent", "decision", key, unique=True, postgresql_where=sa.text("state <> 'sent'"))
    op.create_index("ix_decision_application", "decision", [*key, "id"])
    waits = sa.text("state = 'for_approval'")
    op.create_index("ix_decision_for_approval", "decision", ["municipality_id", "id"], postgresql_where=waits)
    op.create_index("uq_decision_delivery", "decision", ["municipality_id", "delivery_id"], unique=True)


def _create_appeals() -> None:
    op.create_table(
        "appeal",
        *tenant_key(),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("application_id", "decision_id")),
        term("state", "draft", "received", "withdrawn", "answered", "forwarded", "decided"),
        sa.Column("representative_id", sa.Uuid()),
        sa.Column("representative_name", sa.Text()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("disagrees_text", "wants_text", "late_text")),
        sa.Column("revision", sa.Integer(), nullable=False),
        _instant("saved_at", nullable=False),
        _instant("sent_at"),
        sa.Column("deadline_date", sa.Date()),
        *(sa.Column(name, sa.Uuid()) for name in ("registry_entry_id", "answer_id")),
        sa.Column("assessment", sa.Text()),
        _instant("forwarded_at"),
        *(sa.Column(name, sa.Text()) for name in ("forwarded_to", "forwarded_contact")),
        sa.Column("forwarding_id", sa.Uuid()),
        term("body_outcome", "upheld", "changed", "sent_back", nullable=True),
        sa.Column("body_entry_id", sa.Uuid()),
        within("application_id", "application"),
        within("decision_id", "decision"),
        within("answer_id", "decision"),
        within("representative_id", "person"),
        within("registry_entry_id", "registry_entry"),
        within("forwarding_id", "delivery"),
        within("body_entry_id", "registry_entry"),
        *_rules_of_appeals(),
    )
    stands = sa.text("state <> 'withdrawn'")
    decision = ["municipality_id", "decision_id"]
    op.create_index("uq_appeal_decision", "appeal", decision, unique=True, postgresql_where=stands)
    op.create_index("ix_appeal_application", "appeal", ["municipality_id", "application_id", "id"])


def _rules_of_appeals() -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint(
            "(state = 'draft') = (sent_at IS NULL) AND (sent_at IS NULL) = (registry_entry_id IS NULL)",
            name="sent_has_entry",
        ),
        sa.CheckConstraint(
            "(representative_id IS NULL) = (representative_name IS NULL)", name="representative_has_name"
        ),
        sa.CheckConstraint(
            "(forwarded_at IS NULL) = (forwarded_to IS NULL) AND (forwarded_at IS NULL) = (forwarding_id IS NULL)",
            name="forwarded_is_whole",
        ),
        sa.CheckConstraint(
            "(state = 'decided') = (body_outcome IS NOT NULL) AND (body_outcome IS NULL) = (body_entry_id IS NULL)",
            name="decided_is_whole",
        ),
    )


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
