"""The job queue's own tables, as its library makes them."""

from alembic import op
from procrastinate.schema import SchemaManager

from citizen_portal.migrations.row_security import APP_ROLE

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables. They belong to no municipality: a job's arguments name it, and hold ids only."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_workers, "
        f"procrastinate_periodic_defers TO {APP_ROLE}"
    )
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def downgrade() -> None:
    """Drop them."""
    op.execute(
        "DROP TABLE procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, "
        "procrastinate_workers CASCADE"
    )
    op.execute(
        "DO $$ DECLARE f record; BEGIN FOR f IN SELECT oid::regprocedure AS name FROM pg_proc "
        "WHERE proname LIKE 'procrastinate_%' LOOP EXECUTE 'DROP FUNCTION ' || f.name; END LOOP; END $$"
    )
    op.execute(
        "DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type CASCADE"
    )
