"""What is one's own and what needs a preliminary reply are found without reading the rest of the unit's cases."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

OWN = "ix_application_assigned_under_way"
PRELIMINARY = "ix_application_unit_preliminary"
UNDER_WAY = "status IN ('received', 'in_progress', 'waiting_for_citizen', 'waiting_for_others', 'appealed')"


def upgrade() -> None:
    """With the colleague alone in the index, PostgreSQL chose that of the unit, and read all of it."""
    op.drop_index(OWN, "application")
    _index(OWN, "unit_id", "assigned_staff_id", where=UNDER_WAY)
    _index(PRELIMINARY, "unit_id", where=f"preliminary_sent_at IS NULL AND {UNDER_WAY}")


def downgrade() -> None:
    """As they were."""
    op.drop_index(PRELIMINARY, "application")
    op.drop_index(OWN, "application")
    _index(OWN, "assigned_staff_id", where=UNDER_WAY)


def _index(name: str, *columns: str, where: str) -> None:
    listed = ["municipality_id", *columns, "answer_by_date", "id"]
    op.create_index(name, "application", listed, postgresql_where=sa.text(where))
