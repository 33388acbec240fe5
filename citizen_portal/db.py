"""The database: declarative base, sessions and transactions. Nothing else in the code commits.

Every transaction tells PostgreSQL which municipality it works for, and row security (see `migrations/row_security.py`)
lets it see and write that municipality's rows only. Without a municipality it sees no tenant rows at all.
"""

from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    DateTime,
    Engine,
    Enum,
    ForeignKeyConstraint,
    Insert,
    Integer,
    MetaData,
    Table,
    and_,
    bindparam,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.sql.schema import CallableColumnDefault
from uuid_utils.compat import uuid7

from citizen_portal import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection
    from sqlalchemy.orm import SessionTransaction


class Base(DeclarativeBase):
    """All tables. Instants are `timestamptz`; constraint names follow one convention so that migrations are stable."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True)}


class NoMunicipality(RuntimeError):
    """Tenant data was asked for outside any municipality: a programming error."""


class WriteInReadOnly(RuntimeError):
    """A GET request tried to write: a programming error (design §4 rule 4)."""


class _NotConfigured(RuntimeError):
    """`configure` was not called."""


_municipality_id: ContextVar[int | None] = ContextVar("municipality_id", default=None)
_sessions: sessionmaker[Session] | None = None


class ReadOnlySession(Session):
    """A session that raises on flush."""


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562): later ids sort after earlier ones, so an index on ids is one on time."""
    return uuid7()


def storable(text: str) -> str:
    """What was typed, as it is kept: with one kind of line break, and without NUL, which PostgreSQL does not store."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def configure(url: str, *, pool_size: int = 8) -> Engine:
    """Connect this process to the database of `url` with a pool of `pool_size`. Call after forking."""
    dispose()
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,  # an error goes to the log, what people wrote does not
    )
    use(engine)
    return engine


def use(engine: Engine) -> None:
    """Work on this engine's database from now on."""
    global _sessions
    _sessions = sessionmaker(engine, expire_on_commit=False)


def dispose() -> None:
    """Close all connections of this process."""
    if _sessions is not None:
        _engine().dispose()


def _factory() -> sessionmaker[Session]:
    if _sessions is None:
        raise _NotConfigured
    return _sessions


def _engine() -> Engine:
    engine = _factory().kw["bind"]
    assert isinstance(engine, Engine)  # noqa: S101  for the type checker: `configure` put it there
    return engine


@contextmanager
def as_municipality(municipality_id: int) -> "Iterator[None]":
    """Work for one municipality within the block."""
    token = _municipality_id.set(municipality_id)
    try:
        yield
    finally:
        _municipality_id.reset(token)


def current_municipality_id() -> int:
    """The municipality that is worked for. Raises NoMunicipality when there is none."""
    municipality_id = _municipality_id.get()
    if municipality_id is None:
        raise NoMunicipality
    return municipality_id


def this_municipality() -> ColumnElement[int]:
    """`current_municipality_id()` of when the statement is executed, for a statement that is built once."""
    return bindparam(None, callable_=current_municipality_id, type_=Integer())


def this_day() -> ColumnElement[date]:
    """`clock.today()` of when the statement is executed, for a statement that is built once."""
    return bindparam(None, callable_=clock.today, type_=Date())


@contextmanager
def transaction() -> "Iterator[Session]":
    """A session whose work is committed as one when the block ends well, and rolled back when it raises."""
    with _factory()() as session, session.begin():
        yield session


@contextmanager
def read_only() -> "Iterator[Session]":
    """A session that cannot write: neither by a flush nor by SQL."""
    with ReadOnlySession(_engine(), expire_on_commit=False, autoflush=False) as session:
        yield session


@contextmanager
def entering(session: Session, municipality_id: int) -> "Iterator[None]":
    """Work for another municipality within the block and the running transaction: for what must end in all at once."""
    with as_municipality(municipality_id):
        session.execute(_TELL, {"id": str(municipality_id)})
        yield
    session.execute(_TELL, {"id": _told()})


_TELL = text("SELECT set_config('portal.municipality_id', :id, true)")
_TELL_ALL = text(
    "SELECT set_config('portal.municipality_id', :id, true), set_config('transaction_read_only', :read_only, true)"
)


def _told() -> str:
    municipality_id = _municipality_id.get()
    return "" if municipality_id is None else str(municipality_id)


@event.listens_for(Session, "after_begin")
def _tell_row_security(session: Session, transaction: "SessionTransaction", connection: "Connection") -> None:
    if transaction.nested:
        return
    read_only = "on" if isinstance(session, ReadOnlySession) else "off"
    connection.execute(_TELL_ALL, {"id": _told(), "read_only": read_only})


@event.listens_for(ReadOnlySession, "before_flush")
def _refuse_flush(session: Session, _context: object, _instances: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise WriteInReadOnly


def term_column(enum: type[StrEnum], name: str, *, length: int = 32, **options: Any) -> Any:
    """A column that holds one of the enum's values as text, with a check by the name `name`; for `Mapped[enum]`."""
    terms = Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )
    return mapped_column(terms, **options)


def tenant_foreign_key(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the municipality: `(municipality_id, column)` -> `(municipality_id, id)`."""
    return ForeignKeyConstraint(["municipality_id", column], [f"{target}.municipality_id", f"{target}.id"], **options)


def same_row(target: Any, source: Any, column: Any) -> ColumnElement[bool]:
    """Whether the row of `target` is the one that a column of `source` names: a join within the municipality."""
    return and_(target.municipality_id == source.municipality_id, target.id == column)


def insert_many(session: Session, rows: Sequence[Base]) -> None:
    """Insert new rows of one table in one short statement, however many they are.

    The values go as one array for each column. A flush would write out a parameter for each value, and to make and read
    such a statement takes longer than to insert the rows. The objects do not come under the session's care.
    """
    if rows:
        session.execute(insertion(type(rows[0])), arrays_of(rows))


@cache
def insertion(kind: type[Base]) -> Insert:
    """The statement that inserts `arrays_of` rows of one table. Built once: that takes longer than to insert a row."""
    table = table_of(kind)
    columns = [
        func.unnest(bindparam(f"all_{column.key}", type_=ARRAY(column.type), required=True)) for column in table.columns
    ]
    return Insert(table).from_select(list(table.columns.keys()), select(*columns))


def arrays_of(rows: Sequence[Base]) -> dict[str, list[Any]]:
    """What `insertion` asks for: each column's values in all of the rows."""
    return {f"all_{column.key}": _values(rows, column) for column in table_of(type(rows[0])).columns}


def table_of(kind: type[Base]) -> Table:
    """The table of a class, for a statement whose result is to be no object."""
    table = inspect(kind).local_table
    assert isinstance(table, Table)  # noqa: S101  for the type checker
    return table


def _values(rows: Sequence[Base], column: Column[Any]) -> list[Any]:
    values = list(map(attrgetter(column.key), rows))
    if isinstance(column.default, CallableColumnDefault):
        make = column.default.arg
        return [make(None) if value is None else value for value in values]  # type: ignore[arg-type]  # none asks for what
    return values


def norwegian_order(name: Any) -> ColumnElement[str]:
    """What names are sorted by: æ, ø and å (ä, ö) after z, in that order, whatever collation the database has."""
    return func.translate(func.lower(name), "æøåäö", "{|}{|")
