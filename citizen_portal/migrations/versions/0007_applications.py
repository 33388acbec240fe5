"""Tables of applications."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0007"
down_revision = "0006"

UNDER_WAY: Final = "status IN ('received', 'in_progress', 'waiting_for_citizen', 'waiting_for_others')"
OUTCOMES: Final = ("granted", "partly_granted", "refused", "withdrawn", "closed")

KEEP_WHAT_WAS_SENT: Final = """
CREATE FUNCTION keep_what_was_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (OLD.answers, OLD.person_id, OLD.submitted_at, OLD.case_file_id, OLD.registry_entry_id)
        IS DISTINCT FROM (NEW.answers, NEW.person_id, NEW.submitted_at, NEW.case_file_id, NEW.registry_entry_id) THEN
        RAISE EXCEPTION 'an application that was sent is neither changed nor deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """Make the tables. Drafts come and go; what was sent stays as it was sent, and the timeline only grows."""
    _create_applications()
    _create_events()
    protect("application")
    protect("application_event", privileges="SELECT, INSERT")
    op.execute(KEEP_WHAT_WAS_SENT)
    op.execute(
        "CREATE TRIGGER keep_what_was_sent BEFORE UPDATE OR DELETE ON application "
        "FOR EACH ROW EXECUTE FUNCTION keep_what_was_sent()"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("application_event")
    op.drop_table("application")
    op.execute("DROP FUNCTION keep_what_was_sent()")


def _create_applications() -> None:
    op.create_table(
        "application",
        *tenant_key(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("definition_id", sa.Text(), nullable=False),
        sa.Column("definition_version", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        term("status", "draft", "received", "in_progress", "waiting_for_citizen", "waiting_for_others", *OUTCOMES),
        sa.Column("status_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("answer_by_date", sa.Date()),
        sa.Column("unit_id", sa.Uuid()),
        sa.Column("assigned_staff_id", sa.Uuid()),
        sa.Column("assigned_name", sa.Text()),
        sa.Column("case_file_id", sa.Uuid()),
        sa.Column("registry_entry_id", sa.Uuid()),
        sa.CheckConstraint(
            "(status = 'draft') = (submitted_at IS NULL) AND (status = 'draft') = (case_file_id IS NULL) "
            "AND (status = 'draft') = (registry_entry_id IS NULL) AND (status = 'draft') = (answer_by_date IS NULL)",
            name="sent_has_case",
        ),
        within("person_id", "person"),
        within("unit_id", "unit"),
        within("assigned_staff_id", "staff_member"),
        within("case_file_id", "case_file"),
        within("registry_entry_id", "registry_entry"),
    )
    _index("uq_application_draft", "person_id", "definition_id", unique=True, where="status = 'draft'")
    _index("uq_application_case_file", "case_file_id", unique=True)
    _index("ix_application_person", "person_id", "id")
    _index("ix_application_unit_under_way", "unit_id", "answer_by_date", "id", where=UNDER_WAY)
    _index("ix_application_assigned_under_way", "assigned_staff_id", "answer_by_date", "id", where=UNDER_WAY)
    _index("ix_application_unit_status", "unit_id", "status", "submitted_at", "id")


def _create_events() -> None:
    op.create_table(
        "application_event",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        term(
            "kind",
            *("received", "picked_up", "handed_over", "in_progress", "waiting_for_citizen", "waiting_for_others"),
            *OUTCOMES,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.Text()),
        sa.Column("unit_name", sa.Text()),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        within("application_id", "application"),
    )
    op.create_index(
        "ix_application_event_application", "application_event", ["municipality_id", "application_id", "id"]
    )


def _index(name: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    op.create_index(
        name,
        "application",
        ["municipality_id", *columns],
        unique=unique,
        postgresql_where=sa.text(where) if where else None,
    )
