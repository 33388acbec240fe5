"""What the migrations' tables have in common."""

from typing import Any

import sqlalchemy as sa


def tenant_key() -> tuple[sa.schema.SchemaItem, ...]:
    """The key of a tenant table: the municipality, then the row's own id."""
    return (
        sa.Column("municipality_id", sa.SmallInteger(), sa.ForeignKey("municipality.id"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id"),
    )


def within(column: str, target: str, **options: Any) -> sa.ForeignKeyConstraint:
    """A foreign key that cannot leave the municipality."""
    return sa.ForeignKeyConstraint(
        ["municipality_id", column], [f"{target}.municipality_id", f"{target}.id"], **options
    )


def term(name: str, *values: str, nullable: bool = False, length: int = 32) -> sa.Column[str]:
    """A column that holds one of the values as text, with a check by its own name."""
    terms = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=length)
    return sa.Column(name, terms, nullable=nullable)
