"""How Alembic runs here: on a connection that the caller opened, in one transaction."""

from alembic import context
from sqlalchemy import text

from citizen_portal.migrations.models import metadata

connection = context.config.attributes["connection"]
connection.execute(text("SELECT pg_advisory_xact_lock(7239001)"))
context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
