"""Representation that people give and staff register, and what was done on somebody's behalf."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

OCCASIONS = ("new-message", "application-received", "application-changed")
ON_BEHALF = (
    ("application", "representative_id", "representative_name", "representative_has_name"),
    ("message", "on_behalf_of_id", "on_behalf_of_name", "on_behalf_of_has_name"),
)


def upgrade() -> None:
    """Add the columns. What there was before was done by people for themselves."""
    _reference("representation", "registered_by_unit_id", "unit")
    op.create_index(None, "representation", ["municipality_id", "registered_by_unit_id", "valid_to_date"])
    for table, person, name, check in ON_BEHALF:
        _reference(table, person, "person")
        op.add_column(table, sa.Column(name, sa.Text()))
        op.create_check_constraint(check, table, f"({person} IS NULL) = ({name} IS NULL)")
    op.create_check_constraint(
        "on_behalf_of_citizen", "message", "on_behalf_of_id IS NULL OR direction = 'from_citizen'"
    )
    op.add_column("thread_reading", sa.Column("on_behalf_of_name", sa.Text()))
    _allow_occasions(*OCCASIONS, "representation-changed")


def downgrade() -> None:
    """Drop them, and the notices of the occasion that is no more."""
    op.execute("ALTER TABLE notice NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM notice WHERE occasion = 'representation-changed'")
    op.execute("ALTER TABLE notice FORCE ROW LEVEL SECURITY")
    _allow_occasions(*OCCASIONS)
    op.drop_column("thread_reading", "on_behalf_of_name")
    for table, person, name, _check in ON_BEHALF:
        op.drop_column(table, name)
        op.drop_column(table, person)
    op.drop_column("representation", "registered_by_unit_id")


def _reference(table: str, column: str, target: str) -> None:
    op.add_column(table, sa.Column(column, sa.Uuid()))
    op.create_foreign_key(None, table, target, ["municipality_id", column], ["municipality_id", "id"])


def _allow_occasions(*occasions: str) -> None:
    op.drop_constraint("occasion", "notice", type_="check")
    listed = ", ".join(f"'{occasion}'" for occasion in occasions)
    op.create_check_constraint("occasion", "notice", f"occasion IN ({listed})")
