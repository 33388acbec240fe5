"""A municipality's own versions of the services, and which services it does not offer."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from citizen_portal.migrations.columns import tenant_key, term
from citizen_portal.migrations.row_security import protect

revision = "0020"
down_revision = "0019"

MOMENT: Final = sa.DateTime(timezone=True)
KEEP_WHAT_WAS_PUBLISHED: Final = """
CREATE FUNCTION keep_what_was_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state = 'rolled_back' OR NEW.state <> 'rolled_back'
        OR (OLD.id, OLD.definition_id, OLD.version, OLD.source, OLD.revision, OLD.saved_at, OLD.saved_by_name,
            OLD.valid_from_date, OLD.note, OLD.published_at, OLD.published_by_name)
        IS DISTINCT FROM (NEW.id, NEW.definition_id, NEW.version, NEW.source, NEW.revision, NEW.saved_at,
            NEW.saved_by_name, NEW.valid_from_date, NEW.note, NEW.published_at, NEW.published_by_name) THEN
        RAISE EXCEPTION 'a definition that was published is neither changed nor deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """Make the tables. Drafts come and go; what was published stays as it was, and is at most rolled back, once."""
    op.create_table(
        "own_definition",
        *tenant_key(),
        sa.Column("definition_id", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        term("state", "draft", "published", "rolled_back"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_by_name", sa.Text(), nullable=False),
        sa.Column("valid_from_date", sa.Date()),
        sa.Column("note", sa.Text()),
        sa.Column("published_at", MOMENT),
        sa.Column("published_by_name", sa.Text()),
        sa.Column("rolled_back_at", MOMENT),
        sa.Column("rolled_back_by_name", sa.Text()),
        sa.UniqueConstraint("municipality_id", "definition_id", "version"),
        sa.CheckConstraint("version >= 1001", name="is_own"),
        sa.CheckConstraint(
            "(state = 'draft') = (published_at IS NULL) AND (state = 'draft') = (published_by_name IS NULL) "
            "AND (state = 'draft') = (valid_from_date IS NULL) AND (state = 'draft') = (note IS NULL)",
            name="published_is_known",
        ),
        sa.CheckConstraint(
            "(state = 'rolled_back') = (rolled_back_at IS NOT NULL) "
            "AND (state = 'rolled_back') = (rolled_back_by_name IS NOT NULL)",
            name="rolled_back_is_known",
        ),
    )
    op.create_index(
        "uq_own_definition_draft",
        "own_definition",
        ["municipality_id", "definition_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "withdrawn_service",
        *tenant_key(),
        sa.Column("definition_id", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=False),
        sa.Column("withdrawn_by_name", sa.Text(), nullable=False),
        sa.UniqueConstraint("municipality_id", "definition_id"),
    )
    protect("own_definition", "withdrawn_service")
    op.execute(KEEP_WHAT_WAS_PUBLISHED)
    op.execute(
        "CREATE TRIGGER keep_what_was_published BEFORE UPDATE OR DELETE ON own_definition "
        "FOR EACH ROW EXECUTE FUNCTION keep_what_was_published()"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("withdrawn_service")
    op.drop_table("own_definition")
    op.execute("DROP FUNCTION keep_what_was_published()")
