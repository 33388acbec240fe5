"""What was told of a visit names the opening of the deviation, so that one that opens again is told again."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

TABLE = "visit_told"
KEY = ("municipality_id", "follower_id", "visit_id", "what")
BY_WHAT = "uq_visit_told_municipality_id_follower_id_visit_id_what"
BY_OPENING = "uq_visit_told_opening"

OPENINGS = """
UPDATE visit_told AS told SET opened_at = deviation.opened_at
  FROM visit_deviation AS deviation
 WHERE deviation.municipality_id = told.municipality_id AND deviation.visit_id = told.visit_id
   AND deviation.kind = told.what AND deviation.opened_at <= told.told_at
"""
"""Of what has opened again since it was told nothing is known: it is told again."""
ANSWERED = """
UPDATE visit_told AS done SET opened_at = concern.opened_at
  FROM (SELECT municipality_id, follower_id, visit_id, max(opened_at) AS opened_at
          FROM visit_told WHERE what <> 'done' GROUP BY municipality_id, follower_id, visit_id) AS concern
 WHERE done.what = 'done' AND concern.municipality_id = done.municipality_id
   AND concern.follower_id = done.follower_id AND concern.visit_id = done.visit_id
   AND concern.opened_at <= done.told_at
"""
FIRST_ONLY = """
DELETE FROM visit_told AS later USING visit_told AS first
 WHERE first.municipality_id = later.municipality_id AND first.follower_id = later.follower_id
   AND first.visit_id = later.visit_id AND first.what = later.what
   AND (first.told_at, first.id) < (later.told_at, later.id)
"""


def upgrade() -> None:
    """Add the opening to the key."""
    op.add_column(TABLE, sa.Column("opened_at", sa.DateTime(timezone=True)))
    _change_rows(OPENINGS, ANSWERED)
    op.drop_constraint(BY_WHAT, TABLE)
    op.create_unique_constraint(BY_OPENING, TABLE, [*KEY, "opened_at"], postgresql_nulls_not_distinct=True)
    op.create_index("ix_visit_told_lately", TABLE, ["municipality_id", "told_at"])


def downgrade() -> None:
    """Keep the first of what was told again."""
    op.drop_index("ix_visit_told_lately", TABLE)
    op.drop_constraint(BY_OPENING, TABLE)
    _change_rows(FIRST_ONLY)
    op.drop_column(TABLE, "opened_at")
    op.create_unique_constraint(BY_WHAT, TABLE, list(KEY))


def _change_rows(*statements: str) -> None:
    """In every municipality: the owner of the tables is held to row security as well."""
    tables = (TABLE, "visit_deviation")
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in statements:
        op.execute(statement)
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
