"""Persons, staff, login sessions, representation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from citizen_portal.migrations.columns import tenant_key, within
from citizen_portal.migrations.row_security import protect

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)


def _tenant_table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        *tenant_key(),
        *columns,
    )
    protect(name)


def upgrade() -> None:
    """Make the tables."""
    _make_people()
    _make_sessions()
    _make_representation()


def downgrade() -> None:
    """Drop them."""
    for table in ("representation", "login_session", "staff_member", "person"):
        op.drop_table(table)


def _make_people() -> None:
    _tenant_table(
        "person",
        sa.Column("national_id_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("national_id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date()),
        sa.Column("preferred_language", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "national_id_hash"),
    )
    _tenant_table(
        "staff_member",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("municipality_id", "issuer", "subject"),
        within("unit_id", "unit"),
        sa.Index(None, "municipality_id", "unit_id"),
    )


def _make_sessions() -> None:
    _tenant_table(
        "login_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("assurance", sa.SmallInteger()),
        sa.Column("granted_roles", postgresql.ARRAY(sa.Text())),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text()),
        sa.Column("id_token_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("authenticated_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.UniqueConstraint("municipality_id", "token_hash"),
        within("person_id", "person", ondelete="CASCADE"),
        within("staff_id", "staff_member", ondelete="CASCADE"),
        sa.CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_kind_of_actor"),
        sa.CheckConstraint("person_id IS NULL OR assurance IS NOT NULL", name="citizen_has_assurance"),
        sa.Index(None, "municipality_id", "issuer", "sid"),
        sa.Index(None, "municipality_id", "last_seen_at"),
    )


def _make_representation() -> None:
    _tenant_table(
        "representation",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text()),
        sa.Column("areas", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from_date", sa.Date(), nullable=False),
        sa.Column("valid_to_date", sa.Date()),
        sa.Column("revoked_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        within("principal_id", "person", ondelete="CASCADE"),
        within("representative_id", "person", ondelete="CASCADE"),
        sa.CheckConstraint("principal_id <> representative_id", name="two_people"),
        sa.CheckConstraint("valid_to_date IS NULL OR valid_to_date >= valid_from_date", name="ends_after_start"),
        sa.Index(None, "municipality_id", "representative_id"),
        sa.Index(None, "municipality_id", "principal_id"),
    )
