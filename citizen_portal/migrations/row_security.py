"""Row security: PostgreSQL itself keeps the municipalities apart (design §4 rule 7).

`FORCE` makes it hold for the owner of the tables too. The app role owns nothing and cannot bypass it. A transaction
that has named no municipality sees and writes no tenant row at all.
"""

from typing import Final

from alembic import op

APP_ROLE: Final = "portal_app"
SETTING: Final = "nullif(current_setting('portal.municipality_id', true), '')::smallint"


def protect(*tables: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Force row security on the tables and give the app role the privileges."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_municipality ON {table} "
            f"USING (municipality_id = {SETTING}) WITH CHECK (municipality_id = {SETTING})"
        )
        grant(table, privileges)


def grant(table: str, privileges: str) -> None:
    """Give the app role privileges on a table."""
    op.execute(f"GRANT {privileges} ON {table} TO {APP_ROLE}")
