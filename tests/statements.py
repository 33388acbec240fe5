"""Counts the SQL statements that a piece of work sends (design §4 rule 13: at most six for a page)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_NOT_COUNTED = re.compile(r"^\s*(SELECT set_config\(|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN)", re.IGNORECASE)
_READ_LOG = re.compile(r"\b(audit_chain|audit_event|thread_reading)\b")
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE)\b", re.IGNORECASE)


class Statements(list[str]):
    """What was sent, in order. `read_log` holds what the read log's own transaction wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.read_log: list[str] = []

    @property
    def in_all(self) -> int:
        """What the page costs: its own statements and the read log's."""
        return len(self) + len(self.read_log)


@contextmanager
def count_statements() -> Iterator[Statements]:
    """Collect the statements of the block on every engine; transaction control and the tenant setting are not counted,
    and the read log's short transaction stands apart (rule 4)."""
    counted = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _NOT_COUNTED.match(statement):
            return
        of_read_log = _WRITES.search(statement) and _READ_LOG.search(statement)
        (counted.read_log if of_read_log else counted).append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", note)
