"""What an application's handling needs: how it came in, its clocks, and the steps from a task to an appeal."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TABLES = ("application", "application_event", "notice", "staff_role")
UNDER_WAY_BEFORE = "status IN ('received', 'in_progress', 'waiting_for_citizen', 'waiting_for_others')"
UNDER_WAY = "status IN ('received', 'in_progress', 'waiting_for_citizen', 'waiting_for_others', 'appealed')"
STATUSES_BEFORE = (
    *("draft", "received", "in_progress", "waiting_for_citizen", "waiting_for_others"),
    *("granted", "partly_granted", "refused", "withdrawn", "closed"),
)
STATUSES = (*STATUSES_BEFORE, "appealed", "appeal_forwarded", "forwarded")
KINDS_BEFORE = (
    *("received", "picked_up", "handed_over", "in_progress", "waiting_for_citizen", "waiting_for_others"),
    *("granted", "partly_granted", "refused", "withdrawn", "closed"),
)
KINDS = (
    *KINDS_BEFORE,
    *("task_answered", "task_withdrawn", "preliminary_reply", "unit_changed", "forwarded", "signed", "added"),
    *("letter_sent", "appealed", "appeal_upheld", "appeal_forwarded", "appeal_reversed", "appeal_dismissed"),
    "appeal_decided",
)
OCCASIONS_BEFORE = (
    *("new-message", "application-received", "application-changed", "representation-changed"),
    *("my-data-ready", "data-request-answered"),
)
OCCASIONS = (*OCCASIONS_BEFORE, "task-given", "task-due", "decision-sent", "signature-asked", "draft-ending")


ROLES_BEFORE = (
    *("caseworker", "nurse", "archivist", "communications", "system_owner", "superuser", "auditor"),
    "protected_access",
)
ROLES = (*ROLES_BEFORE, "deputy", "manager")


def upgrade() -> None:
    """Add the columns; of what there was before, the clocks are set by what is known."""
    channel = sa.Enum("portal", "phone", "paper", name="channel", native_enum=False, create_constraint=True, length=32)
    op.add_column("application", sa.Column("channel", channel, nullable=False, server_default="portal"))
    op.alter_column("application", "channel", server_default=None)
    op.add_column("application", sa.Column("registered_by_name", sa.Text()))
    op.add_column("application", sa.Column("clock_stopped_date", sa.Date()))
    op.add_column("application", sa.Column("decided_at", sa.DateTime(timezone=True)))
    op.add_column("application", sa.Column("preliminary_due_date", sa.Date()))
    op.add_column("application", sa.Column("preliminary_sent_at", sa.DateTime(timezone=True)))
    op.add_column("application", sa.Column("escalation", sa.SmallInteger(), nullable=False, server_default="0"))
    op.alter_column("application", "escalation", server_default=None)
    op.add_column("application", sa.Column("draft_warned_at", sa.DateTime(timezone=True)))
    _fill()
    _allow("application", "status", STATUSES)
    _allow("application_event", "kind", KINDS)
    _allow("notice", "occasion", OCCASIONS)
    _allow("staff_role", "role", ROLES)
    op.create_check_constraint(
        "clock_runs", "application", "clock_stopped_date IS NULL OR status = 'waiting_for_citizen'"
    )
    _index_under_way(UNDER_WAY)
    _index("ix_application_decided", "definition_id", "decided_at", where="decided_at IS NOT NULL")
    _index(
        "ix_application_preliminary_due", "preliminary_due_date", where=f"preliminary_sent_at IS NULL AND {UNDER_WAY}"
    )
    _index("ix_application_draft_saved", "saved_at", where="status = 'draft'")


def downgrade() -> None:
    """Drop them; what stands in a way that did not exist before is called closed, and its steps are forgotten."""
    for name in ("ix_application_draft_saved", "ix_application_preliminary_due", "ix_application_decided"):
        op.drop_index(name, "application")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    _forget("staff_role", "role", ROLES_BEFORE)
    _forget("notice", "occasion", OCCASIONS_BEFORE)
    _forget("application_event", "kind", KINDS_BEFORE)
    op.execute("UPDATE application SET status = 'closed' WHERE status IN ('appealed', 'appeal_forwarded', 'forwarded')")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    _index_under_way(UNDER_WAY_BEFORE)
    _allow("staff_role", "role", ROLES_BEFORE)
    _allow("notice", "occasion", OCCASIONS_BEFORE)
    _allow("application_event", "kind", KINDS_BEFORE)
    op.drop_constraint("clock_runs", "application", type_="check")
    _allow("application", "status", STATUSES_BEFORE)
    for column in (
        *("draft_warned_at", "escalation", "preliminary_sent_at", "preliminary_due_date", "decided_at"),
        *("clock_stopped_date", "registered_by_name", "channel"),
    ):
        op.drop_column("application", column)


def _fill() -> None:
    op.execute("ALTER TABLE application NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE application SET preliminary_due_date = "
        "((submitted_at AT TIME ZONE 'Europe/Oslo')::date + interval '1 month')::date WHERE status <> 'draft'"
    )
    op.execute(
        "UPDATE application SET decided_at = status_changed_at "
        "WHERE status IN ('granted', 'partly_granted', 'refused', 'closed')"
    )
    op.execute(
        "UPDATE application SET clock_stopped_date = (status_changed_at AT TIME ZONE 'Europe/Oslo')::date "
        "WHERE status = 'waiting_for_citizen'"
    )
    op.execute("ALTER TABLE application FORCE ROW LEVEL SECURITY")


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    op.drop_constraint(column, table, type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(column, table, f"{column} IN ({listed})")


def _forget(table: str, column: str, kept: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{value}'" for value in kept)
    op.execute(f"DELETE FROM {table} WHERE {column} NOT IN ({listed})")  # noqa: S608  our own words


def _index_under_way(condition: str) -> None:
    for name, column in (
        ("ix_application_unit_under_way", "unit_id"),
        ("ix_application_assigned_under_way", "assigned_staff_id"),
    ):
        op.drop_index(name, "application")
        _index(name, column, "answer_by_date", "id", where=condition)


def _index(name: str, *columns: str, where: str) -> None:
    op.create_index(name, "application", ["municipality_id", *columns], postgresql_where=sa.text(where))
