"""The journal: structure, case files, entries, documents, change log, numbers."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import grant, protect

revision = "0006"
down_revision = "0005"

TABLES: Final = (
    "classification_system",
    "fonds",
    "journal_sequence",
    "classification_class",
    "series",
    "case_file",
    "change_log_entry",
    "registry_entry",
    "correspondence_party",
    "document_description",
    "entry_sign_off",
    "document_object",
)
SCREENING: Final = ("access_restriction", "screening_authority", "screening_metadata", "screening_document")
LOGGED: Final = {
    "case_file": ("status", "title", "public_title", "responsible_name", *SCREENING),
    "registry_entry": ("status", "title", "public_title", "document_date", "received_at", "sent_at", *SCREENING),
    "correspondence_party": ("name",),
}
"""Columns that may change when the change log says so, in the same transaction."""
UNLOGGED: Final = {
    "case_file": ("closed_at", "closed_by", "last_entry_number"),
    "registry_entry": ("archived_at", "archived_by"),
    "journal_sequence": ("last_case_number", "last_journal_number"),
}

DEMAND_CHANGE_LOG: Final = """
CREATE FUNCTION demand_change_log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    logged text;
BEGIN
    FOREACH logged IN ARRAY TG_ARGV LOOP
        IF to_jsonb(OLD) -> logged IS DISTINCT FROM to_jsonb(NEW) -> logged AND NOT EXISTS (
            SELECT FROM change_log_entry AS line
            WHERE line.municipality_id = NEW.municipality_id AND line.object_id = NEW.id
              AND line.field = logged AND line.transaction_number = txid_current()
        ) THEN
            RAISE EXCEPTION '%.% changed without a line in the change log', TG_TABLE_NAME, logged
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Make the tables. Nothing can be deleted, and the app role can update only what the standard lets change."""
    _create_structure()
    _create_case_files()
    _create_entries()
    for table in TABLES:
        protect(table, privileges="SELECT, INSERT")
        columns = (*LOGGED.get(table, ()), *UNLOGGED.get(table, ()))
        if columns:
            grant(table, f"UPDATE ({', '.join(columns)})")
    op.execute(DEMAND_CHANGE_LOG)
    for table, columns in LOGGED.items():
        arguments = ", ".join(f"'{column}'" for column in columns)
        op.execute(
            f"CREATE CONSTRAINT TRIGGER demand_change_log AFTER UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW EXECUTE FUNCTION demand_change_log({arguments})"
        )


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION demand_change_log()")


def _create_structure() -> None:
    op.create_table(
        "classification_system",
        *tenant_key(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "fonds",
        *tenant_key(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "journal_sequence",
        *tenant_key(),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last_case_number", sa.Integer(), nullable=False),
        sa.Column("last_journal_number", sa.Integer(), nullable=False),
        sa.UniqueConstraint("municipality_id", "year"),
    )
    op.create_table(
        "classification_class",
        *tenant_key(),
        sa.Column("classification_system_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        within("classification_system_id", "classification_system"),
        within("parent_id", "classification_class"),
        sa.UniqueConstraint("municipality_id", "classification_system_id", "code"),
    )
    op.create_table(
        "series",
        *tenant_key(),
        sa.Column("fonds_id", sa.Uuid(), nullable=False),
        sa.Column("classification_system_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        term("status", "active", "overlapping", "closed"),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        within("classification_system_id", "classification_system"),
        within("fonds_id", "fonds"),
    )
    op.create_index(
        "uq_series_active", "series", ["municipality_id"], unique=True, postgresql_where=sa.text("status = 'active'")
    )


def _create_case_files() -> None:
    op.create_table(
        "case_file",
        *tenant_key(),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("classification_class_id", sa.Uuid(), nullable=False),
        sa.Column("case_year", sa.SmallInteger(), nullable=False),
        sa.Column("case_sequence_number", sa.Integer(), nullable=False),
        sa.Column("case_date", sa.Date(), nullable=False),
        sa.Column("citizen_id", sa.Uuid()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("public_title", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("responsible_name", sa.Text(), nullable=False),
        term("status", "open", "closed", "cancelled"),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text()),
        sa.Column("last_entry_number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        term("access_restriction", "exempt", "personnel", "client", nullable=True),
        sa.Column("screening_authority", sa.Text()),
        sa.Column("screening_metadata", postgresql.ARRAY(sa.Text()), nullable=False),
        term("screening_document", "whole", "partly", nullable=True),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_has_name"),
        within("citizen_id", "person"),
        within("classification_class_id", "classification_class"),
        within("series_id", "series"),
        within("unit_id", "unit"),
        sa.UniqueConstraint("municipality_id", "case_year", "case_sequence_number"),
    )
    op.create_index("ix_case_file_municipality_id_citizen_id", "case_file", ["municipality_id", "citizen_id"])
    op.create_index(
        "ix_case_file_municipality_id_classification_class_id",
        "case_file",
        ["municipality_id", "classification_class_id"],
    )
    op.create_table(
        "change_log_entry",
        *tenant_key(),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("registry_entry_id", sa.Uuid()),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text()),
        sa.Column("new_value", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("transaction_number", sa.BigInteger(), server_default=sa.text("txid_current()"), nullable=False),
        within("case_file_id", "case_file"),
    )
    op.create_index("ix_change_log_entry_case_file", "change_log_entry", ["municipality_id", "case_file_id"])
    op.create_index("ix_change_log_entry_object", "change_log_entry", ["municipality_id", "object_id"])


def _create_entries() -> None:
    op.create_table(
        "registry_entry",
        *tenant_key(),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("journal_year", sa.SmallInteger(), nullable=False),
        sa.Column("journal_sequence_number", sa.Integer(), nullable=False),
        sa.Column("entry_number", sa.Integer(), nullable=False),
        term("entry_type", "incoming", "outgoing", "internal_for_follow_up", "internal", "case_presentation"),
        term("status", "journaled", "dispatched", "archived", "cancelled"),
        sa.Column("journal_date", sa.Date(), nullable=False),
        sa.Column("document_date", sa.Date()),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("public_title", sa.Text(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.Column("archived_by", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        term("access_restriction", "exempt", "personnel", "client", nullable=True),
        sa.Column("screening_authority", sa.Text()),
        sa.Column("screening_metadata", postgresql.ARRAY(sa.Text()), nullable=False),
        term("screening_document", "whole", "partly", nullable=True),
        sa.CheckConstraint("(status = 'archived') = (archived_at IS NOT NULL)", name="archived_has_time"),
        within("case_file_id", "case_file"),
        sa.UniqueConstraint("municipality_id", "case_file_id", "entry_number"),
        sa.UniqueConstraint("municipality_id", "journal_year", "journal_sequence_number"),
    )
    op.create_index("ix_registry_entry_journal_date", "registry_entry", ["municipality_id", "journal_date"])
    op.create_table(
        "correspondence_party",
        *tenant_key(),
        sa.Column("registry_entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        term("party_type", "sender", "recipient", "copy_recipient", "internal_sender", "internal_recipient"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text()),
        sa.Column("caseworker_name", sa.Text()),
        within("registry_entry_id", "registry_entry"),
    )
    op.create_index("ix_correspondence_party_entry", "correspondence_party", ["municipality_id", "registry_entry_id"])
    op.create_table(
        "document_description",
        *tenant_key(),
        sa.Column("registry_entry_id", sa.Uuid(), nullable=False),
        sa.Column("document_number", sa.SmallInteger(), nullable=False),
        term("role", "main", "attachment"),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        within("registry_entry_id", "registry_entry"),
        sa.UniqueConstraint("municipality_id", "registry_entry_id", "document_number"),
    )
    op.create_table(
        "entry_sign_off",
        *tenant_key(),
        sa.Column("registry_entry_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid()),
        sa.Column("signed_off_date", sa.Date(), nullable=False),
        sa.Column("signed_off_by", sa.Text(), nullable=False),
        term("method", "answered_by_letter", "answered_by_email", "answered_by_phone", "noted", "for_information"),
        within("answer_id", "registry_entry"),
        within("registry_entry_id", "registry_entry"),
        sa.UniqueConstraint("municipality_id", "registry_entry_id"),
    )
    op.create_table(
        "document_object",
        *tenant_key(),
        sa.Column("document_description_id", sa.Uuid(), nullable=False),
        sa.Column("version_number", sa.SmallInteger(), nullable=False),
        term("variant", "production", "archive", "redacted"),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("format_details", sa.Text()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("converted_at", sa.DateTime(timezone=True)),
        sa.Column("converted_by", sa.Text()),
        sa.Column("converted_from", sa.Text()),
        sa.Column("converted_to", sa.Text()),
        sa.Column("conversion_tool", sa.Text()),
        sa.Column("conversion_comment", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        within("document_description_id", "document_description"),
    )
    op.create_index("ix_document_object_description", "document_object", ["municipality_id", "document_description_id"])
