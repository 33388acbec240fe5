"""What is one's own and what needs a preliminary reply are found without reading the rest of the unit's cases."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

OWN, PRELIMINARY = "ix_application_assigned_under_way", "ix_application_preliminary_due"
UNDER_WAY = "status IN ('received', 'in_progress', 'waiting_for_citizen', 'waiting_for_others', 'appealed')"
NOT_SENT = f"preliminary_sent_at IS NULL AND {UNDER_WAY}"


def upgrade() -> None:
    """With the colleague or the day alone in the index, PostgreSQL chose that of the unit, and read all of it."""
    _replace(OWN, "unit_id", "assigned_staff_id", "answer_by_date", "id", where=UNDER_WAY)
    _replace(PRELIMINARY, "unit_id", "preliminary_due_date", where=NOT_SENT)


def downgrade() -> None:
    """As they were."""
    _replace(PRELIMINARY, "preliminary_due_date", where=NOT_SENT)
    _replace(OWN, "assigned_staff_id", "answer_by_date", "id", where=UNDER_WAY)


def _replace(name: str, *columns: str, where: str) -> None:
    op.drop_index(name, "application")
    op.create_index(name, "application", ["municipality_id", *columns], postgresql_where=sa.text(where))
