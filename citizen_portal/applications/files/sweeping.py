"""The bytes of files that nobody needs any more: those of drafts that were deleted, and files that were taken away.

One content is stored once, however often it was sent and for whatever, so bytes go only when no row of the municipality
names them: what is journaled stays. The database itself is asked which columns name stored files, so that a feature
which keeps some tomorrow is not forgotten here.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, column, exists, or_, select, table, text
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs, storage
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.db import current_municipality_id, read_only
from citizen_portal.jobs import task
from citizen_portal.journal.scans.models import FileScan

GRACE: Final = timedelta(days=1)
"""Whoever has just sent the same content may not have said so in the database yet."""
_REMEMBERED: Final = FileScan.__tablename__
"""What the scanner said of a content is known for longer than the content is kept."""


def let_go(session: Session, files: Iterable[ApplicationFile]) -> None:
    """Let the bytes of files that were removed, or go with the transaction, be swept when their time is out."""
    named = sorted({sha256 for file in files for sha256 in (file.sha256, file.archive_sha256)})
    if named:
        jobs.defer(session, sweep, not_before=clock.now() + GRACE, sha256s=named)


@task(name="application_files.sweep")
def sweep(sha256s: list[str]) -> None:
    """Remove the stored files that no row names; done again it finds nothing more to do."""
    with read_only() as session:
        columns = columns_that_name_files(session)
        unneeded = [sha256 for sha256 in sha256s if not session.scalar(select(_is_named(columns, sha256)))]
    for sha256 in unneeded:
        storage.files().remove(sha256, unless_put_since=clock.now() - GRACE)


def columns_that_name_files(session: Session) -> list[tuple[str, str]]:
    """(table, column) of every column that ends with `sha256`."""
    found = session.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND column_name LIKE '%sha256' AND table_name <> :remembered ORDER BY table_name, column_name"
        ),
        {"remembered": _REMEMBERED},
    )
    return [(row.table_name, row.column_name) for row in found]


def _is_named(columns: Iterable[tuple[str, str]], sha256: str) -> ColumnElement[bool]:
    return or_(*(_names(of_table, name, sha256) for of_table, name in columns))


def _names(of_table: str, name: str, sha256: str) -> ColumnElement[bool]:
    removed_at: Any = column("removed_at")
    rows = table(of_table, column("municipality_id"), column(name), removed_at)
    found = exists().select_from(rows).where(
        rows.c.municipality_id == current_municipality_id(), rows.c[name] == sha256
    )  # fmt: skip
    return found.where(rows.c.removed_at.is_(None)) if of_table == ApplicationFile.__tablename__ else found
