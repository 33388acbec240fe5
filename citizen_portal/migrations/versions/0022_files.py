"""Files of applications, and what the virus scanner said about stored files."""

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term, within
from citizen_portal.migrations.row_security import protect

revision = "0022"
down_revision = "0020"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables. A file goes when its draft is deleted; a verdict stays."""
    _create_files()
    _create_scans()
    protect("application_file")
    protect("file_scan", privileges="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("file_scan")
    op.drop_table("application_file")


def _create_files() -> None:
    op.create_table(
        "application_file",
        *tenant_key(),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("archive_sha256", sa.Text(), nullable=False),
        sa.Column("archive_size_bytes", sa.Integer(), nullable=False),
        sa.Column("archive_format", sa.Text(), nullable=False),
        sa.Column("archive_details", sa.Text()),
        sa.Column("converted_at", MOMENT),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("uploaded_by_person_id", sa.Uuid()),
        sa.Column("uploaded_by_staff_id", sa.Uuid()),
        sa.Column("uploaded_by_name", sa.Text(), nullable=False),
        sa.Column("on_behalf_of_name", sa.Text()),
        sa.Column("removed_at", MOMENT),
        within("application_id", "application", ondelete="CASCADE"),
        within("uploaded_by_person_id", "person"),
        within("uploaded_by_staff_id", "staff_member"),
        sa.UniqueConstraint("municipality_id", "application_id", "upload_id"),
        sa.Index("ix_application_file_purpose", "municipality_id", "application_id", "purpose", "id"),
        sa.Index("ix_application_file_sha256", "municipality_id", "sha256"),
        sa.CheckConstraint(
            "(uploaded_by_person_id IS NULL) <> (uploaded_by_staff_id IS NULL)", name="uploaded_by_somebody"
        ),
        sa.CheckConstraint("(archive_sha256 = sha256) = (converted_at IS NULL)", name="converted_has_time"),
    )


def _create_scans() -> None:
    op.create_table(
        "file_scan",
        *tenant_key(),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        term("state", "waiting", "clean", "infected", length=16),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("scanned_at", MOMENT),
        sa.Column("signature", sa.Text()),
        sa.UniqueConstraint("municipality_id", "sha256"),
        sa.CheckConstraint("(state = 'waiting') = (scanned_at IS NULL)", name="scanned_has_time"),
        sa.CheckConstraint("(state = 'infected') = (signature IS NOT NULL)", name="infected_has_signature"),
        sa.Index("ix_file_scan_source", "municipality_id", "source_sha256"),
    )
    op.create_index(
        "ix_file_scan_infected",
        "file_scan",
        ["municipality_id", "scanned_at"],
        postgresql_where=sa.text("state = 'infected'"),
    )
